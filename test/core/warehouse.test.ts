import { beforeEach, describe, expect, it } from 'vitest';
import { audit } from '../../core/audit/audit.ts';
import { allocate } from '../../core/backorders/allocate.ts';
import type { ShipmentRow } from '../../core/orders/shipments.ts';
import { openTask, signalFor } from '../../core/orders/tasks.ts';
import type { Services } from '../../core/platform/services.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { releaseStock } from '../../core/reservations/release.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { confirmDelivery } from '../../core/warehouse/deliver.ts';
import { confirmPack } from '../../core/warehouse/pack.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { confirmShip } from '../../core/warehouse/ship.ts';
import { listWork } from '../../core/warehouse/work.ts';
import { startDatabase } from '../support/database.ts';
import {
  countersOf,
  expectAuditToPass,
  freshServices,
  levelOf,
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

const tracking = { carrier: 'DHL', trackingNumber: '00340434' };

/** A shipment of two mugs and a pan, up to the stage whose task opens next. */
async function shipmentAt(stage: 'pick' | 'pack' | 'ship' | 'shipped'): Promise<ShipmentRow> {
  await stock(services, 'MUG', 5);
  await stock(services, 'PAN', 1);
  const placed = await place(services, [
    { sku: 'MUG', quantity: 2 },
    { sku: 'PAN', quantity: 1 },
  ]);
  const { shipmentId } = placed;
  await reserve(services, placed);
  await openTask(services, { shipmentId, stage: 'pick', token: 'pick-token' });
  if (stage !== 'pick') await confirmPick(services, shipmentId, { lines: whole });
  if (stage === 'ship' || stage === 'shipped') {
    await openTask(services, { shipmentId, stage: 'pack', token: 'pack-token' });
    await confirmPack(services, shipmentId, {});
  }
  if (stage === 'shipped') {
    await openTask(services, { shipmentId, stage: 'ship', token: 'ship-token' });
    await confirmShip(services, shipmentId, tracking);
  }
  return shipmentOf(services, shipmentId);
}

const whole = [
  { sku: 'MUG', picked: 2 },
  { sku: 'PAN', picked: 1 },
];

describe('pick, pack and ship', () => {
  it('takes the units off the books when they leave', async () => {
    const { shipmentId } = await shipmentAt('shipped');

    expect(await shipmentOf(services, shipmentId)).toMatchObject({ status: 'shipped', tracking });
    expect(await countersOf(services, 'MUG')).toEqual({ available: 3, allocated: 0, backordered: 0 });
    expect(await confirmDelivery(services, shipmentId)).toEqual({ shipmentId, status: 'delivered' });
    await expectAuditToPass(services);
  });

  it('lists open work with bins, weights and dimensions, oldest first', async () => {
    const first = await shipmentAt('pick');
    const second = await place(services, [{ sku: 'MUG', quantity: 1 }]);
    await reserve(services, second);
    await openTask(services, { shipmentId: second.shipmentId, stage: 'pick', token: 't' });

    const { items } = await listWork(services, { stage: 'pick', location: 'main', limit: 10 });

    expect(items.map(({ shipmentId }) => shipmentId)).toEqual([first.shipmentId, second.shipmentId]);
    expect(items[0]?.lines[0]).toEqual({
      sku: 'MUG',
      title: 'Enamel mug',
      quantity: 2,
      bin: 'A-01-1',
      weightGrams: 180,
      dimensionsMm: { length: 120, width: 90, height: 85 },
    });
    expect((await listWork(services, { stage: 'pack', location: 'main', limit: 10 })).items).toEqual([]);
    expect((await listWork(services, { stage: 'pick', location: 'north', limit: 10 })).items).toEqual([]);
  });

  it('answers a confirmation that comes twice as it did the first time, and changes nothing', async () => {
    const { shipmentId } = await shipmentAt('shipped');
    const before = await shipmentOf(services, shipmentId);

    expect(await confirmPick(services, shipmentId, { lines: whole })).toEqual({ shipmentId, status: 'packing' });
    expect(await confirmPack(services, shipmentId, {})).toEqual({ shipmentId, status: 'shipping' });
    expect(await confirmShip(services, shipmentId, tracking)).toEqual({ shipmentId, status: 'shipped' });

    expect(await shipmentOf(services, shipmentId)).toEqual(before);
    expect((await countersOf(services, 'MUG')).allocated).toBe(0);
  });

  it('refuses a confirmation that comes too early, or that says something else than the first', async () => {
    const { shipmentId } = await shipmentAt('pick');
    expect(await confirmPack(services, shipmentId, {})).toMatchObject({ refused: 'conflict', code: 'out-of-step' });
    expect(await confirmShip(services, shipmentId, tracking)).toMatchObject({
      refused: 'conflict',
      code: 'out-of-step',
    });
    expect(await confirmDelivery(services, shipmentId)).toMatchObject({ refused: 'conflict', code: 'out-of-step' });
    await confirmPick(services, shipmentId, { lines: whole });
    await confirmPack(services, shipmentId, {});
    await confirmShip(services, shipmentId, tracking);
    const other = { ...tracking, trackingNumber: 'another' };
    expect(await confirmShip(services, shipmentId, other)).toMatchObject({ code: 'confirmed-differently' });
  });

  it('names what is wrong with what was picked', async () => {
    const { shipmentId } = await shipmentAt('pick');
    const pick = (lines: { sku: string; picked: number }[]) => confirmPick(services, shipmentId, { lines });

    expect(await pick([{ sku: 'MUG', picked: 3 }])).toMatchObject({ refused: 'invalid', field: 'lines[0].picked' });
    expect(await pick([{ sku: 'GHOST', picked: 1 }])).toMatchObject({ refused: 'invalid', field: 'lines[0].sku' });
    expect(await pick([{ sku: 'MUG', picked: 2 }])).toMatchObject({ refused: 'invalid', code: 'line-missing' });
    expect(await confirmPick(services, 'nobody-1', { lines: whole })).toMatchObject({ refused: 'not-found' });
    expect((await shipmentOf(services, shipmentId)).status).toBe('picking');
  });
});

describe('a short pick', () => {
  it('writes off what is missing, marks the bin, and waits at its old place in the queue', async () => {
    const { shipmentId, placedAt } = await shipmentAt('pick');
    const later = await place(services, [{ sku: 'MUG', quantity: 100 }]);
    await reserve(services, later);

    const answer = await confirmPick(services, shipmentId, {
      lines: [
        { sku: 'MUG', picked: 1 },
        { sku: 'PAN', picked: 1 },
      ],
    });

    expect(answer).toEqual({ shipmentId, status: 'backordered' });
    expect(await levelOf(services, 'MUG')).toMatchObject({ available: 3, allocated: 1, backordered: 101 });
    expect((await levelOf(services, 'MUG')).countRequestedAt).toBeDefined();
    expect(signalFor(await shipmentOf(services, shipmentId))).toMatchObject({ kind: 'failure', error: 'ShortPick' });
    // What it was promised rested on units that are not there; what the customer was told stays, to be told a move from.
    const { promise, toldPromisedAt } = await shipmentOf(services, shipmentId);
    expect({ promise, toldPromisedAt }).toEqual({ promise: undefined, toldPromisedAt: expect.any(String) });
    await expectAuditToPassExcept('never-stranded');

    expect(await allocate(services, 'MUG', 'main')).toBe(1);
    expect(await shipmentOf(services, shipmentId)).toMatchObject({ status: 'reserved', placedAt });
    expect((await shipmentOf(services, later.shipmentId)).status).toBe('backordered');
    await expectAuditToPass(services);
  });

  it('is written off once, when it comes twice with one idempotency key', async () => {
    const { shipmentId } = await shipmentAt('pick');
    const request = { key: 'scanner-7', fingerprint: 'x' };
    const lines = [
      { sku: 'MUG', picked: 1 },
      { sku: 'PAN', picked: 1 },
    ];
    const first = await confirmPick(services, shipmentId, { lines }, request);
    await allocate(services, 'MUG', 'main');
    await openTask(services, { shipmentId, stage: 'pick', token: 'again' });

    expect(await confirmPick(services, shipmentId, { lines }, request)).toEqual(first);

    expect(await countersOf(services, 'MUG')).toEqual({ available: 2, allocated: 2, backordered: 0 });
    expect((await shipmentOf(services, shipmentId)).status).toBe('picking');
  });

  it('can find nothing at all', async () => {
    const { shipmentId } = await shipmentAt('pick');
    const lines = whole.map(({ sku }) => ({ sku, picked: 0 }));
    expect(await confirmPick(services, shipmentId, { lines })).toMatchObject({ status: 'backordered' });
    expect(await countersOf(services, 'PAN')).toEqual({ available: 0, allocated: 0, backordered: 1 });
  });

  it('is picked again once the units are there, and then leaves', async () => {
    const { shipmentId } = await shipmentAt('pick');
    await confirmPick(services, shipmentId, {
      lines: [
        { sku: 'MUG', picked: 2 },
        { sku: 'PAN', picked: 0 },
      ],
    });
    await expect(openTask(services, { shipmentId, stage: 'pick', token: 'again' })).rejects.toMatchObject({
      name: 'StillWaiting',
    });
    await receiveStock(services, 'PAN', { quantity: 1, location: 'main' });
    await allocate(services, 'PAN', 'main');
    await openTask(services, { shipmentId, stage: 'pick', token: 'again' });

    expect(await confirmPick(services, shipmentId, { lines: whole })).toEqual({ shipmentId, status: 'packing' });
    await expectAuditToPass(services);
  });
});

describe('a cancellation', () => {
  it.each(['pick', 'pack', 'ship'] as const)('gives everything back while the shipment is up for %s', async (stage) => {
    const { orderId, shipmentId } = await shipmentAt(stage);

    expect(await cancelOrder(services, orderId)).toMatchObject({
      status: 'cancelled',
      unitsCancelled: 3,
      unitsShipped: 0,
    });

    expect(await countersOf(services, 'MUG')).toEqual({ available: 5, allocated: 0, backordered: 0 });
    expect(await countersOf(services, 'PAN')).toEqual({ available: 1, allocated: 0, backordered: 0 });
    expect(signalFor(await shipmentOf(services, shipmentId))).toMatchObject({
      kind: 'failure',
      error: 'OrderCancelled',
    });
    expect(await confirmPick(services, shipmentId, { lines: whole })).toMatchObject({ refused: 'conflict' });
    await expectAuditToPass(services);
  });

  it('is refused once the shipment has left', async () => {
    const { orderId, shipmentId } = await shipmentAt('shipped');
    expect(await cancelOrder(services, orderId)).toMatchObject({ refused: 'conflict', code: 'not-cancellable' });
    expect((await shipmentOf(services, shipmentId)).status).toBe('shipped');
    expect(await releaseStock(services, { shipmentId, end: 'failed' })).toEqual({ shipmentId, status: 'shipped' });
  });

  it('gets the same answer when it comes twice', async () => {
    const { orderId } = await shipmentAt('pick');
    const first = await cancelOrder(services, orderId);
    expect(await cancelOrder(services, orderId)).toEqual(first);
    expect(await cancelOrder(services, 'nobody')).toMatchObject({ refused: 'not-found' });
  });
});

async function expectAuditToPassExcept(promise: string) {
  const { violations } = await audit({ ...services, now: () => new Date(Date.now() + 1000) });
  expect(violations.filter((violation) => violation.promise !== promise)).toEqual([]);
}
