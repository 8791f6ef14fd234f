import * as z from 'zod';
import { expectationInWords, inWords, STATUS_IN_WORDS } from '../../orders/customer-words.ts';
import { OrderId } from '../../orders/schema.ts';
import { linesOf, type ShipmentLine, type ShipmentRow } from '../../orders/shipments.ts';
import { isOpen } from '../../orders/statuses.ts';
import type { TrackedOrder } from '../../orders/track.ts';
import { OrderStatus, ShipmentStatus } from './statuses.ts';

const time = z.iso.datetime();

const TrackedContent = z
  .object({
    title: z.string(),
    quantity: z.int().describe('What was ordered.'),
    waiting: z.int().optional().describe('Of those, what is not here yet.'),
    cancelled: z.int().optional().describe('Of those, what will not be sent.'),
    returned: z.int().optional().describe('Of those, what has come back to us.'),
  })
  .meta({ id: 'TrackedContent' });

const TrackedShipment = z
  .object({
    status: ShipmentStatus,
    said: z.string().describe('The same in words.'),
    contents: z.array(TrackedContent),
    promisedAt: time
      .nullable()
      .describe('By when it leaves us; null while there is no date, and once there is none to wait for.'),
    promise: z.string().describe('The same in words, with what it rests on.'),
    tracking: z.object({ carrier: z.string(), trackingNumber: z.string() }).nullable(),
    parcels: z.int().nullable().describe('How many parcels it is packed in, once that is known.'),
    deliveryExpectedAt: time.optional().describe('While it is under way, once the carrier has said that it is late.'),
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
  const { status, tracking, cartons, choiceSince, promise, deliveryExpectedAt } = shipment;
  return {
    status,
    said: STATUS_IN_WORDS[status],
    contents: linesOf(shipment).map((line) => contentSaid(line, titles)),
    promisedAt: (isOpen(status) && promise?.promisedAt) || null,
    promise: expectationInWords(shipment),
    tracking: tracking ?? null,
    parcels: cartons?.length ?? null,
    ...(status === 'shipped' && { deliveryExpectedAt }),
    mayChoose: choiceSince !== undefined && status === 'backordered',
  };
}

function contentSaid({ sku, quantity, ...line }: ShipmentLine, titles: ReadonlyMap<string, string>) {
  const { waiting, cancelled, returned = 0 } = line;
  return {
    title: titles.get(sku) ?? sku,
    quantity,
    ...(waiting > 0 && { waiting }),
    ...(cancelled > 0 && { cancelled }),
    ...(returned > 0 && { returned }),
  };
}
