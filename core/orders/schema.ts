import * as z from 'zod';
import { Location, Quantity, Sku, text } from '../stock/schema.ts';
import { skuLines } from '../stock/sku-lines.ts';

/** A customer may order this many lines at once; a transaction holds fewer, so large orders are reserved in chunks. */
export const MAX_ORDER_LINES = 1000;
/** Step Functions ends an execution after a year; after the longest wait the warehouse still has thirty days for each of its three stages. */
export const MAX_WAIT_DAYS = 270;
const DEFAULT_WAIT_DAYS = 90;
export const DEFAULT_PRIORITY = 5;

/** Safe in a URL, in a key and, with a shipment's number behind it, as the name of an execution (80 characters). */
export const OrderId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
    'expected 1 to 64 letters, digits, - or _, beginning with a letter or digit',
  )
  .describe("The order system's own number, or one that was given out here.");
export type OrderId = z.infer<typeof OrderId>;

/** `<orderId>-<number>`. */
export const ShipmentId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}-[1-9][0-9]{0,3}$/,
    'expected an order id, a hyphen and a number, such as SO-1001-1',
  )
  .describe('An order id, a hyphen and the number of the shipment within the order.');
export type ShipmentId = z.infer<typeof ShipmentId>;

export const Customer = z
  .strictObject({
    name: text(200),
    email: z.email('expected an e-mail address').max(254),
  })
  .meta({ id: 'Customer' });
export type Customer = z.infer<typeof Customer>;

const AddressLine = text(200);

export const Address = z
  .strictObject({
    name: AddressLine,
    line1: AddressLine,
    line2: AddressLine.optional(),
    city: AddressLine,
    region: AddressLine.optional(),
    postalCode: text(20),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'expected a country code of two capital letters (ISO 3166-1 alpha-2)')
      .describe('ISO 3166-1 alpha-2.'),
  })
  .meta({ id: 'Address' });
export type Address = z.infer<typeof Address>;

export const OrderLine = z.strictObject({ sku: Sku, quantity: Quantity }).meta({ id: 'OrderLine' });
export type OrderLine = z.infer<typeof OrderLine>;

/** What to do where stock is short: hold the order, send what is there now, or drop what is not there. */
export const IfShort = z
  .enum(['wait', 'split', 'cancel'])
  .describe(
    'What to do when stock is short: hold the order until all is there, send what is there and the rest later, or drop the rest.',
  );
export type IfShort = z.infer<typeof IfShort>;

/** 0 is served first. */
export const Priority = z.int().min(0).max(9).describe('Who waits with a lower number is served first.');

export const PlaceOrder = z
  .strictObject({
    orderId: OrderId.optional(),
    customer: Customer,
    shipTo: Address,
    lines: skuLines(OrderLine, MAX_ORDER_LINES),
    location: Location.default('main'),
    ifShort: IfShort.default('wait'),
    priority: Priority.default(DEFAULT_PRIORITY),
    waitDays: z
      .int()
      .min(1)
      .max(MAX_WAIT_DAYS)
      .default(DEFAULT_WAIT_DAYS)
      .describe('How long the order may wait for stock before it expires.'),
  })
  .meta({ id: 'PlaceOrder' });
export type PlaceOrder = z.infer<typeof PlaceOrder>;

/** A whole order as another order system hands it to `StartExecution`: it brings its own id, so that it can be repeated. */
export const HandedOverOrder = PlaceOrder.required({ orderId: true });
export type HandedOverOrder = z.infer<typeof HandedOverOrder>;

/** A shipment that the table holds, as the workflow is told of it. */
export const PlacedShipment = z.object({
  orderId: OrderId,
  shipmentId: ShipmentId,
  location: Location,
  priority: Priority,
  placedAt: z.iso.datetime(),
  waitUntil: z.iso.datetime(),
  ifShort: IfShort,
  lines: z.array(OrderLine).min(1).max(MAX_ORDER_LINES),
});
export type PlacedShipment = z.infer<typeof PlacedShipment>;
