import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { countStock } from '../../stock/count.ts';
import { getStock, listItems, putItem } from '../../stock/items.ts';
import { listMovements } from '../../stock/movements.ts';
import { receiveStock } from '../../stock/receive.ts';
import { CountStock, PutItem, ReceiveStock, Sku } from '../../stock/schema.ts';
import {
  ItemSaid,
  MovementPage,
  Stock,
  StockCounted,
  StockPage,
  StockReceived,
  stockAnswer,
} from '../answers/stock.ts';
import type { ApiContext, ApiEnvironment } from '../environment.ts';
import { idempotentRequest, WriteHeaders } from '../idempotency-key.ts';
import { json, operation } from '../operation.ts';
import { LocationPageQuery, mapPage, pageRequest } from '../paging.ts';
import { accepted, Problem } from '../problem.ts';

const SkuPath = z.object({ sku: Sku });
const TAG = 'Items and stock';

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
    body: json(PutItem, {
      title: 'Enamel mug, white',
      weightGrams: 180,
      dimensionsMm: { length: 120, width: 90, height: 85 },
      unitCostMinor: 420,
      currency: 'EUR',
      leadTimeDays: 14,
      backorders: { policy: 'allow', limit: 200 },
      reorderPoint: 40,
      bin: 'A-01-1',
    }),
  },
  status: 200,
  answer: ItemSaid,
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
  problems: ['invalid-cursor'],
});

const reading = operation({
  operationId: 'getStock',
  tag: TAG,
  summary: 'See whether an item can be sold',
  description: 'Its availability over all locations, and its level at each.',
  scope: 'stock:read',
  method: 'get',
  path: '/stock/{sku}',
  request: { params: SkuPath },
  status: 200,
  answer: Stock,
  problems: ['unknown-sku'],
});

const receiving = operation({
  operationId: 'receiveStock',
  tag: TAG,
  summary: 'Receive units',
  description: `Units have arrived. Whoever waits is served first, in turn; the rest is free to promise.

Send an \`Idempotency-Key\`: without it, a receipt that is sent again counts again.`,
  scope: 'stock:write',
  method: 'post',
  path: '/stock/{sku}/receipts',
  request: {
    params: SkuPath,
    headers: WriteHeaders,
    body: json(ReceiveStock, { quantity: 120, reference: 'DN-2026-0815' }),
  },
  status: 200,
  answer: StockReceived,
  problems: ['unknown-sku', 'idempotency-key-reused'],
});

const counting = operation({
  operationId: 'countStock',
  tag: TAG,
  summary: 'Correct a level by a count',
  description: `Sets what was found on the shelf. Units that are promised to shipments cannot be counted away: they are found missing when they are picked.

Send an \`Idempotency-Key\`: without it, a count that is sent again later would undo what has moved since.`,
  scope: 'stock:write',
  method: 'post',
  path: '/stock/{sku}/counts',
  request: {
    params: SkuPath,
    headers: WriteHeaders,
    body: json(CountStock, { counted: 118, reason: 'cycle count' }),
  },
  status: 200,
  answer: StockCounted,
  problems: ['unknown-sku', 'counted-below-promised', 'idempotency-key-reused'],
});

const ledger = operation({
  operationId: 'listMovements',
  tag: TAG,
  summary: 'Read the ledger of a SKU',
  description: 'Every change of its level at a location, newest first. The changes add up to the level.',
  scope: 'stock:read',
  method: 'get',
  path: '/stock/{sku}/movements',
  request: { params: SkuPath, query: LocationPageQuery },
  status: 200,
  answer: MovementPage,
  problems: ['unknown-sku', 'invalid-cursor'],
});

export function addStock(api: OpenAPIHono<ApiEnvironment>): void {
  api.openapi(putting, async (c) => {
    const item = await putItem(c.var.services, c.req.valid('param').sku, c.req.valid('json'));
    return c.json(ItemSaid.parse(item), 200);
  });

  api.openapi(listing, async (c) => {
    const { location, ...page } = c.req.valid('query');
    const items = await listItems(c.var.services, { location, ...pageRequest(page) });
    return c.json(mapPage(items, stockAnswer), 200);
  });

  api.openapi(reading, async (c) => c.json(stockAnswer(await stockOf(c, c.req.valid('param').sku)), 200));

  api.openapi(receiving, async (c) => {
    const { sku } = c.req.valid('param');
    const receipt = c.req.valid('json');
    const received = await receiveStock(c.var.services, sku, receipt, idempotentRequest(c, receipt));
    return c.json(StockReceived.parse(accepted(received)), 200);
  });

  api.openapi(counting, async (c) => {
    const { sku } = c.req.valid('param');
    const count = c.req.valid('json');
    const counted = await countStock(c.var.services, sku, count, idempotentRequest(c, count));
    return c.json(StockCounted.parse(accepted(counted)), 200);
  });

  api.openapi(ledger, async (c) => {
    const { sku } = c.req.valid('param');
    const { location, ...page } = c.req.valid('query');
    const movements = await listMovements(c.var.services, { sku, location, ...pageRequest(page) });
    if (movements.items.length === 0) await stockOf(c, sku);
    return c.json(MovementPage.parse(movements), 200);
  });
}

async function stockOf(c: ApiContext, sku: string) {
  const stock = await getStock(c.var.services, sku);
  if (!stock) throw new Problem('unknown-sku', { detail: `there is no SKU ${sku}` });
  return stock;
}
