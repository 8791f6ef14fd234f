import * as z from 'zod';

/** One line may ask for this many units, and one SKU's stock may move by this many at once. */
export const MAX_QUANTITY = 1_000_000;

/** Safe in a URL and in a key. */
export const Sku = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'expected 1 to 64 letters, digits, ., - or _, beginning with a letter or digit',
  )
  .describe("The merchant's own code of the thing sold.");
export type Sku = z.infer<typeof Sku>;

/** A warehouse. */
export const Location = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/, 'expected 1 to 32 letters, digits or -, beginning with a letter or digit')
  .describe('A warehouse.');
export type Location = z.infer<typeof Location>;

export const Quantity = z
  .int('expected a whole number')
  .min(1, 'expected at least 1')
  .max(MAX_QUANTITY, 'expected at most 1,000,000')
  .describe('Whole units.');
export type Quantity = z.infer<typeof Quantity>;

/** Free text. DynamoDB takes no half of a character that UTF-16 writes in two, though JSON can say it. */
export function text(maxLength: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    .refine((said) => said.isWellFormed(), 'expected well-formed Unicode');
}

const Millimeters = z.int().min(1).max(100_000);

export const Dimensions = z
  .strictObject({ length: Millimeters, width: Millimeters, height: Millimeters })
  .meta({ id: 'Dimensions' });
export type Dimensions = z.infer<typeof Dimensions>;

/** Whether customers may wait for a SKU that is not there, and how many units may be waited for at once. */
export const BackorderPolicy = z
  .discriminatedUnion('policy', [
    z.strictObject({ policy: z.literal('deny') }).meta({ id: 'BackordersDenied' }),
    z
      .strictObject({
        policy: z.literal('allow'),
        limit: z
          .int()
          .min(0)
          .max(MAX_QUANTITY)
          .optional()
          .describe('How many units may be waited for at once. Left out: as many as are ordered.'),
      })
      .meta({ id: 'BackordersAllowed' }),
  ])
  .meta({ id: 'BackorderPolicy', description: 'Whether orders may wait for the SKU when it is not there.' });
export type BackorderPolicy = z.infer<typeof BackorderPolicy>;

export const PutItem = z
  .strictObject({
    title: text(200),
    weightGrams: z.int().min(0).max(10_000_000).describe('Of one unit as it is packed.'),
    dimensionsMm: Dimensions,
    unitCostMinor: z
      .int()
      .min(0)
      .max(1_000_000_000)
      .describe('What one unit costs the merchant, in cents or the like.'),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'expected a currency code of three capital letters (ISO 4217)')
      .describe('ISO 4217.'),
    leadTimeDays: z.int().min(0).max(730).describe('From an order at the supplier to its arrival.'),
    backorders: BackorderPolicy,
    reorderPoint: z
      .int()
      .min(0)
      .max(MAX_QUANTITY)
      .describe('The merchant is told when free and incoming units, less those waited for, fall to it.'),
    bin: text(32).describe('The marked place where the item lies.'),
    location: Location.default('main'),
  })
  .meta({ id: 'PutItem' });
export type PutItem = z.infer<typeof PutItem>;

export const ReceiveStock = z
  .strictObject({
    quantity: Quantity,
    location: Location.default('main'),
    reference: text(100).optional().describe("Such as a delivery note's number."),
  })
  .meta({ id: 'ReceiveStock' });
export type ReceiveStock = z.infer<typeof ReceiveStock>;

export const CountStock = z
  .strictObject({
    counted: z
      .int()
      .min(0)
      .max(MAX_QUANTITY * 10)
      .describe('All units on the shelf, those included that are promised to shipments.'),
    location: Location.default('main'),
    reason: text(200).describe('Why it was counted, for the ledger.'),
  })
  .meta({ id: 'CountStock' });
export type CountStock = z.infer<typeof CountStock>;
