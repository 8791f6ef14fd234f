import { randomUUID } from 'node:crypto';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { Hono } from 'hono';
import { describeApi } from '../../core/http/describe.ts';
import type { ApiEnvironment } from '../../core/http/environment.ts';
import { asProblem } from '../../core/http/failures.ts';
import { Problem, problemResponse } from '../../core/http/problem.ts';
import { logFault } from '../../core/http/requests.ts';
import type { Authorizer } from './authorizer.ts';
import { type Throttle, TokenBucket } from './token-bucket.ts';

/** What a request's line and headers may hold together, as at API Gateway. */
export const MAX_HEADER_BYTES = 10_240;
/** `throttle.open` of the stack's configuration, as it is without any. */
export const OPEN_THROTTLE: Throttle = { ratePerSecond: 20, burst: 40 };

/**
 * What API Gateway does to a request before the API gets it: it lets only so many requests a second pass to what is open, asks for a token wherever the
 * API's document names no open operation, and puts the token's claims where the API looks for them. Its own answers are problem
 * details here, and plain JSON in AWS.
 *
 * @param authorizer left out, no tokens are asked for
 */
export function gatewayTo(api: OpenAPIHono<ApiEnvironment>, authorizer: Authorizer | undefined): Hono<ApiEnvironment> {
  const openRouteOf = openRoutes(api);
  const gateway = new Hono<ApiEnvironment>();
  gateway.onError((error, c) => {
    const problem = asProblem(error);
    logFault(c, problem);
    c.header('X-Request-Id', c.var.requestId);
    return problemResponse(c, problem);
  });
  gateway.all('*', async (c) => {
    const requestId = randomUUID();
    c.set('requestId', requestId);
    const open = openRouteOf(c.req.raw.method, c.req.path);
    if (open) letPass(open.bucket);
    const claims = open ? undefined : await authorizer?.(c.req.header('Authorization'));
    const requestContext = { requestId, ...(claims && { authorizer: { jwt: { claims } } }) };
    return api.fetch(c.req.raw, { event: { requestContext } });
  });
  return gateway;
}

/** @throws Problem where too many have asked already. */
function letPass(bucket: TokenBucket): void {
  const seconds = bucket.take();
  if (seconds === 0) return;
  throw new Problem('too-many-requests', { headers: { 'Retry-After': String(Math.ceil(seconds)) } });
}

/** Finds the open operation that a request is for; a path's parameter is one segment. */
function openRoutes(api: OpenAPIHono<ApiEnvironment>) {
  const routes = Object.entries(describeApi(api).paths ?? {}).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, operation]) => operation.security?.length === 0)
      .map(([method]) => {
        const key = `${method.toUpperCase()} ${path}`;
        const pattern = new RegExp(`^${key.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
        return { pattern, bucket: new TokenBucket(OPEN_THROTTLE) };
      }),
  );
  return (method: string, path: string) => routes.find(({ pattern }) => pattern.test(`${method} ${path}`));
}
