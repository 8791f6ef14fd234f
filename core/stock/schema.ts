import { z } from 'zod';

/** One line may ask for this many units, and one SKU's stock may move by this many at once. */
export const MAX_QUANTITY = 1_000_000;

/** Safe in a URL and in a key. */
export const Sku = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'expected 1 to 64 letters, digits, ., - or _, beginning with a letter or digit',
  );
export type Sku = z.infer<typeof Sku>;

/** A warehouse. */
export const Location = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/, 'expected 1 to 32 letters, digits or -, beginning with a letter or digit');
export type Location = z.infer<typeof Location>;

export const Quantity = z
  .int('expected a whole number')
  .min(1, 'expected at least 1')
  .max(MAX_QUANTITY, 'expected at most 1,000,000');
export type Quantity = z.infer<typeof Quantity>;

const Millimeters = z.int().min(1).max(100_000);

export const Dimensions = z.strictObject({ length: Millimeters, width: Millimeters, height: Millimeters });
export type Dimensions = z.infer<typeof Dimensions>;

/** Whether customers may wait for a SKU that is not there, and how many units may be waited for at once. */
export const BackorderPolicy = z.discriminatedUnion('policy', [
  z.strictObject({ policy: z.literal('deny') }),
  z.strictObject({ policy: z.literal('allow'), limit: z.int().min(0).max(MAX_QUANTITY).optional() }),
]);
export type BackorderPolicy = z.infer<typeof BackorderPolicy>;

export const PutItem = z.strictObject({
  title: z.string().trim().min(1).max(200),
  weightGrams: z.int().min(0).max(10_000_000),
  dimensionsMm: Dimensions,
  unitCostMinor: z.int().min(0).max(1_000_000_000),
  currency: z.string().regex(/^[A-Z]{3}$/, 'expected a currency code of three capital letters (ISO 4217)'),
  leadTimeDays: z.int().min(0).max(730),
  backorders: BackorderPolicy,
  reorderPoint: z.int().min(0).max(MAX_QUANTITY),
  bin: z.string().trim().min(1).max(32),
  location: Location.default('main'),
});
export type PutItem = z.infer<typeof PutItem>;

export const ReceiveStock = z.strictObject({
  quantity: Quantity,
  location: Location.default('main'),
  reference: z.string().trim().min(1).max(100).optional(),
});
export type ReceiveStock = z.infer<typeof ReceiveStock>;

export const CountStock = z.strictObject({
  counted: z
    .int()
    .min(0)
    .max(MAX_QUANTITY * 10),
  location: Location.default('main'),
  reason: z.string().trim().min(1).max(200),
});
export type CountStock = z.infer<typeof CountStock>;
