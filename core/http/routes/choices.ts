import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { changePriority } from '../../backorders/change-priority.ts';
import { chooseSplit } from '../../backorders/choose-split.ts';
import { chooseWait } from '../../backorders/choose-wait.ts';
import { ChangePriority } from '../../backorders/schema.ts';
import { OrderId } from '../../orders/schema.ts';
import { orderLinks, PriorityChanged, SplitChosen, WaitChosen } from '../answers/orders.ts';
import type { ApiEnvironment } from '../environment.ts';
import { idempotentRequest, WriteHeaders } from '../idempotency-key.ts';
import { json, operation } from '../operation.ts';
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

const moving = operation({
  ...choosing,
  operationId: 'changePriority',
  summary: 'Serve an order before others, or after them',
  description: `Moves all that it waits for to other places in the queues, now and whenever it has to wait again. Those who wait behind are promised anew. The timeline says who did it, when and why, and so does the ledger of each SKU that it waits for.

Can be repeated: an order that has this priority already stays where it is. Send an \`Idempotency-Key\`: without it, one that is sent again late undoes what somebody else has changed since.`,
  path: '/orders/{orderId}/priority',
  request: { ...request, body: json(ChangePriority, { priority: 0, reason: 'promised by phone' }) },
  status: 200,
  answer: PriorityChanged,
  example: { orderId: 'SO-1001', status: 'backordered', priority: 0, links: orderLinks({ orderId: 'SO-1001' }) },
  problems: ['unknown-order', 'order-ended', 'idempotency-key-reused'],
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

  api.openapi(moving, async (c) => {
    const { orderId } = c.req.valid('param');
    const change = c.req.valid('json');
    const changed = await changePriority(c.var.services, orderId, change, idempotentRequest(c, change));
    const links = orderLinks({ orderId });
    return c.json(PriorityChanged.parse({ ...unlessRefused(changed), links }), 200);
  });
}
