import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { allocate } from '../../core/backorders/allocate.ts';
import { changePriority } from '../../core/backorders/change-priority.ts';
import { chooseSplit } from '../../core/backorders/choose-split.ts';
import { openBackorder } from '../../core/backorders/split.ts';
import { takePlaces } from '../../core/backorders/take-places.ts';
import { lineOf, type ShipmentRow } from '../../core/orders/shipments.ts';
import { openTask } from '../../core/orders/tasks.ts';
import { shipmentsOf, trackOrder } from '../../core/orders/track.ts';
import type { Services } from '../../core/platform/services.ts';
import type { Workflow } from '../../core/platform/workflow.ts';
import { shipmentChanged } from '../../core/reactors/shipment-changed.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { listMovements } from '../../core/stock/movements.ts';
import { headOfQueue } from '../../core/stock/queue.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { countStock } from '../../core/warehouse/count.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { startDatabase } from '../support/database.ts';
import { beforeEachDecision, CutOff, cutOffAfterDecisions } from '../support/faults.ts';
import { scheduled } from '../support/scheduled.ts';
import {
  countersOf,
  expectAuditToPass,
  freshServices,
  place,
  reserve,
  shipmentOf,
  stock,
} from '../support/services.ts';

const database = await startDatabase();
let services: Services;

beforeEach(async () => {
  services = await freshServices(database);
});

const orderId = 'SO-1';
/** No task waits, so nobody has to be told. */
const noWorkflow = {} as Workflow;
const change = { priority: 0, reason: 'promised by phone' };
const receive = (quantity: number) => receiveStock(services, 'MUG', { quantity, location: 'main' });
const serve = async () => {
  while ((await allocate(services, 'MUG', 'main')) > 0);
};
const statusOf = async (shipmentId: string) => (await shipmentOf(services, shipmentId)).status;
const headIs = async (sku = 'MUG') => (await headOfQueue(services, sku, 'main'))?.orderId;

async function order(id: string, lines = [{ sku: 'MUG', quantity: 2 }]): Promise<ShipmentRow> {
  const shipment = await place(services, lines, { orderId: id });
  await reserve(services, shipment);
  return shipment;
}

describe('an order that is moved up', () => {
  it('is served before those who were ahead of it', async () => {
    await stock(services, 'MUG', 0);
    await order('SO-0');
    await order(orderId);

    expect(await changePriority(services, orderId, change)).toEqual({ orderId, status: 'backordered', priority: 0 });

    await receive(2);
    await serve();
    expect(await statusOf('SO-1-1')).toBe('reserved');
    expect(await statusOf('SO-0-1')).toBe('backordered');
    await expectAuditToPass(services);
  });

  it('says who moved it, when and why: in the timeline, and in the ledger of what it waits for', async () => {
    await stock(services, 'MUG', 0);
    await order(orderId);

    await changePriority({ ...services, actor: 'support' }, orderId, change);

    const event = (await trackOrder(services, orderId))?.timeline.at(-1);
    expect(event).toMatchObject({
      type: 'priority-changed',
      actor: 'support',
      detail: 'Moved from priority 5 to 0 by support: promised by phone.',
      facts: { from: 5, to: 0, reason: 'promised by phone' },
    });
    const { items } = await listMovements(services, { sku: 'MUG', location: 'main', limit: 1 });
    expect(items[0]).toMatchObject({
      type: 'priority',
      actor: 'support',
      shipmentId: 'SO-1-1',
      reason: 'promised by phone',
      ...{ available: 0, allocated: 0, backordered: 0, incoming: 0 },
    });
  });

  it('is not passed over by an allocation that had looked at the queue before', async () => {
    await stock(services, 'MUG', 0);
    await order('SO-0');
    await order(orderId);
    await receive(2);
    const meanwhile = beforeEachDecision(services, async (nth) => {
      if (nth === 1) await changePriority(services, orderId, change);
    });

    await allocate(meanwhile, 'MUG', 'main');

    expect(await statusOf('SO-1-1')).toBe('reserved');
    expect(await statusOf('SO-0-1')).toBe('backordered');
  });

  it('changes no level', async () => {
    await stock(services, 'MUG', 0);
    await order(orderId);
    const before = await countersOf(services, 'MUG');
    await changePriority(services, orderId, change);
    expect(await countersOf(services, 'MUG')).toEqual(before);
  });

  it('stays there when it has to wait later: before it is reserved, and after a short pick', async () => {
    await stock(services, 'MUG', 2);
    await order(orderId);
    await openTask(services, { shipmentId: 'SO-1-1', stage: 'pick', token: 'pick' });
    const early = await place(services, [{ sku: 'MUG', quantity: 1 }], { orderId: 'SO-2' });
    await order('SO-0', [{ sku: 'MUG', quantity: 1 }]);

    await changePriority(services, orderId, change);
    await changePriority(services, 'SO-2', { priority: 1, reason: 'VIP' });
    await reserve(services, early);
    expect(await headIs()).toBe('SO-2');
    await confirmPick(services, 'SO-1-1', { lines: [{ sku: 'MUG', picked: 1 }] });

    expect(await headIs()).toBe('SO-1');
    await expectAuditToPass(services);
  });

  it('may be moved back, and is where it was', async () => {
    await stock(services, 'MUG', 0);
    await order('SO-0');
    await order(orderId);
    await changePriority(services, orderId, change);
    await changePriority(services, orderId, { priority: 5, reason: 'a mistake' });
    expect(await headIs()).toBe('SO-0');
    await expectAuditToPass(services);
  });

  it('keeps its priority in the shipment that is split off', async () => {
    await stock(services, 'MUG', 1);
    await order(orderId);
    await changePriority(services, orderId, change);
    await chooseSplit(services, orderId);
    await openBackorder(services, { shipmentId: 'SO-1-1' });
    expect(await shipmentsOf(services, orderId)).toMatchObject([{ priority: 0 }, { priority: 0 }]);
    await expectAuditToPass(services);
  });

  it('can be asked for again, and is refused for an order that has ended', async () => {
    await stock(services, 'MUG', 0);
    await order(orderId);
    const request = { key: 'move', fingerprint: 'x' };
    const first = await changePriority(services, orderId, change, request);
    await changePriority(services, orderId, { priority: 9, reason: 'somebody else' });

    expect(await changePriority(services, orderId, change, request)).toEqual(first);
    expect((await shipmentOf(services, 'SO-1-1')).priority).toBe(9);

    await cancelOrder(services, orderId);
    expect(await changePriority(services, orderId, change)).toMatchObject({ code: 'order-ended' });
    expect(await changePriority(services, 'SO-404', change)).toMatchObject({ code: 'unknown-order' });
  });
});

describe('an order of more lines than a transaction moves', () => {
  const many = Array.from({ length: 60 }, (_, i) => ({ sku: i === 0 ? 'MUG' : `SKU-${i}`, quantity: 2 }));
  const lastSku = 'SKU-59';

  beforeEach(async () => {
    await Promise.all(many.map(({ sku }) => stock(services, sku, 0)));
    await order('SO-0', [
      { sku: 'MUG', quantity: 1 },
      { sku: lastSku, quantity: 1 },
    ]);
    await order(orderId, many);
  });

  it('has moved with all of them in the end', async () => {
    await changePriority(services, orderId, change);
    expect([await headIs(), await headIs(lastSku)]).toEqual([orderId, orderId]);
    const { lines, movesSince } = await shipmentOf(services, 'SO-1-1');
    expect(movesSince).toBeUndefined();
    expect(Object.values(lines).filter(({ priority }) => priority !== undefined)).toEqual([]);
    await expectAuditToPass(services);
  });

  const cutOff = async () => {
    await expect(changePriority(cutOffAfterDecisions(services, 2), orderId, change)).rejects.toThrow(CutOff);
    expect(await headIs()).toBe(orderId);
    expect(lineOf(await shipmentOf(services, 'SO-1-1'), lastSku)?.priority).toBe(5);
  };

  it('is finished by whoever looks at it next, in the name of who had asked for it', async () => {
    await cutOff();
    const row = await shipmentOf(services, 'SO-1-1');
    await shipmentChanged({ ...services, actor: 'stream' }, noWorkflow, { row, isNew: false });
    expect(await headIs(lastSku)).toBe(orderId);
    const { items } = await listMovements(services, { sku: lastSku, location: 'main', limit: 1 });
    expect(items[0]).toMatchObject({ type: 'priority', actor: 'test', reason: change.reason });
    await expectAuditToPass(services);
  });

  it('cut off halfway, gives up units to a count at the place where the line still is', async () => {
    await receiveStock(services, lastSku, { quantity: 2, location: 'main' });
    await allocate(services, lastSku, 'main');
    await chooseSplit(services, orderId);
    expect(lineOf(await shipmentOf(services, 'SO-1-1'), lastSku)).toMatchObject({ allocated: 1, waiting: 1 });
    await cutOff();

    await countStock(services, lastSku, { counted: 1, location: 'main', reason: 'lost' });

    expect(await headOfQueue(services, lastSku, 'main')).toMatchObject({ orderId, priority: 5, quantity: 2 });
    await takePlaces(services, 'SO-1-1');
    await expectAuditToPass(services);
  });

  it('cut off halfway, is served where each line is, split, counted, moved again and cancelled', async () => {
    await cutOff();
    await receiveStock(services, lastSku, { quantity: 5, location: 'main' });
    expect(await allocate(services, lastSku, 'main')).toBe(2);
    expect(lineOf(await shipmentOf(services, 'SO-1-1'), lastSku)).not.toHaveProperty('priority');
    await countStock(services, lastSku, { counted: 2, location: 'main', reason: 'lost' });
    await openBackorder(services, { shipmentId: 'SO-1-1' });
    for (const { shipmentId } of await shipmentsOf(services, orderId)) await takePlaces(services, shipmentId);
    await expectAuditToPass(services);

    await expect(
      changePriority(cutOffAfterDecisions(services, 2), orderId, { priority: 9, reason: 'a mistake' }),
    ).rejects.toThrow(CutOff);
    await cancelOrder(services, orderId);
    await expectAuditToPass(services);
  });
});

describe('a change of priority at the same time as', () => {
  const rivals = {
    'a receipt': () => receive(2),
    'an allocation': () => serve(),
    'a cancellation': () => cancelOrder(services, orderId),
    'a split': () => openBackorder(services, { shipmentId: 'SO-1-1' }),
    'a split by choice': () => chooseSplit(services, orderId),
    'a count': () => countStock(services, 'MUG', { counted: 1, location: 'main', reason: 'lost' }),
    'another change': () => changePriority(services, orderId, { priority: 9, reason: 'a mistake' }),
    'the same change': () => changePriority(services, orderId, change),
    'a new order ahead': async () => {
      await reserve(services, await place(services, [{ sku: 'MUG', quantity: 1 }], { priority: 1 }));
    },
  };

  it.each(Object.entries(rivals))(
    '%s leaves everybody at their places, and nobody passed over',
    async (_, act) => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), async (scheduler) => {
          services = await freshServices(database);
          await stock(services, 'PAN', 1);
          await stock(services, 'MUG', 0);
          await order('SO-0');
          await order(orderId, [
            { sku: 'MUG', quantity: 2 },
            { sku: 'PAN', quantity: 1 },
          ]);
          await receive(2);
          const quiet = services;
          services = { ...quiet, table: scheduled(quiet.table, scheduler) };
          const both = Promise.all([act(), changePriority(services, orderId, change)]);
          await scheduler.waitFor(both);
          services = quiet;
          for (const { shipmentId } of await shipmentsOf(services, orderId)) await takePlaces(services, shipmentId);
          await serve();

          await expectAuditToPass(services);
        }),
        { numRuns: 12 },
      );
    },
    60_000,
  );
});
