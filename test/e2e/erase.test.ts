import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, expect, it } from 'vitest';
import { eraseCustomer, findOrders, previewErasure } from '../../core/erasure/erase.ts';
import { ERASED } from '../../core/erasure/redact.ts';
import type { PlaceOrder } from '../../core/orders/schema.ts';
import { type Key, kindOf, partitions } from '../../core/platform/table/keys.ts';
import { releaseStock } from '../../core/reservations/release.ts';
import { ApiClient } from '../../local/api-client.ts';
import { clientConfig } from '../../local/client-config.ts';
import { stateMachineArn } from '../../local/engine/engine.ts';
import { startFillrate } from '../../local/fillrate.ts';
import { Robot } from '../../local/robot.ts';
import { anItem, anOrder, expectAuditToPass } from '../support/services.ts';

const fillrate = await startFillrate({});
const { services, endpoints } = fillrate;
const api = new ApiClient(endpoints.api);
const executions = new SFNClient(clientConfig(endpoints.stepFunctions));
afterAll(async () => {
  executions.destroy();
  await fillrate.close();
});

/** Whatever the customer gave us, and whatever was written about them, holds this. */
const UNMISTAKABLE = 'unmistakable';
const EMAIL = 'zoe.unmistakable@example.com';

const theirs = {
  customer: { name: 'Zoë Unmistakable', email: 'Zoe.Unmistakable@Example.com' },
  shipTo: {
    name: 'c/o Unmistakable',
    line1: 'Unmistakable Street 7',
    line2: 'Unmistakable Floor',
    city: 'Unmistakable City',
    region: 'Unmistakable Region',
    postalCode: 'Unmistakable',
    country: 'DE',
  },
};

async function call(method: string, path: string, body?: object, idempotencyKey?: string): Promise<void> {
  const response = await fetch(new URL(path, endpoints.api), {
    method,
    headers: { 'Content-Type': 'application/json', ...(idempotencyKey && { 'Idempotency-Key': idempotencyKey }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(response.ok, await response.clone().text()).toBe(true);
}
const post = (path: string, body?: object, key?: string) => call('POST', path, body, key);

/** Places an order through the API, with an idempotency key, and waits until it rests. */
async function order(orderId: string, skus: string[], overrides: Partial<PlaceOrder> = theirs): Promise<void> {
  const lines = skus.map((sku) => ({ sku, quantity: 1 }));
  await post('/orders', anOrder(lines, { orderId, ...overrides }), `place-${orderId}`);
  await fillrate.settled();
}

async function handOver(name: string, orderId: string): Promise<void> {
  const input = JSON.stringify({ order: anOrder([{ sku: 'MUG', quantity: 1 }], { orderId, ...theirs }) });
  await executions.send(
    new StartExecutionCommand({ stateMachineArn: stateMachineArn('order-fulfillment'), name, input }),
  );
  await expect.poll(() => services.table.get({ pk: partitions.order(orderId), sk: 'ORDER' })).toBeDefined();
  await fillrate.settled();
}

async function work(): Promise<void> {
  const robot = new Robot(api);
  for (let round = 0; round < 4; round++) {
    await fillrate.settled();
    await robot.idle();
  }
  await robot.stop();
  await fillrate.settled();
}

async function rows(): Promise<Map<string, Key>> {
  const all = await Array.fromAsync(services.table.scan<Key>());
  return new Map(all.map((row) => [`${row.pk} ${row.sk}`, row]));
}

const saying = (all: ReadonlyMap<string, Key>) =>
  [...all.values()].filter((row) => JSON.stringify(row).toLowerCase().includes(UNMISTAKABLE));

it('leaves nothing of a customer in the table, whatever became of their orders, and all that was moved', async () => {
  await api.putItem('MUG', anItem());
  await api.putItem('PAN', anItem());
  await api.receiveStock('MUG', { quantity: 8, reference: `returned by ${EMAIL}, once more` });
  await order('NEIGHBOR', ['MUG'], { customer: { name: 'Neighbor', email: `another.${EMAIL}` } });

  await order('SHIPPED', ['MUG']);
  await post('/orders/SHIPPED/priority', { priority: 1, reason: 'unmistakable birthday' }, 'raise');
  await post('/shipments/SHIPPED-1/pick', { lines: [{ sku: 'MUG', picked: 1 }] }, 'pick');
  await post('/shipments/SHIPPED-1/pack', {}, 'pack');
  await post('/shipments/SHIPPED-1/ship', { carrier: 'DHL', trackingNumber: 'UNMISTAKABLE-1' }, 'ship');
  await post('/shipments/SHIPPED-1/delay', { expectedAt: '2030-01-01T00:00:00Z', reason: 'unmistakable dog' }, 'late');
  await post('/shipments/SHIPPED-1/deliver', undefined, 'there');
  await order('SPLIT', ['MUG', 'PAN'], { ...theirs, ifShort: 'split' });
  await order('WAITED', ['PAN']);
  await post('/orders/WAITED/priority', { priority: 1, reason: 'unmistakable wait' });
  await order('CANCELLED', ['PAN']);
  await post('/orders/CANCELLED/cancel');
  await order('REJECTED', ['NO-SUCH']);
  await order('EXPIRED', ['PAN']);
  await releaseStock(services, { shipmentId: 'EXPIRED-1', end: 'expired' });
  await order('FAILED', ['MUG']);
  await releaseStock(services, { shipmentId: 'FAILED-1', end: 'failed', cause: { Error: 'States.TaskFailed' } });
  await handOver('their-own-name', 'HANDED-OVER');
  await post('/orders/HANDED-OVER/track', undefined, `a new link for ${EMAIL}`);
  await api.receiveStock('PAN', { quantity: 2 });
  await work();
  const sellable = { lines: [{ sku: 'MUG', quantity: 1, sellable: true }], reason: 'unmistakable taste' };
  await post('/shipments/SHIPPED-1/returns', sellable, 'back');
  await fillrate.settled();

  const before = await rows();
  // Answers are remembered for a while; nothing else goes by itself, as the books would not add up without it.
  const expiring = [...before.values()].filter((row) => 'expiresAt' in row);
  expect(new Set(expiring.map(kindOf))).toEqual(new Set(['answer']));
  expect(expiring).toHaveLength([...before.values()].filter((row) => kindOf(row) === 'answer').length);
  const kindsBefore = new Set(saying(before).map(kindOf));
  expect(kindsBefore).toEqual(new Set(['order', 'shipment', 'event', 'movement', 'stock', 'answer']));
  const told = [fillrate.outbox(), fillrate.events().length, fillrate.engine.counts()];

  const orders = await findOrders(services, EMAIL);
  expect(orders.ended.toSorted()).toEqual(
    ['CANCELLED', 'EXPIRED', 'FAILED', 'HANDED-OVER', 'REJECTED', 'SHIPPED', 'SPLIT', 'WAITED'].toSorted(),
  );
  expect(orders).toMatchObject({ open: [], executions: ['their-own-name'] });
  const person = { email: EMAIL, orderIds: new Set(orders.ended) };
  const preview = await previewErasure(services, person);
  expect(await rows()).toEqual(before);
  expect(await eraseCustomer(services, person)).toEqual(preview);
  await fillrate.settled();

  const after = await rows();
  const left = saying(after).filter((row) => !row.pk.includes('new link') && !row.pk.endsWith('ORDER#NEIGHBOR'));
  expect(left).toEqual([]);
  // The key is its client's name for the request; the table drops it, with its answer gone already, within a week.
  expect(preview.keys).toEqual({ count: 1, until: expect.any(Number) });
  expect([fillrate.outbox(), fillrate.events().length, fillrate.engine.counts()]).toEqual(told);
  await expectAuditToPass(services);

  const added = [...after.keys()].filter((key) => !before.has(key));
  expect(added).toEqual([expect.stringMatching(/^ERASURE /)]);
  const numbers = (row: Key | undefined) =>
    Object.fromEntries(
      Object.entries(row ?? {}).filter(([name, value]) => typeof value === 'number' && name !== 'version'),
    );
  for (const [key, row] of before) {
    const now = after.get(key);
    expect(now, key).toBeDefined();
    if (kindOf(row) === 'movement' || kindOf(row) === 'stock') expect(numbers(now)).toEqual(numbers(row));
    if (row.pk === 'ORDER#NEIGHBOR') expect(now).toEqual(row);
  }
  const answer = await api.order('SHIPPED');
  expect(answer).toMatchObject({
    status: 'delivered',
    erasedAt: expect.any(String),
    links: { self: '/orders/SHIPPED' },
  });
  expect(answer.links).not.toHaveProperty('track');
  expect(answer.shipments[0]?.tracking).toEqual({ carrier: 'DHL', trackingNumber: ERASED });

  expect(await findOrders(services, EMAIL)).toEqual({ ended: [], open: [], executions: [] });
}, 60_000);
