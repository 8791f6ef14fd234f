import { beforeEach, describe, expect, it } from 'vitest';
import { allocate } from '../../core/backorders/allocate.ts';
import { openBackorder } from '../../core/backorders/split.ts';
import { announceInbound } from '../../core/inbound/announce.ts';
import { cancelInbound, markOverdue, moveInbound, receiveInbound } from '../../core/inbound/change.ts';
import type { EventRow } from '../../core/orders/order.ts';
import { openTask } from '../../core/orders/tasks.ts';
import { trackOrder } from '../../core/orders/track.ts';
import type { OrderedTopic } from '../../core/platform/ordered-topic.ts';
import type { Services } from '../../core/platform/services.ts';
import { kindOf } from '../../core/platform/table/keys.ts';
import type { Topic } from '../../core/platform/topic.ts';
import { recordChanged } from '../../core/reactors/record-changed.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { countStock } from '../../core/warehouse/count.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { startDatabase } from '../support/database.ts';
import { beforeEachDecision } from '../support/faults.ts';
import { expectAuditToPass, place, reserve, servicesOn, shipmentOf, stock } from '../support/services.ts';
import { streamOf } from '../support/stream.ts';

const database = await startDatabase();
const DAY = '2026-12-';
const NOW = `${DAY}01T00:00:00.000Z`;
/** An arrival's time, and what is promised on it: a day of handling later. */
const at = (day: number) => `${DAY}${String(day).padStart(2, '0')}T08:00:00.000Z`;
const promisedOn = (day: number) => at(day + 1);

let services: Services;
let now: Date;
let changes: Awaited<ReturnType<typeof streamOf>>;

beforeEach(async () => {
  const tableName = await database.freshTable();
  now = new Date(NOW);
  services = { ...servicesOn(database, tableName), now: () => (now = new Date(now.getTime() + 1)) };
  changes = await streamOf(database, tableName);
  await stock(services, 'MUG', 0);
  await stock(services, 'PAN', 0);
});

/** Everything that the stream tells of levels and of rounds, until nothing follows from it any more. */
async function catchUp(): Promise<void> {
  const react = recordChanged(services, { alerts: {} as Topic, events: {} as OrderedTopic });
  for (let found = await changes(); found.length > 0; found = await changes()) {
    const relevant = found.filter((change) => ['stock', 'repromise'].includes(kindOf(change)));
    for (const ofOneItem of Map.groupBy(relevant, ({ pk, sk }) => pk + sk).values()) await react(ofOneItem);
  }
}

async function announce(inboundShipmentId: string, day: number, quantity: number, ...skus: string[]): Promise<void> {
  const lines = (skus.length > 0 ? skus : ['MUG']).map((sku) => ({ sku, quantity }));
  await announceInbound(services, { inboundShipmentId, location: 'main', expectedAt: at(day), lines });
  await catchUp();
}

async function order(quantity: number, overrides: Parameters<typeof place>[2] = {}, skus = ['MUG']): Promise<string> {
  const shipment = await place(
    services,
    skus.map((sku) => ({ sku, quantity })),
    overrides,
  );
  await reserve(services, shipment);
  await catchUp();
  return shipment.shipmentId;
}

async function move(inboundShipmentId: string, day: number, reason = 'weather'): Promise<void> {
  await moveInbound(services, inboundShipmentId, { expectedAt: at(day), reason });
  await catchUp();
}

const promiseOf = async (shipmentId: string) => (await shipmentOf(services, shipmentId)).promise;
const dateOf = async (shipmentId: string) => {
  const promise = await promiseOf(shipmentId);
  return promise ? promise.promisedAt : promise;
};

/** What the customer was told of dates. */
async function told(shipmentId: string): Promise<Pick<EventRow, 'type' | 'facts'>[]> {
  const order = await trackOrder(services, shipmentId.replace(/-\d+$/, ''));
  return (order?.timeline ?? [])
    .filter((event) => event.shipmentId === shipmentId && ['promised', 'promise-moved'].includes(event.type))
    .map(({ type, facts }) => ({ type, facts }) as Pick<EventRow, 'type' | 'facts'>);
}

const first = (day: number, inboundShipmentId: string, sku = 'MUG') => ({
  type: 'promised',
  facts: { promisedAt: promisedOn(day), basis: { kind: 'inbound', sku, inboundShipmentId, expectedAt: at(day) } },
});
const moved = (from: number | null, to: number | null, reason: string) => ({
  type: 'promise-moved',
  facts: { from: from && promisedOn(from), to: to && promisedOn(to), reason },
});

describe('a promise', () => {
  it('is made on the arrival that covers everybody ahead and the line itself, plus the handling time', async () => {
    await announce('IN-1', 10, 3);
    await announce('IN-2', 20, 3);
    const [one, two, three, four] = [await order(2), await order(2), await order(2), await order(1)];

    expect([await dateOf(one), await dateOf(two), await dateOf(three), await dateOf(four)]).toEqual([
      promisedOn(10),
      promisedOn(20),
      promisedOn(20),
      null,
    ]);
    expect(await told(one)).toEqual([first(10, 'IN-1')]);
    expect(await told(two)).toEqual([first(20, 'IN-2')]);
    expect(await told(four)).toEqual([]);
    await expectAuditToPass(services);
  });

  it('counts what is on the shelf before what is on its way', async () => {
    await receiveStock(services, 'MUG', { quantity: 1, location: 'main' });
    await announce('IN-1', 10, 1);
    expect(await dateOf(await order(2))).toEqual(promisedOn(10));
  });

  it('is the latest of the lines of a shipment, and none while one of them is covered by nothing', async () => {
    await announce('IN-1', 10, 5, 'MUG');
    const both = await order(2, {}, ['MUG', 'PAN']);
    expect(await promiseOf(both)).toBeNull();
    expect(await told(both)).toEqual([]);

    await announce('IN-2', 20, 2, 'PAN');
    expect(await promiseOf(both)).toEqual({
      promisedAt: promisedOn(20),
      basis: { kind: 'inbound', sku: 'PAN', inboundShipmentId: 'IN-2', expectedAt: at(20) },
    });
    expect(await told(both)).toEqual([moved(null, 20, 'announced')]);
    expect((await shipmentOf(services, both)).lines).toMatchObject({
      0: { sku: 'MUG', expected: { inboundShipmentId: 'IN-1', expectedAt: at(10) } },
      1: { sku: 'PAN', expected: { inboundShipmentId: 'IN-2', expectedAt: at(20) } },
    });
  });

  it('is told once however often the stream tells of the change', async () => {
    await announce('IN-1', 10, 5);
    const { shipmentId, orderId } = await place(services, [{ sku: 'MUG', quantity: 1 }]);
    await reserve(services, await shipmentOf(services, shipmentId));
    const found = (await changes()).filter((change) => kindOf(change) === 'stock');
    const react = recordChanged(services, { alerts: {} as Topic, events: {} as OrderedTopic });
    await Promise.all([react(found), react(found)]);
    await react(found);
    expect(await told(shipmentId)).toEqual([first(10, 'IN-1')]);
    expect((await trackOrder(services, orderId))?.shipments[0]?.version).toBe(3);
  });

  it('on an arrival that is a little late counts from now', async () => {
    await announce('IN-1', 1, 5);
    now = new Date(at(2));
    const late = await order(1);
    expect(Date.parse((await dateOf(late)) ?? '')).toBeGreaterThanOrEqual(Date.parse(promisedOn(2)));
    expect(await promiseOf(late)).toMatchObject({ basis: { expectedAt: at(1) } });
  });
});

describe('when a date moves', () => {
  it('each customer hears of it once, with the old date, the new one and the reason, and has a choice', async () => {
    await announce('IN-1', 10, 2);
    await announce('IN-2', 15, 2);
    const [one, two] = [await order(2), await order(2)];

    await move('IN-1', 20, 'port-congestion');

    // The other shipment is the first to come now.
    expect(await told(one)).toEqual([first(10, 'IN-1'), moved(10, 15, 'port-congestion')]);
    expect(await told(two)).toEqual([first(15, 'IN-2'), moved(15, 20, 'port-congestion')]);
    expect(await shipmentOf(services, one)).toMatchObject({
      toldPromisedAt: promisedOn(15),
      choiceSince: expect.any(String),
    });
    await expectAuditToPass(services);
  });

  it('by no more than the tolerance, the row says so and nobody is told, until small moves have added up', async () => {
    await announce('IN-1', 10, 2);
    const one = await order(2);
    await move('IN-1', 11);
    expect(await dateOf(one)).toBe(promisedOn(11));
    expect(await told(one)).toEqual([first(10, 'IN-1')]);
    expect((await shipmentOf(services, one)).choiceSince).toBeUndefined();

    await move('IN-1', 12, 'customs');
    expect(await told(one)).toEqual([first(10, 'IN-1'), moved(10, 12, 'customs')]);
  });

  it('forward, the customer hears that, too', async () => {
    await announce('IN-1', 20, 2);
    const one = await order(2);
    await announce('IN-2', 5, 2);
    expect(await told(one)).toEqual([first(20, 'IN-1'), moved(20, 5, 'announced')]);
  });

  it('for two lines on one inbound shipment, there is one message', async () => {
    await announce('IN-1', 10, 5, 'MUG', 'PAN');
    const both = await order(2, {}, ['MUG', 'PAN']);
    await move('IN-1', 20);
    expect(await told(both)).toEqual([expect.objectContaining({ type: 'promised' }), moved(10, 20, 'weather')]);
    await move('IN-1', 15, 'tailwind');
    expect(await told(both)).toHaveLength(3);
    expect((await told(both)).at(-1)).toEqual(moved(20, 15, 'tailwind'));
  });

  it('because somebody ahead cancels, those behind move up', async () => {
    await announce('IN-1', 10, 2);
    await announce('IN-2', 20, 2);
    const [one, two] = [await order(2), await order(2)];
    await cancelOrder(services, one.replace(/-1$/, ''));
    await catchUp();
    expect(await told(two)).toEqual([first(20, 'IN-2'), moved(20, 10, 'cancellation-ahead')]);
  });

  it('because units come free with a cancellation, those ahead of it move up, too', async () => {
    await receiveStock(services, 'MUG', { quantity: 1, location: 'main' });
    await announce('IN-1', 10, 1);
    await announce('IN-2', 20, 5);
    const behind = await order(3, { ifShort: 'split' });
    const urgent = await order(2, { priority: 0 });
    await cancelOrder(services, behind.replace(/-1$/, ''));
    await catchUp();
    expect(await told(urgent)).toEqual([first(20, 'IN-2'), moved(20, 10, 'cancellation-ahead')]);
  });

  it('because the picker found too few, the customer who had a date from stock gets another one', async () => {
    await receiveStock(services, 'MUG', { quantity: 2, location: 'main' });
    await announce('IN-1', 10, 1);
    const one = await order(2);
    const { toldPromisedAt: before } = await shipmentOf(services, one);
    await openTask(services, { shipmentId: one, stage: 'pick', token: 'pick' });
    await confirmPick(services, one, { lines: [{ sku: 'MUG', picked: 1 }] });
    await catchUp();
    expect(await told(one)).toEqual([
      { type: 'promise-moved', facts: { from: before, to: promisedOn(10), reason: 'short-pick' } },
    ]);
    expect(await promiseOf(one)).toMatchObject({ promisedAt: promisedOn(10), basis: { inboundShipmentId: 'IN-1' } });
  });

  it('because somebody more urgent orders, those behind give way', async () => {
    await announce('IN-1', 10, 2);
    await announce('IN-2', 20, 2);
    const one = await order(2);
    const urgent = await order(2, { priority: 0 });
    expect(await told(urgent)).toEqual([first(10, 'IN-1')]);
    expect(await told(one)).toEqual([first(10, 'IN-1'), moved(10, 20, 'order-ahead')]);
  });

  it('because less was delivered than announced', async () => {
    await announce('IN-1', 10, 4);
    await announce('IN-2', 20, 4);
    const [one, two] = [await order(2), await order(2)];
    await receiveInbound(services, 'IN-1', { lines: [{ sku: 'MUG', quantity: 2 }], complete: true });
    await catchUp();
    await allocate(services, 'MUG', 'main');
    await catchUp();
    expect(await told(one)).toEqual([first(10, 'IN-1')]);
    expect(await told(two)).toEqual([first(10, 'IN-1'), moved(10, 20, 'under-delivery')]);
  });

  it('because a count found some', async () => {
    await announce('IN-1', 10, 2);
    await announce('IN-2', 20, 2);
    const [one, two] = [await order(2), await order(3)];
    await countStock(services, 'MUG', { counted: 1, location: 'main', reason: 'found behind the shelf' });
    await catchUp();
    expect(await told(one)).toEqual([first(10, 'IN-1')]);
    expect(await told(two)).toEqual([moved(null, 20, 'count')]);
  });

  it('because an inbound shipment is overdue or cancelled, nothing is promised on it', async () => {
    await announce('IN-1', 2, 2);
    const one = await order(2);
    now = new Date(at(4));
    await markOverdue(services, 'IN-1');
    await catchUp();
    expect(await told(one)).toEqual([first(2, 'IN-1'), moved(2, null, 'overdue')]);
    await move('IN-1', 10, 'found');
    expect((await told(one)).at(-1)).toEqual(moved(null, 10, 'found'));
    await cancelInbound(services, 'IN-1', { reason: 'supplier' });
    await catchUp();
    expect((await told(one)).at(-1)).toEqual(moved(10, null, 'supplier'));
  });

  it('because one line has its units, what is promised rests on the others', async () => {
    await announce('IN-1', 20, 2, 'MUG');
    await announce('IN-2', 10, 2, 'PAN');
    const both = await order(2, {}, ['MUG', 'PAN']);
    expect(await dateOf(both)).toBe(promisedOn(20));
    await receiveStock(services, 'MUG', { quantity: 2, location: 'main' });
    await allocate(services, 'MUG', 'main');
    await catchUp();
    expect(await dateOf(both)).toBe(promisedOn(10));
    expect((await told(both)).slice(1)).toEqual([moved(20, 10, 'allocated')]);
    expect((await shipmentOf(services, both)).lines[0]).not.toHaveProperty('expected');
    await expectAuditToPass(services);
  });
});

describe('an order of more lines than a transaction holds', () => {
  const skus = Array.from({ length: 40 }, (_, i) => `SKU-${i}`);
  const seen: unknown[] = [];

  /** Reserved step by step, and before each step the dates of what has been decided so far are computed. */
  async function reserveSlowly(): Promise<string> {
    const lines = skus.map((sku) => ({ sku, quantity: 1 }));
    const shipment = await place(services, lines);
    const slow = servicesOn(database, services.table.name, {}, (client) =>
      client.middlewareStack.add(
        (next) => async (args) => {
          await catchUp();
          seen.push(await dateOf(shipment.shipmentId));
          return next(args);
        },
        { step: 'initialize', name: 'catchUp' },
      ),
    );
    await reserve({ ...slow, now: services.now }, shipment);
    return shipment.shipmentId;
  }

  it('is promised nothing before all of it is decided', async () => {
    for (const sku of skus) await stock(services, sku, 0);
    await announce('IN-1', 10, 1, ...skus);
    const shipmentId = await reserveSlowly();
    await catchUp();
    expect(new Set(seen)).toEqual(new Set([undefined]));
    expect(await told(shipmentId)).toEqual([expect.objectContaining({ type: 'promised' })]);
    expect(await dateOf(shipmentId)).toBe(promisedOn(10));
  });

  it('is promised what its first lines wait for, where its last ones are all there', async () => {
    for (const [i, sku] of skus.entries()) await stock(services, sku, i < 5 ? 0 : 1);
    await announce('IN-1', 10, 1, ...skus.slice(0, 5));
    const shipmentId = await reserveSlowly();
    expect(await dateOf(shipmentId)).toBe(promisedOn(10));
    expect(await told(shipmentId)).toEqual([expect.objectContaining({ type: 'promised' })]);
  });
});

describe('a backorder of a split', () => {
  it('has the promise of the shipment that it came from, and messages of its own', async () => {
    await stock(services, 'LID', 1);
    await announce('IN-1', 10, 5);
    const one = await order(1, { ifShort: 'split' }, ['LID', 'MUG']);
    await openBackorder(services, { shipmentId: one });
    await catchUp();
    const backorder = one.replace(/-1$/, '-2');
    expect(await shipmentOf(services, backorder)).toMatchObject({
      promise: { promisedAt: promisedOn(10) },
      toldPromisedAt: promisedOn(10),
      lines: { 1: { expected: { inboundShipmentId: 'IN-1' } } },
    });
    expect(await promiseOf(one)).toMatchObject({ basis: { kind: 'stock' } });

    await move('IN-1', 20);
    expect(await told(backorder)).toEqual([first(10, 'IN-1'), moved(10, 20, 'weather')]);
  });

  it('comes to stand behind an earlier one of its order, which is then given the arrival that it counted on', async () => {
    await receiveStock(services, 'MUG', { quantity: 4, location: 'main' });
    const shipmentId = await order(11, { ifShort: 'split' });
    const orderId = shipmentId.replace(/-1$/, '');
    await openBackorder(services, { shipmentId });
    await openTask(services, { shipmentId, stage: 'pick', token: 'pick' });
    await confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 2 }] });
    await announce('IN-1', 10, 2);
    await announce('IN-2', 20, 50);
    expect([await dateOf(shipmentId), await dateOf(`${orderId}-2`)]).toEqual([promisedOn(10), promisedOn(20)]);

    await openBackorder(services, { shipmentId });
    await catchUp();

    expect([await dateOf(`${orderId}-2`), await dateOf(`${orderId}-3`)]).toEqual([promisedOn(20), promisedOn(20)]);
    await expectAuditToPass(services);
  });

  it('is seen to come to stand behind one that began to wait in the meantime', async () => {
    await receiveStock(services, 'MUG', { quantity: 4, location: 'main' });
    const shipmentId = await order(11, { ifShort: 'split' });
    const second = shipmentId.replace(/1$/, '2');
    const pick = async (shipmentId: string, picked: number) => {
      await openTask(services, { shipmentId, stage: 'pick', token: 'pick' });
      await confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked }] });
      await catchUp();
    };
    await openBackorder(services, { shipmentId });
    await receiveStock(services, 'MUG', { quantity: 7, location: 'main' });
    await allocate(services, 'MUG', 'main');
    await catchUp();
    await announce('IN-1', 10, 2);
    await announce('IN-2', 20, 50);
    await pick(shipmentId, 2);
    const meanwhile = beforeEachDecision(services, async (nth) => {
      if (nth === 1) await pick(second, 5);
    });

    await openBackorder(meanwhile, { shipmentId });
    await catchUp();

    expect([await dateOf(second), await dateOf(shipmentId.replace(/1$/, '3'))]).toEqual([
      promisedOn(10),
      promisedOn(20),
    ]);
    await expectAuditToPass(services);
  });

  it('gets its first promise where the shipment that it came from had none yet', async () => {
    await stock(services, 'LID', 1);
    await announce('IN-1', 10, 5);
    const shipment = await place(
      services,
      [
        { sku: 'LID', quantity: 1 },
        { sku: 'MUG', quantity: 1 },
      ],
      { ifShort: 'split' },
    );
    await reserve(services, shipment);
    await openBackorder(services, { shipmentId: shipment.shipmentId });
    await catchUp();
    expect(await told(`${shipment.orderId}-2`)).toEqual([first(10, 'IN-1')]);
  });
});
