import { fingerprintOf, type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import { conflict, type Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { indexed, keys } from '../platform/table/keys.ts';
import { create } from '../platform/table/writes.ts';
import type { OrderRow } from './order.ts';
import type { PlaceOrder } from './schema.ts';
import { linesOf, type ShipmentRow, shipmentIdOf, undecidedLines, unitsOf } from './shipments.ts';
import { type TrackingLink, trackingLink } from './tracking-link.ts';
import { say } from './transition.ts';

const DAY_MS = 24 * 3600 * 1000;

export interface OrderPlaced extends TrackingLink {
  readonly status: 'placed';
  readonly placedAt: string;
}

/**
 * Takes an order. It is accepted once it is in the table; the stream starts the execution of its one shipment. `executionName` is
 * given by an execution that brought the order along and walks it itself.
 *
 * An order whose id is there already is the same order come twice, and gets the first answer, or is refused as `order-id-taken`.
 */
export function placeOrder(
  services: Services,
  order: PlaceOrder,
  { request, executionName }: { request?: IdempotentRequest | undefined; executionName?: string | undefined } = {},
): Promise<OrderPlaced | Refusal> {
  const { table, now, newId, newSecret } = services;
  const { answered, remember } = idempotency<OrderPlaced>(services, request);
  const orderId = order.orderId ?? newId();
  const at = now();
  const placedAt = at.toISOString();
  const fingerprint = fingerprintOf(order);
  const trackSecret = newSecret();
  return table.decide<OrderPlaced | Refusal>((seen) => {
    const first = answered(seen);
    if (first) return { answer: first };
    const there = seen.get<OrderRow>(keys.order(orderId));
    if (there) return { answer: there.fingerprint === fingerprint ? placed(there) : taken(orderId) };
    const answer = placed({ orderId, placedAt, trackSecret });
    const shipment = firstShipment(order, { orderId, placedAt, executionName });
    const header: OrderRow = {
      ...keys.order(orderId),
      orderId,
      placedAt,
      fingerprint,
      trackSecret,
      customer: order.customer,
      shipTo: order.shipTo,
      status: 'placed',
      shipments: { 1: 'placed' },
      shipmentCount: 1,
      ...indexed.order(orderId, placedAt),
      statusShard: indexed.orderStatus('placed', orderId),
    };
    const event = say({ ...services, now: () => at }, shipment.shipmentId, {
      type: 'placed',
      detail: 'The order was placed.',
      facts: { location: order.location, lines: unitsOf(linesOf(shipment), 'quantity') },
    });
    return { answer, writes: [...remember(answer), create(header), create(shipment), event] };
  });
}

function placed(order: Pick<OrderRow, 'orderId' | 'placedAt' | 'trackSecret'>): OrderPlaced {
  return { ...trackingLink(order), status: 'placed', placedAt: order.placedAt };
}

function taken(orderId: string): Refusal {
  return conflict('order-id-taken', `another order has the id ${orderId} already`);
}

function firstShipment(
  { lines, location, priority, ifShort, waitDays }: PlaceOrder,
  { orderId, placedAt, executionName }: { orderId: string; placedAt: string; executionName: string | undefined },
): ShipmentRow {
  const shipmentId = shipmentIdOf(orderId, 1);
  return {
    ...keys.shipment(orderId, 1),
    orderId,
    shipmentId,
    number: 1,
    status: 'placed',
    location,
    priority,
    placedAt,
    waitUntil: new Date(Date.parse(placedAt) + waitDays * DAY_MS).toISOString(),
    ifShort,
    lines: undecidedLines(lines),
    linesWaiting: 0,
    version: 1,
    changedAt: placedAt,
    executionName: executionName ?? shipmentId,
    openShard: indexed.openShipment('placed', orderId),
    openSort: indexed.openShipmentSort(location, placedAt, shipmentId),
  };
}
