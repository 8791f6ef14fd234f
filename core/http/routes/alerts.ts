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
  example: {
    items: [
      {
        alertId: '019a2f3c-5f5e-7b1a-9a67-6a1c1f0f7c12',
        location: 'main',
        at: '2026-11-23T09:30:00.000Z',
        sentAt: '2026-11-23T09:30:00.380Z',
        kind: 'low-stock',
        severity: 'warning',
        sku: 'MUG-WHITE',
        title: 'Enamel mug, white',
        available: 38,
        allocated: 4,
        backordered: 0,
        incoming: 0,
        reorderPoint: 40,
        leadTimeDays: 14,
      },
    ],
  },
  problems: ['invalid-cursor'],
});

export function addAlerts(api: OpenAPIHono<ApiEnvironment>): void {
  api.openapi(listing, async (c) => {
    const { location, ...page } = c.req.valid('query');
    return c.json(mapPage(await listAlerts(c.var.services, { location, ...pageRequest(page) }), alertAnswer), 200);
  });
}
