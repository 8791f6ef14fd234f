import * as z from 'zod';
import { MAX_ORDER_LINES } from '../orders/schema.ts';
import { Dimensions, MAX_QUANTITY, Quantity, Sku, text } from '../stock/schema.ts';

const MAX_CARTONS = 500;

const PickedLine = z
  .strictObject({
    sku: Sku,
    picked: z.int().min(0).max(MAX_QUANTITY).describe('Units found; fewer than asked for is a short pick.'),
  })
  .meta({ id: 'PickedLine' });

/** What was found in the bins: every line of the shipment, each once. */
export const ConfirmPick = z
  .strictObject({
    lines: z
      .array(PickedLine)
      .min(1)
      .max(MAX_ORDER_LINES)
      .superRefine((lines, context) => {
        const named = new Set<string>();
        lines.forEach(({ sku }, i) => {
          if (named.has(sku)) context.addIssue({ code: 'custom', path: [i, 'sku'], message: `${sku} is named twice` });
          named.add(sku);
        });
      })
      .describe('Every line of the shipment, each once.'),
  })
  .meta({ id: 'ConfirmPick' });
export type ConfirmPick = z.infer<typeof ConfirmPick>;

export const Carton = z
  .strictObject({ weightGrams: z.int().min(1).max(1_000_000), dimensionsMm: Dimensions })
  .meta({ id: 'Carton' });

export const ConfirmPack = z
  .strictObject({ cartons: z.array(Carton).min(1).max(MAX_CARTONS).optional() })
  .meta({ id: 'ConfirmPack' });
export type ConfirmPack = z.infer<typeof ConfirmPack>;

export const ConfirmShip = z
  .strictObject({
    carrier: text(100),
    trackingNumber: text(100),
  })
  .meta({ id: 'ConfirmShip' });
export type ConfirmShip = z.infer<typeof ConfirmShip>;

export const DelayShipment = z
  .strictObject({
    expectedAt: z.iso.datetime('expected a time such as 2026-12-01T08:00:00Z (ISO 8601, UTC)'),
    reason: text(100).meta({ description: 'Why, in a word that the customer is told.', examples: ['weather'] }),
  })
  .meta({ id: 'DelayShipment' });
export type DelayShipment = z.infer<typeof DelayShipment>;

/** A SKU takes two writes of a transaction's hundred, its level and the movement. */
const MAX_RETURNED_LINES = 40;

export const ReturnUnits = z
  .strictObject({
    lines: z
      .array(
        z
          .strictObject({
            sku: Sku,
            quantity: Quantity,
            sellable: z.boolean().describe('Whether the units are as good as new: those are free to promise.'),
          })
          .meta({ id: 'ReturnedLine' }),
      )
      .min(1)
      .max(MAX_RETURNED_LINES),
    reason: text(200).optional().describe('Why they came back, for the ledger.'),
  })
  .meta({ id: 'ReturnUnits' });
export type ReturnUnits = z.infer<typeof ReturnUnits>;

export const WorkStage = z.enum(['pick', 'pack', 'ship']);
export type WorkStage = z.infer<typeof WorkStage>;
