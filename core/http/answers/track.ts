import { z } from 'zod';
import { dayInWords, inWords, STATUS_IN_WORDS } from '../../orders/customer-words.ts';
import { OrderId } from '../../orders/schema.ts';
import { linesOf, type ShipmentRow } from '../../orders/shipments.ts';
import type { TrackedOrder } from '../../orders/track.ts';
import { OrderStatus, ShipmentStatus } from './statuses.ts';

const time = z.iso.datetime();

const TrackedShipment = z
  .object({
    status: ShipmentStatus,
    said: z.string().describe('The same in words.'),
    contents: z.array(z.object({ title: z.string(), quantity: z.int() })),
    promisedAt: time.nullable().describe('By when it leaves us; null while there is no date.'),
    promise: z.string().describe('The same in words, with what it rests on.'),
    tracking: z.object({ carrier: z.string(), trackingNumber: z.string() }).nullable(),
    parcels: z.int().nullable().describe('How many parcels it is packed in, once that is known.'),
    deliveryExpectedAt: time.optional().describe('Once the carrier has said that it is late.'),
    mayChoose: z.boolean().describe('The date has moved: the customer may wait, take what is there, or cancel.'),
  })
  .meta({ id: 'TrackedShipment' });

export const TrackedOrderSaid = z
  .object({
    orderId: OrderId,
    status: OrderStatus,
    said: z.string().describe('The same in words.'),
    placedAt: time,
    shipments: z.array(TrackedShipment),
    timeline: z.array(z.object({ at: time, said: z.string() })).describe('Oldest first.'),
  })
  .meta({ id: 'TrackedOrder', description: 'An order as its customer sees it.' });
export type TrackedOrderSaid = z.infer<typeof TrackedOrderSaid>;

/** @param titles the titles of the order's SKUs, as far as they are in the catalogue */
export function trackAnswer(tracked: TrackedOrder, titles: ReadonlyMap<string, string>): TrackedOrderSaid {
  const { order, shipments, timeline } = tracked;
  return TrackedOrderSaid.parse({
    ...order,
    said: STATUS_IN_WORDS[order.status],
    shipments: shipments.map((shipment) => shipmentSaid(shipment, titles)),
    timeline: timeline.flatMap((row) => {
      const said = inWords(row);
      return said ? [{ at: row.at, said }] : [];
    }),
  });
}

function shipmentSaid(shipment: ShipmentRow, titles: ReadonlyMap<string, string>) {
  const { status, tracking, cartons, choiceSince, promise } = shipment;
  const contents = linesOf(shipment)
    .map(({ sku, quantity, cancelled }) => ({ title: titles.get(sku) ?? sku, quantity: quantity - cancelled }))
    .filter(({ quantity }) => quantity > 0);
  return {
    ...shipment,
    said: STATUS_IN_WORDS[status],
    contents,
    promisedAt: promise?.promisedAt ?? null,
    promise: promiseInWords(shipment),
    tracking: tracking ?? null,
    parcels: cartons?.length ?? null,
    mayChoose: choiceSince !== undefined && status === 'backordered',
  };
}

function promiseInWords({ status, promise }: ShipmentRow): string {
  if (status === 'shipped' || status === 'delivered') return 'It has left us.';
  if (!promise) return 'There is no date yet.';
  const by = `It leaves us by ${dayInWords(promise.promisedAt)}`;
  const { basis } = promise;
  if (basis.kind === 'stock') return `${by}: everything is here.`;
  return `${by}: a delivery to us is expected on ${dayInWords(basis.expectedAt)}.`;
}
