import { z } from 'zod';
import { FACTS, type HappeningType } from '../orders/happenings.ts';
import { OrderId, ShipmentId } from '../orders/schema.ts';

/** What is told to the outside, by the word under which it is; the warehouse's own steps are not. */
export const PUBLISHED = {
  placed: 'order-placed',
  reserved: 'allocated',
  backordered: 'backordered',
  promised: 'promised',
  'promise-moved': 'promise-moved',
  allocated: 'allocated',
  split: 'split',
  'priority-changed': 'priority-changed',
  shipped: 'shipped',
  delayed: 'delayed',
  delivered: 'delivered',
  returned: 'returned',
  cancelled: 'cancelled',
  expired: 'expired',
  rejected: 'refused',
  failed: 'failed',
} as const satisfies Partial<Record<HappeningType, string>>;

type Published = keyof typeof PUBLISHED;

const common = {
  version: z.literal(1).describe('Rises when a field changes its meaning or goes. Fields may be added without.'),
  eventId: z.string().describe('The same in every delivery of the event.'),
  at: z.iso.datetime().describe('When it happened.'),
  orderId: OrderId,
  shipmentId: ShipmentId,
  detail: z.string().describe('A sentence for people.'),
};

/** `reserved` says all that `allocated` does, and more. */
const schemas = Object.fromEntries(
  Object.entries(PUBLISHED)
    .filter(([happening]) => happening !== 'allocated')
    .map(([happening, type]) => {
      const facts = FACTS[happening as Published];
      return [type, z.object({ ...common, type: z.literal(type), ...facts.shape }).meta({ title: type })];
    }),
);

const [first, ...others] = Object.values(schemas);

/** A change that somebody outside may act on, as it is published. It holds no customer's name or address. */
export const OrderEvent = z
  .discriminatedUnion('type', [first as z.ZodObject, ...others])
  .meta({ title: 'OrderEvent', description: 'A change of an order that somebody outside may act on.' });

/** The published word for what happened; undefined where it is nobody's business outside. */
export function publishedType(happening: HappeningType): string | undefined {
  return happening in PUBLISHED ? PUBLISHED[happening as Published] : undefined;
}
