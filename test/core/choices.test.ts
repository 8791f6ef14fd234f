import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { allocate } from '../../core/backorders/allocate.ts';
import { choicesOf } from '../../core/backorders/choices.ts';
import { chooseSplit } from '../../core/backorders/choose-split.ts';
import { chooseWait } from '../../core/backorders/choose-wait.ts';
import { openBackorder } from '../../core/backorders/split.ts';
import { linesOf, type ShipmentRow, shipmentKey } from '../../core/orders/shipments.ts';
import { openTask, signalFor } from '../../core/orders/tasks.ts';
import { shipmentsOf, trackOrder } from '../../core/orders/track.ts';
import type { Services } from '../../core/platform/services.ts';
import { update } from '../../core/platform/table/writes.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { releaseStock } from '../../core/reservations/release.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { countStock } from '../../core/warehouse/count.ts';
import { startDatabase } from '../support/database.ts';
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
const receive = (sku: string, quantity: number) => receiveStock(services, sku, { quantity, location: 'main' });
const serve = async (sku: string) => {
  while ((await allocate(services, sku, 'main')) > 0);
};
const choices = async (of = orderId) => (await choicesOf(services, await shipmentsOf(services, of))).sort();
const typesIn = async (of = orderId) => (await trackOrder(services, of))?.timeline.map(({ type }) => type);

async function order(lines: { sku: string; quantity: number }[], id = orderId): Promise<ShipmentRow> {
  const shipment = await place(services, lines, { orderId: id });
  await reserve(services, shipment);
  return shipment;
}

/** As the computation of promises marks a shipment whose date has moved. */
async function dateMoved(shipmentId: string): Promise<void> {
  const change = update(shipmentKey(shipmentId)).set('choiceSince', '2026-11-24T08:00:00.000Z').add('version', 1);
  await services.table.decide(() => ({ answer: undefined, writes: [change] }));
}

/** A mug is there and a pan is waited for. */
async function mugWithoutPan(): Promise<ShipmentRow> {
  await stock(services, 'MUG', 1);
  await stock(services, 'PAN', 0);
  return order([
    { sku: 'MUG', quantity: 1 },
    { sku: 'PAN', quantity: 1 },
  ]);
}

describe('taking what is there', () => {
  it('lets what is set aside leave now, and the rest wait at its old place', async () => {
    const { shipmentId } = await mugWithoutPan();
    await order([{ sku: 'PAN', quantity: 1 }], 'SO-2');
    expect(await choices()).toEqual(['cancel', 'split']);

    expect(await chooseSplit(services, orderId)).toEqual({
      orderId,
      status: 'backordered',
      leaving: [{ shipmentId, lines: [{ sku: 'MUG', quantity: 1 }] }],
    });
    expect(await choices()).toEqual(['cancel']);
    await openTask(services, { shipmentId, stage: 'backorder', token: 'wait' });
    expect(signalFor(await shipmentOf(services, shipmentId))).toMatchObject({ kind: 'failure', error: 'SplitChosen' });
    await openBackorder(services, { shipmentId });

    const [first, second] = await shipmentsOf(services, orderId);
    expect(first).toMatchObject({ status: 'reserved', linesWaiting: 0 });
    expect(first?.splitChosenAt).toBeUndefined();
    expect(second).toMatchObject({ shipmentId: 'SO-1-2', status: 'backordered', linesWaiting: 1 });
    expect(await typesIn()).toEqual(expect.arrayContaining(['split-chosen', 'split', 'reserved']));
    await receive('PAN', 1);
    await serve('PAN');
    expect((await shipmentOf(services, 'SO-1-2')).status).toBe('reserved');
    expect((await shipmentOf(services, 'SO-2-1')).status).toBe('backordered');
    await expectAuditToPass(services);
  });

  it('takes free units for a part of a line, where nobody waits ahead of it', async () => {
    await stock(services, 'MUG', 3);
    const { shipmentId } = await order([{ sku: 'MUG', quantity: 5 }]);
    expect(await choices()).toEqual(['cancel', 'split']);

    expect(await chooseSplit(services, orderId)).toMatchObject({ leaving: [{ lines: [{ sku: 'MUG', quantity: 3 }] }] });

    expect(linesOf(await shipmentOf(services, shipmentId))[0]).toMatchObject({ allocated: 3, waiting: 2 });
    expect(await countersOf(services, 'MUG')).toEqual({ available: 0, allocated: 3, backordered: 2 });
    await expectAuditToPass(services);
    await openBackorder(services, { shipmentId });
    const [first, second] = await shipmentsOf(services, orderId);
    expect(first?.lines[0]).toMatchObject({ quantity: 3, allocated: 3, waiting: 0 });
    expect(second?.lines[0]).toMatchObject({ quantity: 2, allocated: 0, waiting: 2 });
    await expectAuditToPass(services);
  });

  it('leaves to those ahead what lies on the shelf for them', async () => {
    await stock(services, 'MUG', 3);
    await order([{ sku: 'MUG', quantity: 5 }], 'SO-AHEAD');
    await order([{ sku: 'MUG', quantity: 2 }]);
    expect(await choices()).toEqual(['cancel']);

    expect(await chooseSplit(services, orderId)).toMatchObject({ refused: 'conflict', code: 'nothing-to-split' });

    expect(await countersOf(services, 'MUG')).toEqual({ available: 3, allocated: 0, backordered: 7 });
    expect(await typesIn()).not.toContain('split-chosen');
  });

  it('splits nothing where all has come in the meantime', async () => {
    await stock(services, 'MUG', 0);
    const { shipmentId } = await order([{ sku: 'MUG', quantity: 2 }]);
    await receive('MUG', 2);

    expect(await chooseSplit(services, orderId)).toMatchObject({ status: 'reserved', leaving: [{ shipmentId }] });

    await openBackorder(services, { shipmentId });
    expect(await shipmentsOf(services, orderId)).toMatchObject([{ status: 'reserved' }]);
  });

  it('is forgotten when the rest comes before the workflow has split: a later short pick waits for all', async () => {
    const { shipmentId } = await mugWithoutPan();
    await chooseSplit(services, orderId);
    await receive('PAN', 1);
    await serve('PAN');
    const row = await shipmentOf(services, shipmentId);
    expect(row.status).toBe('reserved');
    expect(row.splitChosenAt).toBeUndefined();
  });

  it('is forgotten when a count takes what was there: the shipment waits, and is not asked again and again', async () => {
    const { shipmentId } = await mugWithoutPan();
    await chooseSplit(services, orderId);
    await countStock(services, 'MUG', { counted: 0, location: 'main', reason: 'lost' });

    await openBackorder(services, { shipmentId });

    const row = await shipmentOf(services, shipmentId);
    expect(row).toMatchObject({ status: 'backordered', linesWaiting: 2 });
    expect(row.splitChosenAt).toBeUndefined();
    expect(signalFor({ ...row, taskStage: 'backorder' })).toBeUndefined();
    await expectAuditToPass(services);
  });

  it('takes nothing more from the shelf when it is only repeated', async () => {
    await stock(services, 'MUG', 1);
    const { shipmentId } = await order([{ sku: 'MUG', quantity: 4 }]);
    const request = { key: 'choice', fingerprint: 'x' };
    await chooseSplit(services, orderId, request);
    await openBackorder(services, { shipmentId });
    await receive('MUG', 1);

    await chooseSplit(services, orderId, request);

    expect(await countersOf(services, 'MUG')).toEqual({ available: 1, allocated: 1, backordered: 3 });
  });

  it('is answered as the first time, also after the order was split', async () => {
    const { shipmentId } = await mugWithoutPan();
    const request = { key: 'choice', fingerprint: 'x' };
    const first = await chooseSplit(services, orderId, request);
    await openBackorder(services, { shipmentId });

    expect(await chooseSplit(services, orderId, request)).toEqual(first);
    expect(await chooseSplit(services, orderId)).toMatchObject({ code: 'nothing-to-split' });
    expect(await chooseSplit(services, 'SO-404')).toMatchObject({ code: 'unknown-order' });
  });
});

describe('going on to wait', () => {
  it('closes the choice, and keeps the place', async () => {
    const { shipmentId } = await mugWithoutPan();
    await dateMoved(shipmentId);
    expect(await choices()).toEqual(['cancel', 'split', 'wait']);

    expect(await chooseWait(services, orderId)).toEqual({ orderId, status: 'backordered' });
    expect(await chooseWait(services, orderId)).toEqual({ orderId, status: 'backordered' });

    expect(await choices()).toEqual(['cancel', 'split']);
    expect((await typesIn())?.filter((type) => type === 'wait-chosen')).toHaveLength(1);
    expect((await shipmentOf(services, shipmentId)).status).toBe('backordered');
  });

  it('is refused where nothing waits', async () => {
    await stock(services, 'MUG', 1);
    await order([{ sku: 'MUG', quantity: 1 }]);
    expect(await chooseWait(services, orderId)).toMatchObject({ refused: 'conflict', code: 'nothing-waits' });
    expect(await chooseWait(services, 'SO-404')).toMatchObject({ code: 'unknown-order' });
    await cancelOrder(services, orderId);
    expect(await choices()).toEqual([]);
  });
});

describe('a split by choice at the same time as', () => {
  const rivals = {
    'a receipt': () => receive('MUG', 2),
    'an allocation': () => allocate(services, 'MUG', 'main'),
    'a cancellation': () => cancelOrder(services, orderId),
    'a cancellation ahead': () => cancelOrder(services, 'SO-AHEAD'),
    'a count': () => countStock(services, 'MUG', { counted: 1, location: 'main', reason: 'lost' }),
    'an expiry': () => releaseStock(services, { shipmentId: 'SO-1-1', end: 'expired' }),
    'an urgent order': async () => {
      await reserve(services, await place(services, [{ sku: 'MUG', quantity: 1 }], { priority: 0 }));
    },
    'the same choice': () => chooseSplit(services, orderId),
    'a wait': () => chooseWait(services, orderId),
  };

  it.each(Object.entries(rivals))(
    '%s leaves books that balance, and nobody passed over',
    async (_, act) => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, somebodyIsAhead) => {
          services = await freshServices(database);
          await stock(services, 'MUG', 3);
          if (somebodyIsAhead) await order([{ sku: 'MUG', quantity: 4 }], 'SO-AHEAD');
          await order([{ sku: 'MUG', quantity: 5 }]);
          const quiet = services;
          services = { ...quiet, table: scheduled(quiet.table, scheduler) };
          const both = Promise.all([act(), chooseSplit(services, orderId)]);
          await scheduler.waitFor(both);
          services = quiet;
          const { status } = await shipmentOf(services, 'SO-1-1');
          if (status === 'backordered') await openBackorder(services, { shipmentId: 'SO-1-1' });
          await serve('MUG');

          await expectAuditToPass(services);
          const ahead = (await shipmentsOf(services, 'SO-AHEAD'))[0];
          if (ahead?.status !== 'backordered') return;
          const held = (await shipmentsOf(services, orderId)).flatMap(linesOf);
          expect(held.every(({ allocated }) => allocated === 0)).toBe(true);
        }),
        { numRuns: 12 },
      );
    },
    60_000,
  );
});
