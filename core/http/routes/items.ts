import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { previewPromise } from '../../reservations/preview.ts';
import { getStock, listItems, putItem, type StockOfItem } from '../../stock/items.ts';
import { MAX_QUANTITY, PutItem, Sku } from '../../stock/schema.ts';
import { ItemSaid, Stock, StockPage, stockAnswer } from '../answers/stock.ts';
import type { ApiContext, ApiEnvironment } from '../environment.ts';
import { WriteHeaders } from '../idempotency-key.ts';
import { json, operation } from '../operation.ts';
import { LocationPageQuery, mapPage, pageRequest } from '../paging.ts';
import { Problem } from '../problem.ts';

const TAG = 'Items and stock';

const expected = `expected a whole number from 1 to ${MAX_QUANTITY}`;
const QuantityQuery = z.coerce
  .number(expected)
  .int(expected)
  .min(1, expected)
  .max(MAX_QUANTITY, expected)
  .describe('How many units somebody thinks of ordering.');

export const SkuPath = z.object({ sku: Sku });

const MUG = {
  title: 'Enamel mug, white',
  weightGrams: 180,
  dimensionsMm: { length: 120, width: 90, height: 85 },
  unitCostMinor: 420,
  currency: 'EUR',
  leadTimeDays: 14,
  backorders: { policy: 'allow', limit: 200 },
  reorderPoint: 40,
  bin: 'A-01-1',
} as const;

const MUGS_AT_MAIN = {
  location: 'main',
  onHand: 120,
  available: 118,
  allocated: 2,
  backordered: 0,
  incoming: 60,
  reorderPoint: MUG.reorderPoint,
  bin: MUG.bin,
  backorders: MUG.backorders,
} satisfies Stock['locations'][number];

const MUGS = {
  sku: 'MUG-WHITE',
  title: MUG.title,
  weightGrams: MUG.weightGrams,
  dimensionsMm: MUG.dimensionsMm,
  unitCostMinor: MUG.unitCostMinor,
  currency: MUG.currency,
  leadTimeDays: MUG.leadTimeDays,
  availability: 'in-stock',
  locations: [MUGS_AT_MAIN],
} satisfies Stock;

const ARRIVAL = { inboundShipmentId: 'PO-4711', expectedAt: '2026-12-08T08:00:00.000Z' } as const;

/** As it is answered to `?quantity=150`. */
const MUGS_ASKED_FOR = {
  ...MUGS,
  locations: [
    {
      ...MUGS_AT_MAIN,
      arrivals: [{ ...ARRIVAL, quantity: 60 }],
      promise: {
        quantity: 150,
        promisedAt: '2026-12-09T08:00:00.000Z',
        basis: { kind: 'inbound', sku: 'MUG-WHITE', ...ARRIVAL },
      },
    },
  ],
} satisfies Stock;

const putting = operation({
  operationId: 'putItem',
  tag: TAG,
  summary: 'Add or change an item',
  description: `What is said of a SKU, and of its place at a location. Stock levels stay as they are.

Can be repeated, with or without an \`Idempotency-Key\`: the last one holds.`,
  scope: 'stock:write',
  method: 'put',
  path: '/items/{sku}',
  request: {
    params: SkuPath,
    headers: WriteHeaders,
    body: json(PutItem, MUG),
  },
  status: 200,
  answer: ItemSaid,
  example: { sku: 'MUG-WHITE', ...MUG, location: 'main' },
});

const listing = operation({
  operationId: 'listItems',
  tag: TAG,
  summary: 'List the items of a location',
  description: 'By SKU, each with its level at the location.',
  scope: 'stock:read',
  method: 'get',
  path: '/items',
  request: { query: LocationPageQuery },
  status: 200,
  answer: StockPage,
  example: { items: [MUGS] },
  problems: ['invalid-cursor'],
});

const reading = operation({
  operationId: 'getStock',
  tag: TAG,
  summary: 'See whether an item can be sold',
  description: `Its availability over all locations, and its level at each.

With \`quantity\`, also what so many units would be promised at each location if they were ordered now.`,
  scope: 'stock:read',
  method: 'get',
  path: '/stock/{sku}',
  request: { params: SkuPath, query: z.strictObject({ quantity: QuantityQuery.optional() }) },
  status: 200,
  answer: Stock,
  example: MUGS_ASKED_FOR,
  problems: ['unknown-sku'],
});

export function addItems(api: OpenAPIHono<ApiEnvironment>): void {
  api.openapi(putting, async (c) => {
    const item = await putItem(c.var.services, c.req.valid('param').sku, c.req.valid('json'));
    return c.json(ItemSaid.parse(item), 200);
  });

  api.openapi(listing, async (c) => {
    const { location, ...page } = c.req.valid('query');
    const items = await listItems(c.var.services, { location, ...pageRequest(page) });
    return c.json(mapPage(items, stockAnswer), 200);
  });

  api.openapi(reading, async (c) => {
    const stock = await stockOf(c, c.req.valid('param').sku);
    const { quantity } = c.req.valid('query');
    if (quantity === undefined) return c.json(stockAnswer(stock), 200);
    const { services } = c.var;
    const previews = await Promise.all(stock.locations.map((level) => previewPromise(services, level, quantity)));
    return c.json(stockAnswer(stock, previews), 200);
  });
}

/** @throws Problem where there is no such SKU. */
export async function stockOf(c: ApiContext, sku: string): Promise<StockOfItem> {
  const stock = await getStock(c.var.services, sku);
  if (!stock) throw new Problem('unknown-sku', { detail: `there is no SKU ${sku}` });
  return stock;
}
