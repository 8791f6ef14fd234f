import type { OpenAPIHono } from '@hono/zod-openapi';
import { listAlerts } from '../../alerts/list.ts';
import { AlertPage, alertAnswer } from '../answers/alerts.ts';
import type { ApiEnvironment } from '../environment.ts';
import { operation } from '../operation.ts';
import { LocationPageQuery, mapPage, pageRequest } from '../paging.ts';

const listing = operation({
  operationId: 'listAlerts',
  tag: 'Alerts',
  summary: 'See what the merchant was told',
  description: 'Every alert about a location, newest first.',
  scope: 'insights:read',
  method: 'get',
  path: '/alerts',
  request: { query: LocationPageQuery },
  status: 200,
  answer: AlertPage,
  problems: ['invalid-cursor'],
});

export function addAlerts(api: OpenAPIHono<ApiEnvironment>): void {
  api.openapi(listing, async (c) => {
    const { location, ...page } = c.req.valid('query');
    return c.json(mapPage(await listAlerts(c.var.services, { location, ...pageRequest(page) }), alertAnswer), 200);
  });
}
