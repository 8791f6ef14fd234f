import * as z from 'zod';
import { Location, Quantity, Sku, text } from '../stock/schema.ts';
import { ShipmentId } from './schema.ts';

const time = z.iso.datetime();
const LineUnits = z.object({ sku: Sku, quantity: Quantity });

/** What a date rests on: units that are here, or an inbound shipment, whose SKU is the one that comes last. */
export const PromiseBasis = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('stock') }),
  z.object({ kind: z.literal('inbound'), sku: Sku, inboundShipmentId: z.string(), expectedAt: time }),
]);
export type PromiseBasis = z.infer<typeof PromiseBasis>;

/** Why a promised date moved: a stable word, or the word with which the merchant moved an inbound shipment. */
const MoveReason = text(100);

const ended = { code: z.string(), sku: Sku.optional() };

/** Everything that can happen to a shipment, with the facts that the timeline keeps of it beside the sentence for people. */
export const FACTS = {
  placed: z.object({ location: Location, lines: z.array(LineUnits) }),
  reserved: z.object({ promisedAt: time, dropped: z.array(LineUnits).optional() }),
  backordered: z.object({ waiting: z.array(LineUnits) }),
  promised: z.object({ promisedAt: time, basis: PromiseBasis }),
  'promise-moved': z.object({ from: time.nullable(), to: time.nullable(), reason: MoveReason }),
  'wait-chosen': z.object({}),
  'split-chosen': z.object({}),
  allocated: z.object({ promisedAt: time }),
  split: z.object({ fromShipmentId: ShipmentId, lines: z.array(LineUnits) }),
  'priority-changed': z.object({ from: z.int(), to: z.int(), reason: z.string() }),
  picking: z.object({}),
  packing: z.object({}),
  shipping: z.object({}),
  shipped: z.object({ carrier: z.string(), trackingNumber: z.string() }),
  delayed: z.object({ expectedAt: time, reason: z.string() }),
  delivered: z.object({}),
  returned: z.object({ lines: z.array(LineUnits.extend({ sellable: z.boolean() })) }),
  rejected: z.object(ended),
  cancelled: z.object(ended),
  expired: z.object(ended),
  failed: z.object(ended),
} as const;

export type HappeningType = keyof typeof FACTS;

/** What the timeline says of a change: a sentence for people, facts for machines. */
export type Happening = {
  [Type in HappeningType]: {
    readonly type: Type;
    readonly detail: string;
    readonly facts: z.infer<(typeof FACTS)[Type]>;
  };
}[HappeningType];
