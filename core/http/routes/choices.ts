import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { chooseSplit } from '../../backorders/choose-split.ts';
import { chooseWait } from '../../backorders/choose-wait.ts';
import { OrderId } from '../../orders/schema.ts';
import { orderLinks, SplitChosen, WaitChosen } from '../answers/orders.ts';
import type { ApiEnvironment } from '../environment.ts';
import { idempotentRequest, WriteHeaders } from '../idempotency-key.ts';
import { operation } from '../operation.ts';
import { unlessRefused } from '../problem.ts';

const request = { params: z.object({ orderId: OrderId }), headers: WriteHeaders };
const choosing = { tag: 'Orders', scope: 'orders:write', method: 'post', request } as const;

const splitting = operation({
  ...choosing,
  operationId: 'splitOrder',
  summary: 'Take what is there now',
  description: `Of an order that waits for stock, what is there leaves now: what is set aside for it, and what it finds on the shelf where nobody waits ahead of it. The rest is waited for in a shipment of its own, at the same place in the queue.

Send an \`Idempotency-Key\`: without it, a choice that is sent again after the order was split is refused, as nothing more is there.`,
  path: '/orders/{orderId}/split',
  status: 202,
  answer: SplitChosen,
  example: {
    orderId: 'SO-1001',
    status: 'backordered',
    leaving: [{ shipmentId: 'SO-1001-1', lines: [{ sku: 'MUG-WHITE', quantity: 2 }] }],
    links: orderLinks({ orderId: 'SO-1001' }),
  },
  problems: ['unknown-order', 'nothing-to-split', 'idempotency-key-reused'],
});

const waiting = operation({
  ...choosing,
  operationId: 'keepWaiting',
  summary: 'Go on waiting',
  description: `The customer has heard that a date moved, and waits all the same. Nothing else changes: who does not answer waits, too.

Can be repeated, with or without an \`Idempotency-Key\`.`,
  path: '/orders/{orderId}/wait',
  status: 200,
  answer: WaitChosen,
  example: { orderId: 'SO-1001', status: 'backordered', links: orderLinks({ orderId: 'SO-1001' }) },
  problems: ['unknown-order', 'nothing-waits', 'idempotency-key-reused'],
});

export function addChoices(api: OpenAPIHono<ApiEnvironment>): void {
  api.openapi(splitting, async (c) => {
    const { orderId } = c.req.valid('param');
    const chosen = unlessRefused(await chooseSplit(c.var.services, orderId, idempotentRequest(c, null)));
    return c.json(SplitChosen.parse({ ...chosen, links: orderLinks({ orderId }) }), 202);
  });

  api.openapi(waiting, async (c) => {
    const { orderId } = c.req.valid('param');
    const chosen = unlessRefused(await chooseWait(c.var.services, orderId, idempotentRequest(c, null)));
    return c.json(WaitChosen.parse({ ...chosen, links: orderLinks({ orderId }) }), 200);
  });
}
