import { randomUUID } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import { log } from '../platform/log.ts';
import { type ApiContext, type ApiEnvironment, gatewayOf } from './environment.ts';
import type { Problem } from './problem.ts';

/** Gives each request an id, the gateway's where there is one, and says how it went; the log shows that at the level `debug`. */
export const observe = createMiddleware<ApiEnvironment>(async (c, next) => {
  const startedAt = performance.now();
  const requestId = gatewayOf(c)?.requestId ?? randomUUID();
  c.set('requestId', requestId);
  await next();
  c.header('X-Request-Id', requestId);
  const milliseconds = Math.round(performance.now() - startedAt);
  log.debug('request', { ...routeOf(c), status: c.res.status, milliseconds });
});

/** A fault is logged once, with its cause; a client's mistake is not. */
export function logFault(c: ApiContext, { code, status, cause }: Problem): void {
  if (status < 500) return;
  // No more of the error than this: an SDK's may carry the rows that it is about.
  const { name, message, stack } = cause instanceof Error ? cause : new Error(String(cause));
  const fault = { code, ...routeOf(c), error: { name, message, stack } };
  if (status === 503) log.warn('the request was turned away', fault);
  else log.error('the request failed', fault);
}

/** The pattern of the route, never the path: ids are the customers'. */
function routeOf(c: ApiContext) {
  return { method: c.req.method, route: routePath(c, -1), requestId: c.var.requestId };
}
