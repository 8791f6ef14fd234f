import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OrderTrackingLink } from '../../core/http/answers/orders.ts';
import type { OrderLine } from '../../core/orders/schema.ts';
import { ApiClient } from '../../local/api-client.ts';
import { readStory } from '../../local/demo/files.ts';
import { play } from '../../local/demo/play.ts';
import { startFillrate } from '../../local/fillrate.ts';
import { type Permission, permissionsByRole, rolesOfFunctions } from '../infrastructure/policies.ts';
import { synthesizeStage } from '../infrastructure/synthesized.ts';
import { asFunction, type NeededPermission, recordedCalls } from '../support/recorded-calls.ts';
import { anItem, anOrder, expectAuditToPass } from '../support/services.ts';

vi.mock('../../functions/reserve-stock.ts', recorded('reserve-stock'));
vi.mock('../../functions/open-task.ts', recorded('open-task'));
vi.mock('../../functions/open-backorder.ts', recorded('open-backorder'));
vi.mock('../../functions/release-stock.ts', recorded('release-stock'));
vi.mock('../../functions/on-stock-change.ts', recorded('on-stock-change'));
vi.mock('../../functions/on-record.ts', recorded('on-record'));
vi.mock('../../functions/sweep.ts', recorded('sweep'));
vi.mock('../../core/http/api.ts', async (original: () => Promise<typeof import('../../core/http/api.ts')>) => {
  const { createApi } = await original();
  return {
    createApi(...args: Parameters<typeof createApi>) {
      const api = createApi(...args);
      api.fetch = asFunction('api', api.fetch);
      return api;
    },
  };
});

function recorded(name: string) {
  return async (original: () => Promise<{ handler: (...args: unknown[]) => unknown }>) => {
    const { handler } = await original();
    return { handler: asFunction(name, handler) };
  };
}

const fillrate = await startFillrate({});
const api = new ApiClient(fillrate.endpoints.api);
afterAll(() => fillrate.close());

function ask(method: string, path: string, body?: object) {
  return fetch(new URL(path, fillrate.endpoints.api), {
    method,
    headers: { 'Idempotency-Key': crypto.randomUUID(), ...(body && { 'Content-Type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
}

async function send(method: string, path: string, body?: object): Promise<unknown> {
  const response = await ask(method, path, body);
  expect(response.ok, `${method} ${path}: ${await response.clone().text()}`).toBe(true);
  return response.status === 204 ? undefined : response.json();
}

async function order(orderId: string, lines: OrderLine[], overrides = {}) {
  await send('POST', '/orders', anOrder(lines, { orderId, ...overrides }));
  await fillrate.settled();
}

/** Everything that can be asked of the system, once; then what goes wrong; then what is left to the sweeper. */
async function journey() {
  await shipping();
  await waiting();
  await arriving();
  await comingShort();
  await reading();
  await play(fillrate, await readStory({}), { signal: new AbortController().signal, onProgress: () => {} });
  await ending();
  await sweeping();
}

async function shipping() {
  await api.putItem('MUG', anItem({ reorderPoint: 2 }));
  await api.putItem('PAN', anItem());
  await send('POST', '/stock/MUG/receipts', { quantity: 9 });
  await order('SHIPPED', [{ sku: 'MUG', quantity: 2 }]);
  await send('POST', '/shipments/SHIPPED-1/pick', { lines: [{ sku: 'MUG', picked: 2 }] });
  await fillrate.settled();
  await send('POST', '/shipments/SHIPPED-1/pack', {});
  await fillrate.settled();
  await send('POST', '/shipments/SHIPPED-1/ship', { carrier: 'Post', trackingNumber: '1' });
  await fillrate.settled();
  await send('POST', '/shipments/SHIPPED-1/delay', { expectedAt: '2030-01-01T00:00:00Z', reason: 'weather' });
  await send('POST', '/shipments/SHIPPED-1/deliver');
  await send('POST', '/shipments/SHIPPED-1/returns', { lines: [{ sku: 'MUG', quantity: 1, sellable: true }] });
  const { links } = OrderTrackingLink.parse(await send('POST', '/orders/SHIPPED/track'));
  await send('GET', links.track ?? '');
  await send('DELETE', '/orders/SHIPPED/track');
}

async function waiting() {
  await order('CANCELLED', [{ sku: 'PAN', quantity: 1 }]);
  await send('POST', '/orders/CANCELLED/cancel');
  await order('WAITING', [{ sku: 'PAN', quantity: 3 }]);
  await order('SPLIT', [
    { sku: 'MUG', quantity: 1 },
    { sku: 'PAN', quantity: 1 },
  ]);
  await send('POST', '/orders/WAITING/wait', {});
  await send('POST', '/orders/SPLIT/split');
  await fillrate.settled();
  await send('POST', '/orders/SPLIT/priority', { priority: 0, reason: 'promised by phone' });
}

async function arriving() {
  const lines = [{ sku: 'PAN', quantity: 4 }];
  await send('POST', '/inbound-shipments', { inboundShipmentId: 'PO-1', expectedAt: '2030-01-01T00:00:00Z', lines });
  await send('POST', '/inbound-shipments', { inboundShipmentId: 'PO-2', expectedAt: '2030-02-01T00:00:00Z', lines });
  await fillrate.settled();
  await send('PATCH', '/inbound-shipments/PO-1', { expectedAt: '2030-03-01T00:00:00Z', reason: 'weather' });
  await fillrate.settled();
  await send('POST', '/inbound-shipments/PO-1/receive', { lines });
  await send('POST', '/inbound-shipments/PO-2/cancel', { reason: 'lost at sea' });
  await fillrate.settled();
}

async function comingShort() {
  await order('COUNTED', [{ sku: 'MUG', quantity: 6 }]);
  await send('POST', '/stock/MUG/counts', { counted: 3, reason: 'cycle count' });
  await fillrate.settled();
  await send('POST', '/shipments/SPLIT-1/pick', { lines: [{ sku: 'MUG', picked: 0 }] });
  await fillrate.settled();
  // More units than are packed: such a count is refused.
  await api.putItem('POT', anItem());
  await send('POST', '/stock/POT/receipts', { quantity: 1 });
  await order('PACKED', [{ sku: 'POT', quantity: 1 }]);
  await send('POST', '/shipments/PACKED-1/pick', { lines: [{ sku: 'POT', picked: 1 }] });
  await fillrate.settled();
  await send('POST', '/shipments/PACKED-1/pack', {});
  await fillrate.settled();
  const counted = await ask('POST', '/stock/POT/counts', { counted: 0, reason: 'cycle count' });
  expect(counted.status).toBe(409);
}

async function reading() {
  for (const path of [
    '/healthz',
    '/openapi.json',
    '/items',
    '/stock/MUG',
    '/stock/MUG/movements',
    '/alerts',
    '/orders',
    '/orders?status=backordered',
    '/orders/SPLIT',
    '/warehouse/work?stage=pick',
    '/inbound-shipments',
    '/inbound-shipments/PO-1',
  ]) {
    await send('GET', path);
  }
}

/** Orders that are refused in their second portion, that have waited long enough, and that fail. */
async function ending() {
  const skus = Array.from({ length: 40 }, (_, i) => `MANY-${100 + i}`);
  for (const sku of skus) await api.putItem(sku, anItem());
  await order('REFUSED', [...skus.map((sku) => ({ sku, quantity: 1 })), { sku: 'NO-SUCH-ITEM', quantity: 1 }]);
  expect((await api.order('REFUSED')).status).toBe('rejected');

  const { handler } = await import('../../functions/release-stock.ts');
  await order('EXPIRED', [{ sku: 'MANY-100', quantity: 1 }]);
  await handler({ shipmentId: 'EXPIRED-1', end: 'expired' });
  await order('FAILED', [{ sku: 'MANY-100', quantity: 1 }]);
  await handler({ shipmentId: 'FAILED-1', end: 'failed', cause: { Error: 'States.Timeout' } });
  await fillrate.settled();
}

/** The stream is cut off, and what it should have done is found half an hour later; what is overdue, after days. */
async function sweeping() {
  await api.putItem('CUP', anItem());
  await order('SHORT', [{ sku: 'CUP', quantity: 2 }]);
  await order('LATE', [{ sku: 'CUP', quantity: 2 }]);
  await order('GONE', [{ sku: 'CUP', quantity: 1 }]);
  await fillrate.streams.close();

  await send('POST', '/orders/GONE/cancel');
  await send('POST', '/orders', anOrder([{ sku: 'CUP', quantity: 1 }], { orderId: 'UNSEEN' }));
  await send('POST', '/stock/CUP/receipts', { quantity: 3 });
  const expectedAt = new Date(Date.now() + 10 * 60_000).toISOString();
  const announced = { expectedAt, lines: [{ sku: 'CUP', quantity: 9 }] };
  await send('POST', '/inbound-shipments', { inboundShipmentId: 'PO-3', ...announced });
  const { handler } = await import('../../functions/sweep.ts');
  for (const minutes of [30, 60, 3 * 24 * 60]) {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 });
    await handler();
    vi.useRealTimers();
  }
}

/** What the resources of the recorder are called in the template. */
const RESOURCES: Record<string, string> = {
  table: 'StorageTable',
  workflow: 'WorkflowOrderFulfillment',
  alerts: 'AlertsTopic',
  events: 'EventsTopic',
};

const { resources } = synthesizeStage('prod');
const permissions = permissionsByRole(resources);
const functions = rolesOfFunctions(resources);

const LEADING_KEYS = 'ForAllValues:StringLike dynamodb:LeadingKeys';

function grants(permission: Permission, { action, resource, leadingKeys, qualifier }: NeededPermission) {
  const on = RESOURCES[resource] ?? `StorageTable/index/${resource}`;
  if (permission.action !== action || permission.resource !== on) return false;
  return Object.entries(permission.conditions).every(([condition, patterns]) => {
    if (condition === 'ForAnyValue:StringEquals states:StateMachineQualifier') {
      return qualifier !== undefined && patterns.includes(qualifier);
    }
    expect(condition).toBe(LEADING_KEYS);
    return leadingKeys.every((key) => patterns.some((pattern) => key.startsWith(pattern.replace(/\*$/, ''))));
  });
}

const said = ({ action, resource, leadingKeys }: NeededPermission) => `${action} ${resource} ${leadingKeys}`;

/** Every function that the laptop runs, too. */
const EXERCISED = [
  'api',
  'on-record',
  'on-stock-change',
  'open-backorder',
  'open-task',
  'release-stock',
  'reserve-stock',
  'sweep',
];

/** What the journeys do not come to. */
const SELDOM: Record<string, string[]> = {
  // Deletes the note on how far the dates of a queue are, when a queue was too long for one call.
  'on-record': ['dynamodb:DeleteItem StorageTable'],
};

/** Not for what Lambda does on a function's account: it reads the stream, and writes its log. */
function isForCalls({ action, resource }: Permission) {
  return /^(dynamodb|states|sns):/.test(action) && action !== 'dynamodb:ListStreams' && !resource.endsWith(' stream');
}

describe('on every journey', () => {
  beforeAll(journey, 180_000);

  it('the books balance in the end', () => expectAuditToPass(fillrate.services));

  it('every function is called', () => {
    expect([...recordedCalls().keys()].sort()).toEqual(EXERCISED);
  });

  it.each(EXERCISED)('%s calls nothing that the template does not let it', (file) => {
    const held = permissions.get(functions.get(file) ?? '') ?? [];
    const refused = (recordedCalls().get(file) ?? []).filter((needed) => !held.some((each) => grants(each, needed)));

    expect(refused.map(said)).toEqual([]);
  });

  it.each(EXERCISED)('%s may do nothing that it never does', (file) => {
    const held = permissions.get(functions.get(file) ?? '') ?? [];
    const calls = recordedCalls().get(file) ?? [];
    const idle = held.filter((each) => isForCalls(each) && !calls.some((needed) => grants(each, needed)));

    expect(idle.map(({ action, resource }) => `${action} ${resource}`)).toEqual(SELDOM[file] ?? []);
  });

  it.each(EXERCISED)('%s may touch no rows that it never touches', (file) => {
    const held = permissions.get(functions.get(file) ?? '') ?? [];
    const patterns = new Set(held.flatMap(({ conditions }) => conditions[LEADING_KEYS] ?? []));
    const touched = (recordedCalls().get(file) ?? []).flatMap(({ leadingKeys }) => leadingKeys);

    expect([...patterns].filter((pattern) => !touched.some((key) => `${key}*` === pattern))).toEqual([]);
  });
});
