import * as z from 'zod';
import { Location, Quantity, Sku, text } from '../stock/schema.ts';
import { skuLines } from '../stock/sku-lines.ts';

/** A container's worth of SKUs; a transaction holds fewer, so large shipments are booked in parts. */
const MAX_INBOUND_LINES = 1000;

/** Safe in a URL and in a key. */
export const InboundShipmentId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
    'expected 1 to 64 letters, digits, - or _, beginning with a letter or digit',
  )
  .describe("The merchant's own number of it, such as a purchase order's, or one that was given out here.");
export type InboundShipmentId = z.infer<typeof InboundShipmentId>;

export const InboundStatus = z.enum(['expected', 'partly-received', 'received', 'cancelled']);
export type InboundStatus = z.infer<typeof InboundStatus>;

const ExpectedAt = z.iso
  .datetime('expected a time such as 2026-12-01T08:00:00Z (ISO 8601, UTC)')
  .describe('When the units are expected to be here.');

const InboundLine = z.strictObject({ sku: Sku, quantity: Quantity }).meta({ id: 'InboundLine' });

const InboundLines = skuLines(InboundLine, MAX_INBOUND_LINES);

const Reason = text(100).meta({
  description: 'Why, in a word that customers are told, such as `weather`, `port-congestion`, `customs`, `supplier`.',
  examples: ['weather'],
});

export const AnnounceInbound = z
  .strictObject({
    inboundShipmentId: InboundShipmentId.optional(),
    location: Location.default('main'),
    expectedAt: ExpectedAt,
    reference: text(100).optional().describe("Such as a supplier's order number or a container's."),
    lines: InboundLines,
  })
  .meta({ id: 'AnnounceInbound' });
export type AnnounceInbound = z.infer<typeof AnnounceInbound>;

export const MoveInbound = z.strictObject({ expectedAt: ExpectedAt, reason: Reason }).meta({ id: 'MoveInbound' });
export type MoveInbound = z.infer<typeof MoveInbound>;

export const ReceiveInbound = z
  .strictObject({
    lines: InboundLines,
    complete: z
      .boolean()
      .default(false)
      .describe('Nothing more will come: what is outstanding is written down as not delivered.'),
  })
  .meta({ id: 'ReceiveInbound' });
export type ReceiveInbound = z.infer<typeof ReceiveInbound>;

export const CancelInbound = z.strictObject({ reason: Reason }).meta({ id: 'CancelInbound' });
export type CancelInbound = z.infer<typeof CancelInbound>;
