import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../local/engine/harness.ts';
import { Refusal, ShipmentWalk, type Task } from './shipment-walk.ts';

describe("a shipment's way through the workflow", () => {
  let way: ShipmentWalk;

  beforeEach(async () => {
    way = new ShipmentWalk();
    await way.start();
  });
  afterEach(() => way.local.close());

  it('picks, packs and ships what is in stock, in five billed states', async () => {
    way.reserves('reserved');
    const arn = await way.place();
    await way.walk('pick', 'pack', 'ship');
    expect(await way.local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await way.statesOf(arn)).toEqual(['ReserveStock', 'RouteByOutcome', 'Pick', 'Pack', 'Ship']);
    expect(way.tasks.map(({ shipmentId, stage }) => [shipmentId, stage])).toEqual([
      ['A1-1', 'pick'],
      ['A1-1', 'pack'],
      ['A1-1', 'ship'],
    ]);
    expect(way.released).toEqual([]);
    expect(way.local.engine.counts()).toMatchObject({ transitions: 5, transitionsByType: { Task: 4, Choice: 1 } });
  });

  it('tells the function that reserves which execution asks, and passes on what it was started with', async () => {
    const asked: object[] = [];
    way.reserve = (event) => {
      asked.push(event);
      return { outcome: 'elsewhere', shipmentId: 'A1-1', waitUntil: null };
    };
    const arn = await way.place({ order: { orderId: 'A1' } });
    expect(await way.local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await way.statesOf(arn)).toEqual(['ReserveStock', 'RouteByOutcome', 'HandledElsewhere']);
    expect(asked).toEqual([{ executionName: 'A1-1', input: { order: { orderId: 'A1' } } }]);
  });

  it('lets a backordered shipment wait its turn, and goes on when it is allocated', async () => {
    way.reserves('backordered');
    const arn = await way.place();
    const wait = await way.taskOf('backorder');
    way.clock.advance(5 * 86_400);
    expect((await way.local.describe(arn)).status).toBe('RUNNING');
    await way.confirm(wait);
    await way.walk('pick', 'pack', 'ship');
    expect(await way.local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await way.statesOf(arn)).toContain('BackorderWait');
    expect(way.released).toEqual([]);
  });

  it('gives up a backorder at the time up to which it may wait, and not before', async () => {
    way.reserves('backordered');
    const arn = await way.place();
    await way.taskOf('backorder');
    await until(() => way.clock.pending > 0);
    way.clock.advance(6 * 86_400 - 1);
    expect((await way.local.describe(arn)).status).toBe('RUNNING');
    way.clock.advance(1);
    expect(await way.local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(way.released).toMatchObject([{ shipmentId: 'A1-1', end: 'expired', cause: { Error: 'States.Timeout' } }]);
    expect((await way.statesOf(arn)).at(-1)).toBe('Expired');
    const late = way.confirm(way.tasks[0] as Task);
    await expect(late).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('gives a backorder whose time has passed at least a second', async () => {
    way.reserve = () => ({ outcome: 'backordered', shipmentId: 'A1-1', waitUntil: '2026-11-01T00:00:00.000Z' });
    const arn = await way.place();
    await way.taskOf('backorder');
    way.clock.advance(1);
    await way.local.ended(arn);
    expect((await way.statesOf(arn)).at(-1)).toBe('Expired');
  });

  it.each([
    ['backorder', 'backordered', []],
    ['pick', 'reserved', []],
    ['pack', 'reserved', ['pick']],
    ['ship', 'reserved', ['pick', 'pack']],
  ] as const)('releases the stock of a shipment canceled before %s is done', async (stage, outcome, before) => {
    way.reserves(outcome);
    const arn = await way.place();
    await way.walk(...before);
    await way.refuse(await way.taskOf(stage), 'OrderCancelled');
    expect(await way.local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(way.released).toMatchObject([{ end: 'cancelled', cause: { Error: 'OrderCancelled' } }]);
    expect((await way.statesOf(arn)).slice(-3)).toEqual(['ReleaseStock', 'RouteByEnd', 'Cancelled']);
  });

  it('learns of a cancellation when it opens a task, too', async () => {
    way.reserves('reserved');
    way.openTask = () => {
      throw new Refusal('OrderCancelled');
    };
    const arn = await way.place();
    await way.local.ended(arn);
    expect((await way.statesOf(arn)).at(-1)).toBe('Cancelled');
  });

  it('has shipped when the table says so, although it was to be canceled', async () => {
    way.reserves('reserved');
    way.release = () => ({ status: 'shipped' });
    const arn = await way.place();
    await way.refuse(await way.taskOf('pick'), 'OrderCancelled');
    await way.local.ended(arn);
    expect((await way.statesOf(arn)).at(-1)).toBe('Shipped');
  });

  it('goes on with a shipment that had got all its units when its wait ran out', async () => {
    way.reserves('backordered');
    way.release = () => ({ status: 'reserved' });
    const arn = await way.place();
    await way.taskOf('backorder');
    await until(() => way.clock.pending > 0);
    way.clock.advance(6 * 86_400);
    await way.walk('pick', 'pack', 'ship');
    expect(await way.local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect((await way.statesOf(arn)).slice(2, 6)).toEqual(['BackorderWait', 'ReleaseStock', 'RouteByEnd', 'Pick']);
  });

  it('splits off what waits, and ships what is there', async () => {
    way.reserves('split');
    const arn = await way.place();
    await way.walk('pick', 'pack', 'ship');
    expect(await way.local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect((await way.statesOf(arn)).slice(2, 4)).toEqual(['OpenBackorder', 'Pick']);
  });

  it('splits a shipment whose customer chooses, while it waits, to take what is there', async () => {
    way.reserves('backordered');
    const arn = await way.place();
    await way.refuse(await way.taskOf('backorder'), 'SplitChosen');
    await way.walk('pick', 'pack', 'ship');
    expect(await way.local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect((await way.statesOf(arn)).slice(2, 5)).toEqual(['BackorderWait', 'OpenBackorder', 'Pick']);
    expect(way.released).toEqual([]);
  });

  it('waits again where what was there has gone before it could be split', async () => {
    way.reserves('backordered');
    way.openTask = ({ stage }) => {
      if (stage === 'pick' && way.tasks.length === 2) throw new Refusal('StillWaiting');
    };
    const arn = await way.place();
    await way.refuse(await way.taskOf('backorder'), 'SplitChosen');
    await way.confirm(await way.taskOf('backorder', 2));
    await way.confirm(await way.taskOf('pick', 2));
    await way.walk('pack', 'ship');
    expect(await way.local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect((await way.statesOf(arn)).slice(2, 7)).toEqual([
      ...['BackorderWait', 'OpenBackorder', 'Pick', 'BackorderWait', 'Pick'],
    ]);
  });

  it('cancels instead of splitting an order that was canceled meanwhile', async () => {
    way.reserves('split');
    way.openBackorder = () => {
      throw new Refusal('OrderCancelled');
    };
    const arn = await way.place();
    await way.local.ended(arn);
    expect((await way.statesOf(arn)).at(-1)).toBe('Cancelled');
  });

  it('ends a rejected order without touching stock', async () => {
    way.reserve = () => ({ outcome: 'rejected', shipmentId: 'A1-1', waitUntil: null, reason: 'out-of-stock' });
    const arn = await way.place();
    const ended = await way.local.ended(arn);
    expect(ended.status).toBe('SUCCEEDED');
    expect(JSON.parse(ended.output ?? '')).toMatchObject({ outcome: 'rejected', reason: 'out-of-stock' });
    expect(way.released).toEqual([]);
  });

  it.each(['InvalidInput', 'OrderIdTaken'])('refuses an order with %s at once, and says why', async (name) => {
    let calls = 0;
    way.reserve = () => {
      calls += 1;
      throw new Refusal(name, 'no such field');
    };
    const arn = await way.place();
    const ended = await way.local.ended(arn);
    expect(ended).toMatchObject({ status: 'FAILED', error: name });
    expect(JSON.parse(ended.cause ?? '')).toMatchObject({ errorType: name, errorMessage: 'no such field' });
    expect(calls).toBe(1);
    expect(way.released).toEqual([]);
  });

  it.each(['ShortPick', 'StillWaiting'])('goes back to waiting after %s, and picks again', async (name) => {
    way.reserves('reserved');
    const arn = await way.place();
    await way.refuse(await way.taskOf('pick'), name);
    await way.confirm(await way.taskOf('backorder'));
    await way.confirm(await way.taskOf('pick', 2));
    await way.walk('pack', 'ship');
    expect(await way.local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await way.statesOf(arn)).toEqual([
      ...['ReserveStock', 'RouteByOutcome', 'Pick', 'BackorderWait', 'Pick', 'Pack', 'Ship'],
    ]);
    expect(new Set(way.tasks.map(({ token }) => token)).size).toBe(way.tasks.length);
  });

  it('takes a confirmation that arrives before the function that opened the task has returned', async () => {
    way.reserves('reserved');
    let openPick = () => {};
    const returning = new Promise<void>((resolve) => {
      openPick = resolve;
    });
    way.openTask = async ({ stage }) => {
      if (stage === 'pick') await returning;
    };
    const arn = await way.place();
    await way.walk('pick', 'pack', 'ship');
    openPick();
    expect(await way.local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(way.tasks).toHaveLength(3);
  });
});
