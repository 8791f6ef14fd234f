import * as z from 'zod';
import type { Choice } from '../../backorders/choices.ts';
import { PromiseBasis } from '../../orders/happenings.ts';
import type { ListedOrder } from '../../orders/list.ts';
import { OrderId, ShipmentId } from '../../orders/schema.ts';
import { linesOf, type ShipmentLine, type ShipmentRow } from '../../orders/shipments.ts';
import { isOpen, isUnfulfilled } from '../../orders/statuses.ts';
import type { TrackedOrder } from '../../orders/track.ts';
import { type TrackingLink, trackingLink } from '../../orders/tracking-link.ts';
import { Sku } from '../../stock/schema.ts';
import { Carton } from '../../warehouse/schema.ts';
import { pageOf } from '../paging.ts';
import { OrderStatus, ShipmentStatus } from './statuses.ts';

const time = z.iso.datetime();

const OrderLinks = z
  .object({
    self: z.string().meta({ description: 'Where the order can be read.', examples: ['/orders/SO-1001'] }),
    cancel: z
      .string()
      .optional()
      .meta({
        description: 'Where what has not left can be cancelled, while there is such.',
        examples: ['/orders/SO-1001/cancel'],
      }),
    split: z
      .string()
      .optional()
      .meta({
        description: 'Where the customer can take what is there now, while something is. Not in lists.',
        examples: ['/orders/SO-1001/split'],
      }),
    wait: z
      .string()
      .optional()
      .meta({
        description: 'Where the customer can say to go on waiting, after a date has moved. Not in lists.',
        examples: ['/orders/SO-1001/wait'],
      }),
    track: z
      .string()
      .optional()
      .meta({
        description:
          'What the customer may be given: whoever has it sees the order, and nothing else. Absent in lists, and once it has been revoked.',
        examples: ['/track/SO-1001.Jx3vQm0cT2Wb7f1uYd5kPA'],
      }),
  })
  .meta({ id: 'OrderLinks' });

export const OrderAccepted = z
  .object({ orderId: OrderId, status: OrderStatus, placedAt: time, links: OrderLinks })
  .meta({ id: 'OrderAccepted' });

const OrderSummary = z
  .object({ orderId: OrderId, status: OrderStatus, placedAt: time, links: OrderLinks })
  .meta({ id: 'OrderSummary' });

export const OrderPage = pageOf('OrderPage', OrderSummary);

const OrderedLine = z
  .object({
    sku: Sku,
    quantity: z.int().describe('What was ordered. Once the line has been decided, the sum of the others.'),
    allocated: z.int().describe('Set aside for the order.'),
    waiting: z.int().describe('Not there yet, and waited for.'),
    shipped: z.int(),
    cancelled: z.int().describe('Will not be sent.'),
    returned: z.int().optional().describe('Of those shipped, what has come back.'),
  })
  .meta({ id: 'OrderedLine' });
type OrderedLine = z.infer<typeof OrderedLine>;

const ShippedTogether = OrderedLine.extend({
  expected: z
    .object({ expectedAt: time, inboundShipmentId: z.string() })
    .nullable()
    .optional()
    .describe(
      'While it waits: the arrival with which it has all its units; null where none that is known of covers it.',
    ),
}).meta({ id: 'ShipmentLine' });

const Shipment = z
  .object({
    shipmentId: ShipmentId,
    status: ShipmentStatus,
    location: z.string(),
    priority: z.int().describe('Who waits with a lower number is served first.'),
    lines: z.array(ShippedTogether),
    promisedAt: time
      .nullable()
      .describe(
        'By when it is promised to leave the house; null while nothing can be promised, and where it will not leave.',
      ),
    promise: z
      .object({ promisedAt: time, basis: PromiseBasis })
      .nullable()
      .describe(
        'What the date rests on: units that are here, or the arrival with which the last of its lines has all its units; then comes the time of handling.',
      ),
    tracking: z.object({ carrier: z.string(), trackingNumber: z.string() }).nullable().describe('Once it has left.'),
    deliveryExpectedAt: time.optional().describe('Once the carrier has said that it is late.'),
    cartons: z.array(Carton).optional().describe('Once it is packed, if the warehouse said so.'),
    endReason: z
      .object({
        code: z.string().meta({
          description:
            'A stable word for machines, such as `out-of-stock`, `unknown-sku`, `backorder-limit`, `cancelled`, `expired`.',
          examples: ['unknown-sku'],
        }),
        detail: z.string(),
        sku: z.string().optional().describe('The SKU that could not be had.'),
      })
      .optional()
      .describe('Why it ended without leaving.'),
  })
  .meta({ id: 'Shipment', description: 'The part of an order that ships together.' });

export const Order = z
  .object({
    orderId: OrderId,
    status: OrderStatus,
    placedAt: time,
    lines: z.array(OrderedLine).describe('What was ordered, over all shipments.'),
    shipments: z.array(Shipment),
    timeline: z.array(z.object({ at: time, type: z.string(), detail: z.string() })).describe('Oldest first.'),
    erasedAt: time.optional().describe("Since when its customer's data is erased here."),
    links: OrderLinks,
  })
  .meta({ id: 'Order' });
export type Order = z.infer<typeof Order>;

export const OrderTrackingLink = z.object({ orderId: OrderId, links: OrderLinks }).meta({ id: 'OrderTrackingLink' });

export const SplitChosen = z
  .object({
    orderId: OrderId,
    status: OrderStatus,
    leaving: z
      .array(z.object({ shipmentId: ShipmentId, lines: z.array(z.object({ sku: Sku, quantity: z.int() })) }))
      .describe('What leaves now. The rest follows in shipments of its own.'),
    links: OrderLinks,
  })
  .meta({ id: 'SplitChosen' });

export const PriorityChanged = z
  .object({ orderId: OrderId, status: OrderStatus, priority: z.int(), links: OrderLinks })
  .meta({ id: 'PriorityChanged' });

export const WaitChosen = z
  .object({ orderId: OrderId, status: OrderStatus, links: OrderLinks })
  .meta({ id: 'WaitChosen' });

export const OrderCancellation = z
  .object({
    orderId: OrderId,
    status: OrderStatus,
    unitsCancelled: z.int().describe('Units that will not be sent.'),
    unitsShipped: z.int().describe('Units that had left before.'),
    links: OrderLinks,
  })
  .meta({ id: 'OrderCancellation' });

/** Left out, the choices are those of an order of which it is only known that it has not ended. */
export function orderLinks(
  { orderId, trackToken }: TrackingLink,
  choices: readonly Choice[] = ['cancel'],
): z.infer<typeof OrderLinks> {
  const self = `/orders/${orderId}`;
  const chosen = Object.fromEntries(choices.map((choice) => [choice, `${self}/${choice}`]));
  return { self, ...chosen, ...(trackToken && { track: `/track/${trackToken}` }) };
}

/** Of an order in part shipped, the rest may be open or not. */
function mayBeOpen(status: ListedOrder['status']): boolean {
  return status === 'partially-shipped' || isOpen(status);
}

export function orderSummary(order: ListedOrder): z.infer<typeof OrderSummary> {
  return OrderSummary.parse({ ...order, links: orderLinks(order, mayBeOpen(order.status) ? ['cancel'] : []) });
}

export function orderAnswer({ order, shipments, timeline }: TrackedOrder, choices: readonly Choice[]): Order {
  const lines = summedBySku(shipments.flatMap(linesOf));
  const links = orderLinks(trackingLink(order), choices);
  return Order.parse({ ...order, lines, shipments: shipments.map(shipmentAnswer), timeline, links });
}

function shipmentAnswer(shipment: ShipmentRow) {
  const promise = isUnfulfilled(shipment.status) ? null : (shipment.promise ?? null);
  const promisedAt = promise?.promisedAt ?? null;
  return { ...shipment, lines: linesOf(shipment), tracking: shipment.tracking ?? null, promisedAt, promise };
}

/** A split leaves a SKU in several shipments; the customer ordered it once. */
function summedBySku(lines: readonly ShipmentLine[]): OrderedLine[] {
  const bySku = Map.groupBy(
    lines.toSorted((a, b) => a.line - b.line),
    ({ sku }) => sku,
  );
  const sum = (parts: readonly ShipmentLine[], count: keyof Omit<OrderedLine, 'sku'>) =>
    parts.reduce((units, part) => units + (part[count] ?? 0), 0);
  return [...bySku].map(([sku, parts]) => ({
    sku,
    quantity: sum(parts, 'quantity'),
    allocated: sum(parts, 'allocated'),
    waiting: sum(parts, 'waiting'),
    shipped: sum(parts, 'shipped'),
    cancelled: sum(parts, 'cancelled'),
    ...(sum(parts, 'returned') > 0 && { returned: sum(parts, 'returned') }),
  }));
}
