import { randomUUID } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import { about, type LogFields, log } from '../platform/log.ts';
import { count, tellMetrics } from '../platform/metrics.ts';
import { type ApiContext, type ApiEnvironment, gatewayOf } from './environment.ts';
import type { Problem } from './problem.ts';

/** Gives each request an id, the gateway's where there is one, and says how it went; the log shows that at the level `debug`. */
export const observe = createMiddleware<ApiEnvironment>(async (c, next) => {
  const startedAt = performance.now();
  const requestId = gatewayOf(c)?.requestId ?? randomUUID();
  c.set('requestId', requestId);
  await about({ requestId, function_request_id: c.env?.lambdaContext?.awsRequestId }, async () => {
    await next();
    c.header('X-Request-Id', requestId);
    const milliseconds = Math.round(performance.now() - startedAt);
    log.debug('request', { ...routeOf(c), status: c.res.status, milliseconds });
  });
  tellMetrics();
});

/** A fault is logged once, with its cause; a client's mistake is not. */
export function logFault(c: ApiContext, { code, status, cause }: Problem): void {
  if (status < 500) return;
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const fault = { code, ...routeOf(c), ...idsIn(c), error };
  if (status === 503) {
    log.warn('the request was turned away', fault);
    return;
  }
  count('Faults');
  log.error('the request failed', fault);
}

/** The pattern of the route, never the path, which may be a tracking link. */
function routeOf(c: ApiContext) {
  return { method: c.req.method, route: routePath(c, -1) };
}

/** The parameters of a path that the log may hold. */
function idsIn(c: ApiContext): LogFields {
  const { orderId, shipmentId, sku, inboundShipmentId } = c.req.param() as Record<string, string | undefined>;
  return { orderId, shipmentId, sku, inboundShipmentId };
}
