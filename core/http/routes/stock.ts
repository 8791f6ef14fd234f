import type { OpenAPIHono } from '@hono/zod-openapi';
import { listMovements } from '../../stock/movements.ts';
import { receiveStock } from '../../stock/receive.ts';
import { CountStock, ReceiveStock } from '../../stock/schema.ts';
import { countStock } from '../../warehouse/count.ts';
import { MovementPage, StockCounted, StockReceived } from '../answers/stock.ts';
import type { ApiEnvironment } from '../environment.ts';
import { idempotentRequest, WriteHeaders } from '../idempotency-key.ts';
import { json, operation } from '../operation.ts';
import { LocationPageQuery, pageRequest } from '../paging.ts';
import { unlessRefused } from '../problem.ts';
import { SkuPath, stockOf } from './items.ts';

const TAG = 'Items and stock';

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
  example: {
    sku: 'MUG-WHITE',
    location: 'main',
    quantity: 120,
    reference: 'DN-2026-0815',
    receivedAt: '2026-11-23T09:30:00.000Z',
  },
  problems: ['unknown-sku', 'idempotency-key-reused'],
});

const counting = operation({
  operationId: 'countStock',
  tag: TAG,
  summary: 'Correct a level by a count',
  description: `Sets what was found on the shelf. Where that is less than what is promised, the latest promise yields first: its shipment waits for the missing units again, at its old place in the queue, and its customer gets another date. What is in cartons already does not yield.

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
  example: {
    sku: 'MUG-WHITE',
    location: 'main',
    counted: 118,
    difference: -2,
    unitsYielded: 0,
    countedAt: '2026-11-23T09:30:00.000Z',
  },
  problems: ['unknown-sku', 'counted-below-packed', 'idempotency-key-reused'],
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
  example: {
    items: [
      {
        movementId: '019a2f3c-5f5e-7b1a-9a67-6a1c1f0f7c11',
        sku: 'MUG-WHITE',
        location: 'main',
        at: '2026-11-23T09:30:00.412Z',
        type: 'reserve',
        available: -2,
        allocated: 2,
        backordered: 0,
        actor: 'workflow',
        shipmentId: 'SO-1001-1',
      },
    ],
  },
  problems: ['unknown-sku', 'invalid-cursor'],
});

export function addStock(api: OpenAPIHono<ApiEnvironment>): void {
  api.openapi(receiving, async (c) => {
    const { sku } = c.req.valid('param');
    const receipt = c.req.valid('json');
    const received = await receiveStock(c.var.services, sku, receipt, idempotentRequest(c, receipt));
    return c.json(StockReceived.parse(unlessRefused(received)), 200);
  });

  api.openapi(counting, async (c) => {
    const { sku } = c.req.valid('param');
    const count = c.req.valid('json');
    const counted = await countStock(c.var.services, sku, count, idempotentRequest(c, count));
    return c.json(StockCounted.parse(unlessRefused(counted)), 200);
  });

  api.openapi(ledger, async (c) => {
    const { sku } = c.req.valid('param');
    const { location, ...page } = c.req.valid('query');
    const movements = await listMovements(c.var.services, { sku, location, ...pageRequest(page) });
    if (movements.items.length === 0) await stockOf(c, sku);
    return c.json(MovementPage.parse(movements), 200);
  });
}
