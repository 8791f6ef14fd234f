import * as z from 'zod';
import { PromiseBasis } from '../../orders/happenings.ts';
import type { PromisePreview } from '../../reservations/preview.ts';
import type { StockOfItem } from '../../stock/items.ts';
import type { StockRow } from '../../stock/levels.ts';
import { BackorderPolicy, Dimensions, PutItem, Sku } from '../../stock/schema.ts';
import { pageOf } from '../paging.ts';

const units = (description: string) => z.int().describe(description);
const time = z.iso.datetime();

export const ItemSaid = z.object({ sku: Sku, ...PutItem.shape, location: z.string() }).meta({
  id: 'ItemSaid',
  description: 'What is said of an item at a location.',
});

const Availability = z.enum(['in-stock', 'low-stock', 'on-backorder', 'out-of-stock']).meta({
  id: 'Availability',
  description:
    'What a shopper may be told: above the reorder point; at it or below; none free, but it may be ordered; none free, and it may not.',
});

const StockLevel = z
  .object({
    location: z.string(),
    onHand: units('Units that are there: available and allocated.'),
    available: units('Free to promise.'),
    allocated: units('Promised to shipments and not yet shipped.'),
    backordered: units('Waited for by shipments.'),
    incoming: units('On their way here, not yet received.'),
    reorderPoint: z.int(),
    bin: z.string(),
    backorders: BackorderPolicy,
    arrivals: z
      .array(
        z.object({
          inboundShipmentId: z.string(),
          expectedAt: time,
          quantity: units('Still to come.'),
          overdue: z
            .boolean()
            .optional()
            .describe('Its day has passed: nothing is promised on it until it has a new one.'),
        }),
      )
      .optional()
      .describe('What `incoming` is made of, by expected date; not in lists.'),
    promise: z
      .object({
        quantity: units('Ordered now.'),
        promisedAt: time
          .nullable()
          .describe('By when they would be promised to leave; null where nothing can be promised.'),
        basis: PromiseBasis.nullable(),
        refused: z
          .string()
          .optional()
          .meta({
            description: 'Why such an order would be refused: `out-of-stock`, `backorder-limit`.',
            examples: ['out-of-stock'],
          }),
      })
      .optional()
      .describe('What would be promised for the `quantity` that was asked about.'),
    countRequestedAt: time
      .optional()
      .describe('Since when the bin is to be counted, as a pick found too few units in it.'),
  })
  .meta({ id: 'StockLevel', description: 'The level of a SKU at a location.' });

export const Stock = z
  .object({
    sku: Sku,
    title: z.string(),
    weightGrams: z.int(),
    dimensionsMm: Dimensions,
    unitCostMinor: z.int(),
    currency: z.string(),
    leadTimeDays: z.int(),
    availability: Availability,
    locations: z.array(StockLevel),
  })
  .meta({ id: 'Stock', description: 'A SKU, whether it can be sold, and its level at each location.' });
export type Stock = z.infer<typeof Stock>;

export const StockPage = pageOf('StockPage', Stock);

export const StockReceived = z
  .object({
    sku: Sku,
    location: z.string(),
    quantity: z.int(),
    reference: z.string().optional(),
    receivedAt: time,
  })
  .meta({ id: 'StockReceived' });

export const StockCounted = z
  .object({
    sku: Sku,
    location: z.string(),
    counted: z.int(),
    difference: units('Units found beyond those that were known; negative where some were missing.'),
    unitsYielded: units('Of the missing units, those that were promised: their shipments wait for them again.'),
    countedAt: time,
  })
  .meta({ id: 'StockCounted' });

const Movement = z
  .object({
    movementId: z.string(),
    sku: Sku,
    location: z.string(),
    at: time,
    type: z.string().meta({
      description:
        '`receipt`, `count`, `reserve`, `allocate`, `release`, `write-off`, `ship`, `return`, `inbound` or `priority`; more may come.',
      examples: ['receipt'],
    }),
    available: units('By how much the available units changed.'),
    allocated: units('By how much the allocated units changed.'),
    backordered: units('By how much the units waited for changed.'),
    incoming: units('By how much the units on their way changed.').default(0),
    actor: z.string().describe('Who did it: an API client, `workflow` or `stream`.'),
    shipmentId: z.string().optional().describe('For which shipment.'),
    reference: z.string().optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'Movement', description: 'A line of the ledger: one change of a level, and why.' });

export const MovementPage = pageOf('MovementPage', Movement);

/** @param previews what would be promised at each of the locations, where that was asked. */
export function stockAnswer(
  { item, availability, locations, arrivals }: StockOfItem,
  previews: readonly PromisePreview[] = [],
): Stock {
  const levels = locations.map((level, i) => ({
    ...levelAnswer(level),
    ...(previews[i] && { promise: previews[i] }),
    ...(arrivals && { arrivals: arrivals.filter(({ location }) => location === level.location) }),
  }));
  return Stock.parse({ ...item, availability, locations: levels });
}

function levelAnswer({ backorderPolicy: policy, backorderLimit: limit, ...level }: StockRow) {
  const backorders = limit === undefined ? { policy } : { policy, limit };
  return { ...level, onHand: level.available + level.allocated, backorders };
}
