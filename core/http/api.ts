import { OpenAPIHono } from '@hono/zod-openapi';
import { methodNotAllowed } from 'hono/method-not-allowed';
import type { Services } from '../platform/services.ts';
import { type Authorization, identify } from './access.ts';
import { limitBody } from './body-limit.ts';
import { describeTokens } from './describe.ts';
import type { ApiEnvironment } from './environment.ts';
import { asProblem } from './failures.ts';
import { Problem, problemResponse } from './problem.ts';
import { logFault, observe } from './requests.ts';
import { addAlerts } from './routes/alerts.ts';
import { addChoices } from './routes/choices.ts';
import { addInbound } from './routes/inbound.ts';
import { addItems } from './routes/items.ts';
import { addOrders } from './routes/orders.ts';
import { addService } from './routes/service.ts';
import { addStock } from './routes/stock.ts';
import { addTrack } from './routes/track.ts';
import { addWarehouse } from './routes/warehouse.ts';
import { invalidRequest } from './validation.ts';

export interface ApiOptions {
  readonly services: Services;
  /** How tokens are read. Left out, everybody may do everything: for the laptop. */
  readonly authorization?: Authorization;
}

/** The HTTP API: the same on Lambda, on a server, and called without one. */
export function createApi({ services, authorization }: ApiOptions): OpenAPIHono<ApiEnvironment> {
  const api = new OpenAPIHono<ApiEnvironment>({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.target, result.error);
    },
  });
  api.onError((error, c) => {
    const problem = asProblem(error);
    logFault(c, problem);
    return problemResponse(c, problem);
  });
  api.notFound((c) => problemResponse(c, new Problem('no-such-route')));

  api.use(observe);
  api.use(
    methodNotAllowed({
      app: api,
      onMethodNotAllowed: (c, methods) => {
        const Allow = methods.join(', ');
        // So a browser asks before it calls for a page of another origin. Which origins may, the gateway adds.
        if (c.req.method === 'OPTIONS') return c.body(null, 204, { Allow });
        return problemResponse(
          c,
          new Problem('method-not-allowed', { detail: `expected ${Allow}`, headers: { Allow } }),
        );
      },
    }),
  );
  api.use(limitBody);
  api.use(identify(services, authorization));

  describeTokens(api);
  addOrders(api);
  addChoices(api);
  addItems(api);
  addStock(api);
  addInbound(api);
  addWarehouse(api);
  addTrack(api);
  addAlerts(api);
  addService(api);
  return api;
}
