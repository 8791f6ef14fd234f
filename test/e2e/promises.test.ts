import { afterAll, expect, it } from 'vitest';
import type { Order } from '../../core/http/answers/orders.ts';
import { keys, prefixes } from '../../core/platform/table/keys.ts';
import { startRound } from '../../core/promises/round.ts';
import { startFillrate } from '../../local/fillrate.ts';
import { anItem, anOrder, expectAuditToPass } from '../support/services.ts';

const fillrate = await startFillrate({});
const { services } = fillrate;
afterAll(() => fillrate.close());

const DAY_MS = 24 * 3600 * 1000;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
const dayAfter = (time: string) => new Date(Date.parse(time) + DAY_MS).toISOString();

/** Sends a request and waits until nothing goes on by itself any more. */
async function send<Body>(method: string, path: string, body?: object): Promise<Body> {
  const response = await fetch(fillrate.endpoints.api + path, {
    method,
    ...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
  await fillrate.settled();
  return (await response.json()) as Body;
}

const order = (orderId: string) => send<Order>('GET', `/orders/${orderId}`);
const told = ({ timeline }: Order) => timeline.map(({ type }) => type).filter((type) => type.startsWith('promise'));

it('promises a date on what is on its way, and says once that it has moved', async () => {
  const { location: _, ...mug } = anItem();
  await send('PUT', '/items/MUG', mug);
  const [announced, moved] = [inDays(14), inDays(30)];
  const lines = [{ sku: 'MUG', quantity: 2 }];
  await send('POST', '/inbound-shipments', { inboundShipmentId: 'PO-1', expectedAt: announced, lines });
  await send('POST', '/orders', anOrder(lines, { orderId: 'SO-1' }));

  const first = await order('SO-1');
  expect(first.shipments).toMatchObject([{ status: 'backordered', promisedAt: dayAfter(announced) }]);
  expect(first.shipments[0]?.promise?.basis).toMatchObject({ kind: 'inbound', inboundShipmentId: 'PO-1' });
  expect(told(first)).toEqual(['promised']);
  expect(first.links).not.toHaveProperty('wait');

  await send('PATCH', '/inbound-shipments/PO-1', { expectedAt: moved, reason: 'weather' });
  const late = await order('SO-1');
  expect(late.shipments).toMatchObject([{ promisedAt: dayAfter(moved) }]);
  expect(told(late)).toEqual(['promised', 'promise-moved']);
  expect(late.links).toMatchObject({ wait: '/orders/SO-1/wait', cancel: '/orders/SO-1/cancel' });

  await send('POST', '/inbound-shipments/PO-1/receive', { lines });
  const here = await order('SO-1');
  expect(here.shipments).toMatchObject([{ status: 'picking', promise: { basis: { kind: 'stock' } } }]);
  expect(told(here)).toEqual(['promised', 'promise-moved']);
  await expectAuditToPass(services);
});

it('goes through a long queue by the records of its own steps', async () => {
  const { location: _, ...pan } = anItem();
  await send('PUT', '/items/PAN', pan);
  await send('POST', '/orders', anOrder([{ sku: 'PAN', quantity: 1 }], { orderId: 'SO-2' }));
  await startRound(services, { sku: 'PAN', location: 'main' }, { from: prefixes.wait('main'), reason: 'weather' });
  await fillrate.settled();
  expect(await services.table.get(keys.repromise('PAN', 'main'))).toBeUndefined();
});
