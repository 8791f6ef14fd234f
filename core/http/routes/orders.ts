import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { choicesOf } from '../../backorders/choices.ts';
import { listOrders } from '../../orders/list.ts';
import { placeOrder } from '../../orders/place.ts';
import { OrderId, PlaceOrder } from '../../orders/schema.ts';
import { trackOrder } from '../../orders/track.ts';
import { renewTrackingLink, revokeTrackingLink } from '../../orders/tracking-link.ts';
import { cancelOrder } from '../../reservations/cancel.ts';
import {
  Order,
  OrderAccepted,
  OrderCancellation,
  OrderPage,
  OrderTrackingLink,
  orderAnswer,
  orderLinks,
  orderSummary,
} from '../answers/orders.ts';
import { OrderStatus } from '../answers/statuses.ts';
import type { ApiEnvironment } from '../environment.ts';
import { idempotentRequest, WriteHeaders } from '../idempotency-key.ts';
import { json, operation } from '../operation.ts';
import { mapPage, PageQuery, pageRequest } from '../paging.ts';
import { Problem, unlessRefused } from '../problem.ts';

const EXAMPLE_LINKS = orderLinks({ orderId: 'SO-1001' });
const OrderPath = z.object({ orderId: OrderId });

const placing = operation({
  operationId: 'placeOrder',
  tag: 'Orders',
  summary: 'Place an order',
  description: `Accepts a well-formed order; what becomes of it is seen where \`links.self\` points. An order that cannot be had (an unknown SKU, no stock and no backorders) is accepted too and ends as \`rejected\`, with the reason at its shipment.

With an \`orderId\` of its own an order can be placed again safely: the same order gets the first answer, another one is refused. Without one, an \`Idempotency-Key\` does the same.`,
  scope: 'orders:write',
  method: 'post',
  path: '/orders',
  request: {
    headers: WriteHeaders,
    body: json(PlaceOrder, {
      orderId: 'SO-1001',
      customer: { name: 'Zoë Müller', email: 'zoe@example.com' },
      shipTo: { name: 'Zoë Müller', line1: 'Am Markt 1', city: 'Bremen', postalCode: '28195', country: 'DE' },
      lines: [{ sku: 'MUG-WHITE', quantity: 2 }],
      ifShort: 'split',
    }),
  },
  status: 202,
  answer: OrderAccepted,
  example: { orderId: 'SO-1001', status: 'placed', placedAt: '2026-11-23T09:30:00.000Z', links: EXAMPLE_LINKS },
  answerHeaders: z.object({ Location: z.string().describe('Where the order can be read.') }),
  problems: ['order-id-taken', 'idempotency-key-reused'],
});

const listing = operation({
  operationId: 'listOrders',
  tag: 'Orders',
  summary: 'List orders, newest first',
  description: 'All orders, or those in one status.',
  scope: 'orders:read',
  method: 'get',
  path: '/orders',
  request: { query: PageQuery.extend({ status: OrderStatus.optional() }) },
  status: 200,
  answer: OrderPage,
  example: {
    items: [{ orderId: 'SO-1001', status: 'picking', placedAt: '2026-11-23T09:30:00.000Z', links: EXAMPLE_LINKS }],
    nextCursor: 'T1JERVIjMAoyMDI2LTExLTIzVDA5OjMwOjAwLjAwMFojU08tMTAwMQ',
  },
  problems: ['invalid-cursor'],
});

const tracking = operation({
  operationId: 'getOrder',
  tag: 'Orders',
  summary: 'See how far an order is',
  description: 'Its lines over all shipments, each shipment, and what has happened so far.',
  scope: 'orders:read',
  method: 'get',
  path: '/orders/{orderId}',
  request: { params: OrderPath },
  status: 200,
  answer: Order,
  example: {
    orderId: 'SO-1001',
    status: 'backordered',
    placedAt: '2026-11-23T09:30:00.000Z',
    lines: [{ sku: 'MUG-WHITE', quantity: 2, allocated: 0, waiting: 2, shipped: 0, cancelled: 0 }],
    shipments: [
      {
        shipmentId: 'SO-1001-1',
        status: 'backordered',
        location: 'main',
        priority: 5,
        lines: [
          {
            sku: 'MUG-WHITE',
            quantity: 2,
            allocated: 0,
            waiting: 2,
            shipped: 0,
            cancelled: 0,
            expected: { expectedAt: '2026-12-08T08:00:00.000Z', inboundShipmentId: 'PO-4711' },
          },
        ],
        promisedAt: '2026-12-09T08:00:00.000Z',
        promise: {
          promisedAt: '2026-12-09T08:00:00.000Z',
          basis: {
            kind: 'inbound',
            sku: 'MUG-WHITE',
            inboundShipmentId: 'PO-4711',
            expectedAt: '2026-12-08T08:00:00.000Z',
          },
        },
        tracking: null,
      },
    ],
    timeline: [
      { at: '2026-11-23T09:30:00.000Z', type: 'placed', detail: 'The order was placed.' },
      { at: '2026-11-23T09:30:00.412Z', type: 'backordered', detail: 'Waits for 2 of MUG-WHITE.' },
      { at: '2026-11-23T09:30:00.587Z', type: 'promised', detail: 'Promised to leave by 2026-12-09.' },
    ],
    links: EXAMPLE_LINKS,
  },
  problems: ['unknown-order'],
});

const cancelling = operation({
  operationId: 'cancelOrder',
  tag: 'Orders',
  summary: 'Cancel what has not left',
  description: `What was set aside goes back to stock, what was waited for is waited for no longer. Shipments that have left stay as they are.

Can be repeated, with or without an \`Idempotency-Key\`: an order that is cancelled already gets the same answer.`,
  scope: 'orders:write',
  method: 'post',
  path: '/orders/{orderId}/cancel',
  request: { params: OrderPath, headers: WriteHeaders },
  status: 200,
  answer: OrderCancellation,
  example: {
    orderId: 'SO-1001',
    status: 'cancelled',
    unitsCancelled: 2,
    unitsShipped: 0,
    links: { self: EXAMPLE_LINKS.self },
  },
  problems: ['unknown-order', 'not-cancellable'],
});

const renewing = operation({
  operationId: 'renewTrackingLink',
  tag: 'Orders',
  summary: 'Give an order a new tracking link',
  description: 'The link before it leads nowhere any more.',
  scope: 'orders:write',
  method: 'post',
  path: '/orders/{orderId}/track',
  request: { params: OrderPath, headers: WriteHeaders },
  status: 200,
  answer: OrderTrackingLink,
  example: { orderId: 'SO-1001', links: { self: EXAMPLE_LINKS.self, track: '/track/SO-1001.Jx3vQm0cT2Wb7f1uYd5kPA' } },
  problems: ['unknown-order', 'idempotency-key-reused'],
});

const revoking = operation({
  operationId: 'revokeTrackingLink',
  tag: 'Orders',
  summary: "Revoke an order's tracking link",
  description: 'It leads nowhere any more, and the order has none until it is given another. Can be repeated.',
  scope: 'orders:write',
  method: 'delete',
  path: '/orders/{orderId}/track',
  request: { params: OrderPath, headers: WriteHeaders },
  status: 200,
  answer: OrderTrackingLink,
  example: { orderId: 'SO-1001', links: { self: EXAMPLE_LINKS.self } },
  problems: ['unknown-order'],
});

export function addOrders(api: OpenAPIHono<ApiEnvironment>): void {
  api.openapi(placing, async (c) => {
    const order = c.req.valid('json');
    const placed = unlessRefused(await placeOrder(c.var.services, order, { request: idempotentRequest(c, order) }));
    const links = orderLinks(placed);
    return c.json(OrderAccepted.parse({ ...placed, links }), 202, { Location: links.self });
  });

  api.openapi(listing, async (c) => {
    const { status, ...page } = c.req.valid('query');
    const orders = await listOrders(c.var.services, { status, ...pageRequest(page) });
    return c.json(mapPage(orders, orderSummary), 200);
  });

  api.openapi(tracking, async (c) => {
    const { orderId } = c.req.valid('param');
    const order = await trackOrder(c.var.services, orderId);
    if (!order) throw new Problem('unknown-order', { detail: `there is no order ${orderId}` });
    return c.json(orderAnswer(order, await choicesOf(c.var.services, order.shipments)), 200);
  });

  api.openapi(cancelling, async (c) => {
    const { orderId } = c.req.valid('param');
    const cancelled = unlessRefused(await cancelOrder(c.var.services, orderId));
    return c.json(OrderCancellation.parse({ ...cancelled, links: orderLinks({ orderId }, []) }), 200);
  });

  api.openapi(renewing, async (c) => {
    const { orderId } = c.req.valid('param');
    const renewed = unlessRefused(await renewTrackingLink(c.var.services, orderId, idempotentRequest(c, null)));
    return c.json(OrderTrackingLink.parse({ orderId, links: orderLinks(renewed, []) }), 200);
  });

  api.openapi(revoking, async (c) => {
    const { orderId } = c.req.valid('param');
    const revoked = unlessRefused(await revokeTrackingLink(c.var.services, orderId));
    return c.json(OrderTrackingLink.parse({ orderId, links: orderLinks(revoked, []) }), 200);
  });
}
