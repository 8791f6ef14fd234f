import * as z from 'zod';
import { FACTS, type HappeningType } from '../orders/happenings.ts';
import type { EventRow } from '../orders/order.ts';
import { OrderId, ShipmentId } from '../orders/schema.ts';
import { partsOf } from '../orders/shipments.ts';
import { eventIdOf } from '../platform/table/keys.ts';

const EVENT_VERSION = 1;

function eventOf<Type extends string, Facts extends z.ZodRawShape>(
  type: Type,
  facts: z.ZodObject<Facts>,
  description: string,
) {
  const version = z.literal(EVENT_VERSION);
  return z
    .object({
      version: version.describe('Rises when a field changes its meaning or goes. Fields may be added without.'),
      eventId: z.string().describe('The same in every delivery of the event.'),
      type: z.literal(type),
      at: z.iso.datetime().describe('When it happened.'),
      orderId: OrderId,
      shipmentId: ShipmentId,
      ...facts.shape,
    })
    .meta({ title: type, description });
}

/**
 * A change that somebody outside may act on, as it is published. It holds no customer's name or address, and none of the timeline's
 * sentences: those are written for the merchant, and may name who works there.
 */
export const OrderEvent = z
  .discriminatedUnion('type', [
    eventOf('order-placed', FACTS.placed, 'The order is accepted. Whether it can be had is not known yet.'),
    eventOf('allocated', FACTS.reserved, 'The shipment has all its units, and leaves by `promisedAt`.'),
    eventOf(
      'backordered',
      FACTS.backordered,
      'The shipment waits: stock is short, a pick or a count found too little.',
    ),
    eventOf('promised', FACTS.promised, 'A shipment that waits has a date for the first time.'),
    eventOf(
      'promise-moved',
      FACTS['promise-moved'],
      'The date has moved by more than the tolerance since it was told last.',
    ),
    eventOf('split', FACTS.split, 'What has to be waited for follows in a shipment of its own, this one.'),
    eventOf('priority-changed', FACTS['priority-changed'], 'Somebody moved the shipment in the queue.'),
    eventOf('shipped', FACTS.shipped, 'It has left.'),
    eventOf('delayed', FACTS.delayed, 'It has left, and will be late.'),
    eventOf('delivered', FACTS.delivered, 'It has arrived.'),
    eventOf('returned', FACTS.returned, 'Units have come back.'),
    eventOf('cancelled', FACTS.cancelled, 'It ended without leaving, as somebody asked for.'),
    eventOf('expired', FACTS.expired, 'It waited for stock as long as it was to wait, in vain.'),
    eventOf('refused', FACTS.rejected, 'It cannot be had; `code` says why, and `sku` of what.'),
    eventOf('failed', FACTS.failed, 'It could not be fulfilled. What it held is free again.'),
  ])
  .meta({ title: 'OrderEvent', description: 'A change of an order that somebody outside may act on.' });
export type OrderEvent = z.infer<typeof OrderEvent>;

/** The word under which a happening is told to the outside; null where it is nobody's business there, or told by what follows. */
export const PUBLISHED_AS = {
  placed: 'order-placed',
  reserved: 'allocated',
  backordered: 'backordered',
  promised: 'promised',
  'promise-moved': 'promise-moved',
  'wait-chosen': null,
  'split-chosen': null,
  allocated: 'allocated',
  split: 'split',
  'priority-changed': 'priority-changed',
  picking: null,
  packing: null,
  shipping: null,
  shipped: 'shipped',
  delayed: 'delayed',
  delivered: 'delivered',
  returned: 'returned',
  cancelled: 'cancelled',
  expired: 'expired',
  rejected: 'refused',
  failed: 'failed',
} as const satisfies Record<HappeningType, OrderEvent['type'] | null>;

/** The event that an entry of the timeline is told as, from the entry alone; undefined where it is not told. */
export function orderEvent(row: EventRow): OrderEvent | undefined {
  const type = PUBLISHED_AS[row.type];
  if (type === null) return undefined;
  const { at, shipmentId, facts } = row;
  const { orderId } = partsOf(shipmentId);
  return OrderEvent.parse({ ...facts, version: EVENT_VERSION, eventId: eventIdOf(row), type, at, orderId, shipmentId });
}
