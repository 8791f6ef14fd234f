import { expect, it } from 'vitest';
import { changePriority } from '../../core/backorders/change-priority.ts';
import { eraseCustomer, findOrders, ordersPlacedSince } from '../../core/erasure/erase.ts';
import { isNamedAfter, redact } from '../../core/erasure/redact.ts';
import { FACTS } from '../../core/orders/happenings.ts';
import type { OrderRow } from '../../core/orders/order.ts';
import { placeOrder } from '../../core/orders/place.ts';
import type { Services } from '../../core/platform/services.ts';
import { type Key, keys, partitions } from '../../core/platform/table/keys.ts';
import { update } from '../../core/platform/table/writes.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { startDatabase } from '../support/database.ts';
import { anOrder, expectAuditToPass, freshServices, place, servicesOn } from '../support/services.ts';

const database = await startDatabase();
const EMAIL = 'zoe@example.com';
const mug = [{ sku: 'MUG', quantity: 1 }];

async function ended(services: Services, orderId: string): Promise<void> {
  await place(services, mug, { orderId });
  await cancelOrder(services, orderId);
}

const headerOf = ({ table }: Services, orderId: string) => table.get<OrderRow>(keys.order(orderId));
const personOf = async (services: Services) => ({
  email: EMAIL,
  orderIds: new Set((await findOrders(services, EMAIL)).ended),
});

it('finds the orders of an address in any case, and of no other', async () => {
  const services = await freshServices(database);
  await ended(services, 'SO-1');
  await place(services, mug, { orderId: 'SO-2', customer: { name: 'Z', email: 'ZOE@Example.COM' } });
  await place(services, mug, { orderId: 'SO-3', customer: { name: 'Zoë Müller', email: 'b.zoe@example.com' } });
  expect(await findOrders(services, 'Zoe@example.com')).toEqual({
    ended: ['SO-1'],
    open: [{ orderId: 'SO-2', status: 'placed' }],
    executions: [],
  });
});

it('leaves an order alone that is placed while it erases, and finds it afterwards', async () => {
  const services = await freshServices(database);
  await ended(services, 'SO-1');
  const startedAt = services.now();
  const person = await personOf(services);
  await place(services, mug, { orderId: 'SO-2' });
  const placed = await headerOf(services, 'SO-2');

  await eraseCustomer(services, person);
  expect(await headerOf(services, 'SO-2')).toEqual(placed);
  expect(await headerOf(services, 'SO-1')).not.toHaveProperty('customer');
  expect(await ordersPlacedSince(services, EMAIL, startedAt)).toEqual(['SO-2']);
});

it('erases what is changed under it, and loses no change', async () => {
  const tableName = await database.freshTable();
  const services = servicesOn(database, tableName);
  await ended(services, 'SO-1');
  const person = await personOf(services);
  // Somebody moves the order's header between its reading and its erasure.
  let interfered = false;
  const interfering = servicesOn(database, tableName, {}, (client) =>
    client.middlewareStack.add(
      (next, context) => async (args) => {
        if (/Update|Transact/.test(context.commandName ?? '') && !interfered) {
          interfered = true;
          await services.table.decide(() => ({ answer: undefined, writes: [renamed] }));
        }
        return next(args);
      },
      { step: 'initialize' },
    ),
  );
  const renamed = update(keys.order('SO-1')).set('shipTo', { name: 'Zoë M.' }).set('shipmentCount', 2);
  await eraseCustomer(interfering, person);
  expect(interfered).toBe(true);
  const header = await headerOf(services, 'SO-1');
  expect(header).toMatchObject({ shipmentCount: 2 });
  expect(header).not.toHaveProperty('shipTo');
});

it('can be cut off at any write, and a repeat finishes it', async () => {
  for (let writes = 0; ; writes++) {
    const tableName = await database.freshTable();
    const services = servicesOn(database, tableName);
    await ended(services, 'SO-1');
    await ended(services, 'SO-2');
    const request = { key: 'k', fingerprint: 'f' };
    await placeOrder(services, anOrder(mug, { orderId: 'SO-3' }), { request });
    await changePriority(services, 'SO-3', { priority: 1, reason: 'Müller has phoned' });
    await cancelOrder(services, 'SO-3');
    let left = writes;
    const cut = servicesOn(database, tableName, {}, (client) =>
      client.middlewareStack.add(
        (next, context) => (args) => {
          if (/Update|Transact|Put/.test(context.commandName ?? '') && left-- <= 0) throw new Error('cut off');
          return next(args);
        },
        { step: 'initialize' },
      ),
    );
    const failure = await eraseCustomer(cut, await personOf(services)).then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (failure !== undefined) {
      expect(failure).toBe('cut off');
      const person = await personOf(services);
      expect(person.orderIds.size).toBeGreaterThan(0);
      await eraseCustomer(services, person);
    }
    const text = JSON.stringify(await Array.fromAsync(services.table.scan()));
    expect(text).not.toMatch(/zoe|müller|am markt/i);
    const records = await Array.fromAsync(services.table.partition<Key>(partitions.erasures));
    expect(records).toHaveLength(1);
    await expectAuditToPass(services);
    if (failure === undefined) break;
  }
});

it('takes no repeat of an erased order for a new one, nor for the same', async () => {
  const services = await freshServices(database);
  const order = anOrder(mug, { orderId: 'SO-1' });
  const request = { key: 'k', fingerprint: 'f' };
  await placeOrder(services, order, { request });
  await cancelOrder(services, 'SO-1');
  await eraseCustomer(services, await personOf(services));
  expect(await placeOrder(services, order)).toMatchObject({ code: 'order-id-taken' });
  await expect(placeOrder(services, order, { request })).rejects.toMatchObject({ name: 'IdempotencyKeyReused' });
});

it('knows every kind of event, and what of it may say something of a customer', () => {
  const person = { email: EMAIL, orderIds: new Set(['SO-1']) };
  const redactedFacts = Object.keys(FACTS).flatMap((type) => {
    const facts = { trackingNumber: 'T', carrier: 'DHL', reason: 'R', code: 'C' };
    const row = { ...keys.event('SO-1', '2026-01-01', 'e'), type, shipmentId: 'SO-1-1', detail: 'D', facts };
    const { facts: left } = redact(row, person) as typeof row;
    return Object.entries(left).flatMap(([name, value]) => (value === '[erased]' ? [`${type}.${name}`] : []));
  });
  expect(redactedFacts).toEqual(['priority-changed.reason', 'shipped.trackingNumber', 'delayed.reason']);
});

it.each([
  ['for zoe@example.com', 'for [erased]'],
  ['ZOE@EXAMPLE.COM, again', '[erased], again'],
  ["'zoe@example.com'.", "'[erased]'."],
  ['zoe@example.com-urgent', '[erased]-urgent'],
  ['b.zoe@example.com', 'b.zoe@example.com'],
  ['zoe@example.com.au', 'zoe@example.com.au'],
  ['zoe@example.com-shop.de', 'zoe@example.com-shop.de'],
])('reads %s as %s', (reference, expected) => {
  const row = { ...keys.movement('MUG', 'main', '2026-01-01', 'm'), type: 'receipt', nested: [{ reference }] };
  expect(redact(row, { email: EMAIL, orderIds: new Set() })).toEqual({ ...row, nested: [{ reference: expected }] });
});

it('sees an address in the key of a request, however it was written', () => {
  for (const key of [keys.idempotency('api', 'Zoe@example.com-1'), keys.idempotency('zoe@example.com', '1')]) {
    expect(isNamedAfter(key, EMAIL)).toBe(true);
  }
  expect(isNamedAfter(keys.idempotency('api', '%zz%e4'), EMAIL)).toBe(false);
});
