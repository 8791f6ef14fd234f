import { randomUUID } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import { startMeteringProxy } from '../../bench/metering-proxy.ts';
import { isList, sumBy, total } from '../../bench/usage.ts';
import { trackOrder } from '../../core/orders/track.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { startDynoxide } from '../../local/dynamodb/dynoxide.ts';
import { startFillrate } from '../../local/fillrate.ts';
import { untilSettled } from '../../local/settled.ts';
import { anOrder, servicesOn, stock } from '../support/services.ts';

/** What is counted goes through the proxy; what the test itself does goes past it. */
const database = await startDynoxide({ temporary: true });
afterAll(() => database.stop());
const proxy = await startMeteringProxy(database.endpoint);
afterAll(() => proxy.close());
process.env.DYNAMODB_ENDPOINT = proxy.endpoint;
const fillrate = await startFillrate({});
afterAll(() => fillrate.close());
const direct = servicesOn({ endpoint: database.endpoint }, fillrate.endpoints.tableName);

const CHANGED =
  'What an order costs has changed, and each of these is billed for every order. Where it became dearer, see whether that can be ' +
  'helped; where it is meant, write the new numbers here and in bench/README.md';

it('ships an order of one line that is in stock with at most 5 billed states and 12 requests', async () => {
  const cost = await costOf({ lines: 1 });
  expect(cost.requests).toBeLessThanOrEqual(12);
  expect(cost.transitions).toBeLessThanOrEqual(5);
  expect(cost, CHANGED).toEqual({
    requests: 11,
    refused: 0,
    byWhom: {
      'api GetItem': 2,
      'api TransactWriteItems': 4,
      'workflow TransactWriteItems': 2,
      'workflow UpdateItem': 2,
      'stream UpdateItem': 1,
    },
    readUnits: 2,
    writeUnits: 91,
    transitions: 5,
  });
});

it('needs one read more when the client names its requests, so that each can be repeated', async () => {
  const cost = await costOf({ lines: 1, areRequestsNamed: true });
  expect(cost.requests).toBeLessThanOrEqual(12);
  expect(cost, CHANGED).toEqual({
    requests: 12,
    refused: 0,
    byWhom: {
      'api GetItem': 3,
      'api TransactWriteItems': 4,
      'workflow TransactWriteItems': 2,
      'workflow UpdateItem': 2,
      'stream UpdateItem': 1,
    },
    readUnits: 3,
    writeUnits: 99,
    transitions: 5,
  });
});

it('has one state and 15 requests more for an order that has to wait once, eight of them for its dates', async () => {
  expect(await costOf({ lines: 1, isLate: true }), CHANGED).toEqual({
    requests: 26,
    refused: 1,
    byWhom: {
      'api GetItem': 2,
      'api TransactWriteItems': 4,
      'workflow TransactWriteItems': 3,
      'workflow UpdateItem': 3,
      'stream BatchGetItem': 2,
      'stream GetItem': 6,
      'stream Query': 3,
      'stream TransactWriteItems': 1,
      'stream UpdateItem': 2,
    },
    readUnits: 13,
    writeUnits: 119,
    transitions: 6,
  });
});

it('needs no more requests for an order of three lines', async () => {
  expect(await costOf({ lines: 3 }), CHANGED).toEqual({
    requests: 11,
    refused: 0,
    byWhom: {
      'api GetItem': 2,
      'api TransactWriteItems': 4,
      'workflow TransactWriteItems': 2,
      'workflow UpdateItem': 2,
      'stream UpdateItem': 1,
    },
    readUnits: 2,
    writeUnits: 111,
    transitions: 5,
  });
});

interface Case {
  readonly lines: number;
  /** The stock comes when the order waits for it. */
  readonly isLate?: boolean;
  /** Whether the client sends idempotency keys. */
  readonly areRequestsNamed?: boolean;
}

let orders = 0;

/** Takes an order from placed to shipped, step by step as people do, and tells what that took, reactors included. */
async function costOf({ lines: count, isLate = false, areRequestsNamed = false }: Case) {
  const orderId = `SO-${1000 + ++orders}`;
  const shipment = `/shipments/${orderId}-1`;
  const skus = Array.from({ length: count }, (_, line) => `MUG-${orders}-${line}`);
  const lines = skus.map((sku) => ({ sku, quantity: 2 }));
  for (const sku of skus) await stock(direct, sku, isLate ? 0 : 10);
  await settled();
  const before = fillrate.engine.counts().transitions;
  proxy.meter.take();

  await post('/orders', anOrder(lines, { orderId }), areRequestsNamed);
  if (isLate) for (const sku of skus) await receiveStock(direct, sku, { quantity: 2, location: 'main' });
  await settled();
  await post(`${shipment}/pick`, { lines: skus.map((sku) => ({ sku, picked: 2 })) }, areRequestsNamed);
  await post(`${shipment}/pack`, {}, areRequestsNamed);
  await post(`${shipment}/ship`, { carrier: 'DHL', trackingNumber: '00340434161094042557' }, areRequestsNamed);

  const metered = proxy.meter.take();
  expect(metered.filter(isList)).toEqual([]);
  expect((await trackOrder(direct, orderId))?.order.status).toBe('shipped');
  const { requests, refused, readUnits, writeUnits } = total(metered);
  const byWhom = sumBy(metered, ({ client, operation }) => `${client} ${operation}`);
  const { transitions } = fillrate.engine.counts();
  return {
    requests,
    refused,
    byWhom: Object.fromEntries(Object.entries(byWhom).map(([name, sum]) => [name, sum.requests])),
    readUnits,
    writeUnits,
    transitions: transitions - before,
  };
}

/** Sends a request to the API and waits until nothing goes on by itself any more. */
async function post(path: string, body: object, isNamed: boolean): Promise<void> {
  const response = await fetch(fillrate.endpoints.api + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(isNamed && { 'Idempotency-Key': randomUUID() }) },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  await settled();
}

function settled(): Promise<void> {
  return untilSettled(direct.table, () => fillrate.streams.idle());
}
