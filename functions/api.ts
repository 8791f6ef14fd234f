import { handle } from 'hono/aws-lambda';
import { createApi } from '../core/http/api.ts';
import { services } from '../core/platform/clients.ts';
import { setting } from '../core/platform/environment.ts';

export const handler = handle(
  createApi({ services: services('api'), authorization: { scopePrefix: setting('SCOPE_PREFIX') } }),
);
