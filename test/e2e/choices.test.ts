import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeOrder } from '../../core/orders/place.ts';
import type { OrderLine } from '../../core/orders/schema.ts';
import { ApiClient } from '../../local/api-client.ts';
import { startFillrate } from '../../local/fillrate.ts';
import { Robot } from '../../local/robot.ts';
import { anItem, anOrder, countersOf, expectAuditToPass } from '../support/services.ts';

const fillrate = await startFillrate({});
const { services } = fillrate;
const api = new ApiClient(fillrate.endpoints.api);
afterAll(() => fillrate.close());

async function post(path: string, body?: object): Promise<unknown> {
  const response = await fetch(new URL(path, fillrate.endpoints.api), {
    method: 'POST',
    ...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
  expect(response.ok, await response.clone().text()).toBe(true);
  return response.json();
}

async function order(orderId: string, lines: OrderLine[]) {
  await placeOrder(services, anOrder(lines, { orderId }));
  await fillrate.settled();
}

async function work() {
  const robot = new Robot(api);
  for (let round = 0; round < 4; round++) {
    await fillrate.settled();
    await robot.idle();
  }
  await robot.stop();
  await fillrate.settled();
}

const statusOf = async (orderId: string) => (await api.order(orderId)).status;

beforeAll(async () => {
  await api.putItem('MUG', anItem());
  await api.putItem('PAN', anItem());
});

it('ships what is there when its customer asks for it, and the rest to whoever was moved up', async () => {
  await api.receiveStock('MUG', { quantity: 1 });
  await order('PATIENT', [{ sku: 'PAN', quantity: 1 }]);
  await order('EAGER', [
    { sku: 'MUG', quantity: 1 },
    { sku: 'PAN', quantity: 1 },
  ]);

  await post('/orders/EAGER/split');
  await work();
  expect(await statusOf('EAGER')).toBe('partially-shipped');
  expect(fillrate.engine.counts().transitionsByState.OpenBackorder).toBe(1);

  await post('/orders/EAGER/priority', { priority: 0, reason: 'promised by phone' });
  await api.receiveStock('PAN', { quantity: 1 });
  await work();
  expect(await statusOf('EAGER')).toBe('shipped');
  expect(await statusOf('PATIENT')).toBe('backordered');
  await expectAuditToPass(services);
});

it('takes a pick back when a count finds that the units are not there', async () => {
  await api.receiveStock('MUG', { quantity: 2 });
  await order('FIRST', [{ sku: 'MUG', quantity: 1 }]);
  await order('SECOND', [{ sku: 'MUG', quantity: 1 }]);
  await expect.poll(() => statusOf('SECOND')).toBe('picking');

  await post('/stock/MUG/counts', { counted: 1, reason: 'cycle count' });
  await work();

  expect([await statusOf('FIRST'), await statusOf('SECOND')]).toEqual(['shipped', 'backordered']);
  expect(await countersOf(services, 'MUG')).toEqual({ available: 0, allocated: 0, backordered: 1 });
  await api.receiveStock('MUG', { quantity: 1 });
  await work();
  expect(await statusOf('SECOND')).toBe('shipped');
  await expectAuditToPass(services);
});
