import { beforeEach, describe, expect, it } from 'vitest';
import { listOrders } from '../../core/orders/list.ts';
import { placeOrder } from '../../core/orders/place.ts';
import { PlaceOrder } from '../../core/orders/schema.ts';
import { trackOrder } from '../../core/orders/track.ts';
import { fingerprintOf } from '../../core/platform/idempotency.ts';
import type { Services } from '../../core/platform/services.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { startDatabase } from '../support/database.ts';
import { anOrder, freshServices } from '../support/services.ts';

const database = await startDatabase();
let services: Services;

beforeEach(async () => {
  services = await freshServices(database);
});

const mug = [{ sku: 'MUG', quantity: 1 }];

describe('placing an order', () => {
  it('takes it once, however often it comes with its id', async () => {
    const order = anOrder(mug, { orderId: 'SO-1' });
    const first = await placeOrder(services, order);
    const repeats = await Promise.all(Array.from({ length: 8 }, () => placeOrder(services, order)));

    for (const repeat of repeats) expect(repeat).toEqual(first);
    expect((await trackOrder(services, 'SO-1'))?.shipments).toHaveLength(1);
    expect((await trackOrder(services, 'SO-1'))?.timeline).toHaveLength(1);
  });

  it('refuses an id that another order has', async () => {
    await placeOrder(services, anOrder(mug, { orderId: 'SO-1' }));
    const other = anOrder([{ sku: 'PAN', quantity: 1 }], { orderId: 'SO-1' });
    expect(await placeOrder(services, other)).toMatchObject({ refused: 'conflict', code: 'order-id-taken' });
  });

  it('gives an order an id, and the same one to its repeat with the same idempotency key', async () => {
    const order = anOrder(mug);
    const request = { key: 'k-1', fingerprint: fingerprintOf(order) };
    const [first, repeat] = await Promise.all([
      placeOrder(services, order, { request }),
      placeOrder(services, order, { request }),
    ]);

    expect(repeat).toEqual(first);
    expect((await listOrders(services, { limit: 10 })).items).toHaveLength(1);
  });

  it('refuses an idempotency key that came with another request', async () => {
    await placeOrder(services, anOrder(mug), { request: { key: 'k-1', fingerprint: 'a' } });
    const reused = placeOrder(services, anOrder(mug), { request: { key: 'k-1', fingerprint: 'b' } });
    await expect(reused).rejects.toMatchObject({ name: 'IdempotencyKeyReused' });
  });

  it('lets two clients use the same idempotency key for requests of their own', async () => {
    const request = { key: 'k-1', fingerprint: 'a' };
    await placeOrder({ ...services, actor: 'shop' }, anOrder(mug), { request });
    await placeOrder({ ...services, actor: 'marketplace' }, anOrder(mug), { request });
    expect((await listOrders(services, { limit: 10 })).items).toHaveLength(2);
  });
});

describe('the list of orders', () => {
  it('is paged, newest first, without loss or repeat, all or by status', async () => {
    const start = Date.parse('2026-03-02T08:00:00Z');
    for (let i = 0; i < 25; i++) {
      const now = () => new Date(start + i * 60_000);
      await placeOrder({ ...services, now }, anOrder(mug, { orderId: `SO-${i}` }));
    }
    await cancelOrder(services, 'SO-3');

    const read = async (status?: 'placed' | 'cancelled') => {
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listOrders(services, { limit: 7, status, ...(cursor && { cursor }) });
        ids.push(...page.items.map(({ orderId }) => orderId));
        cursor = page.nextCursor;
      } while (cursor);
      return ids;
    };

    const newestFirst = Array.from({ length: 25 }, (_, i) => `SO-${24 - i}`);
    expect(await read()).toEqual(newestFirst);
    expect(await read('placed')).toEqual(newestFirst.filter((id) => id !== 'SO-3'));
    expect(await read('cancelled')).toEqual(['SO-3']);
  });

  it('refuses a cursor that it did not give out', async () => {
    await expect(listOrders(services, { limit: 7, cursor: 'nonsense' })).rejects.toMatchObject({
      name: 'InvalidCursor',
    });
  });
});

describe('what an order may say', () => {
  const order = { customer: { name: 'A', email: 'a@example.com' }, shipTo: anOrder(mug).shipTo, lines: mug };
  const problem = (changed: object) => {
    const { error } = PlaceOrder.safeParse({ ...order, ...changed });
    return error?.issues[0]?.path.join('.');
  };

  it('has a default for whatever a customer does not care about', () => {
    expect(PlaceOrder.parse(order)).toMatchObject({ location: 'main', ifShort: 'wait', priority: 5, waitDays: 90 });
  });

  it.each([
    ['no lines', { lines: [] }, 'lines'],
    ['1,001 lines', { lines: Array.from({ length: 1001 }, (_, i) => ({ sku: `S${i}`, quantity: 1 })) }, 'lines'],
    ['a quantity of 0', { lines: [{ sku: 'MUG', quantity: 0 }] }, 'lines.0.quantity'],
    ['a negative quantity', { lines: [{ sku: 'MUG', quantity: -1 }] }, 'lines.0.quantity'],
    ['half a unit', { lines: [{ sku: 'MUG', quantity: 0.5 }] }, 'lines.0.quantity'],
    ['a huge quantity', { lines: [{ sku: 'MUG', quantity: 1e15 }] }, 'lines.0.quantity'],
    [
      'lines of a SKU that are huge together',
      { lines: [...mug, { sku: 'MUG', quantity: 1_000_000 }] },
      'lines.1.quantity',
    ],
    ['a SKU that would break a key', { lines: [{ sku: 'A#B', quantity: 1 }] }, 'lines.0.sku'],
    ['an order id that would break a URL', { orderId: 'a/b' }, 'orderId'],
    ['a country that is none', { shipTo: { ...order.shipTo, country: 'Germany' } }, 'shipTo.country'],
    ['an address that is no e-mail', { customer: { name: 'A', email: 'nobody' } }, 'customer.email'],
    ['a field that nobody knows', { colour: 'red' }, ''],
    ['a priority of 10', { priority: 10 }, 'priority'],
    ['a wait of two years', { waitDays: 730 }, 'waitDays'],
  ])('is not %s', (_, changed, field) => {
    expect(problem(changed)).toBe(field);
  });
});
