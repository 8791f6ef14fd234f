import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { describeApi } from '../describe.ts';
import type { ApiEnvironment } from '../environment.ts';
import { operation } from '../operation.ts';

const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

const health = operation({
  operationId: 'getHealth',
  tag: 'Service',
  summary: 'Ask whether the API is up',
  description: 'Answers without looking at the table.',
  scope: 'public',
  method: 'get',
  path: '/healthz',
  request: {},
  status: 200,
  answer: Health,
  example: { status: 'ok' },
});

const description = operation({
  operationId: 'getDescription',
  tag: 'Service',
  summary: 'Read this document',
  description: 'The API in the words of OpenAPI 3.1, generated from the schemas that check its requests.',
  scope: 'public',
  method: 'get',
  path: '/openapi.json',
  request: {},
  status: 200,
  answer: z.looseObject({ openapi: z.string() }).meta({ id: 'OpenApiDocument' }),
  example: { openapi: '3.1.1' },
});

export function addService(api: OpenAPIHono<ApiEnvironment>): void {
  api.openapi(health, (c) => c.json({ status: 'ok' as const }, 200));

  let document: ReturnType<typeof describeApi> | undefined;
  api.openapi(description, (c) => {
    document ??= describeApi(api);
    return c.json(document, 200);
  });
}
