import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { allocate } from '../../core/backorders/allocate.ts';
import { openBackorder } from '../../core/backorders/split.ts';
import type { ShipmentRow } from '../../core/orders/shipments.ts';
import { openTask, signalFor } from '../../core/orders/tasks.ts';
import { trackOrder } from '../../core/orders/track.ts';
import type { Services } from '../../core/platform/services.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { listMovements } from '../../core/stock/movements.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { countStock } from '../../core/warehouse/count.ts';
import { confirmPack } from '../../core/warehouse/pack.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { confirmShip } from '../../core/warehouse/ship.ts';
import { startDatabase } from '../support/database.ts';
import { CutOff, cutOffAfterDecisions } from '../support/faults.ts';
import { scheduled } from '../support/scheduled.ts';
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

const tracking = { carrier: 'DHL', trackingNumber: '1' };
const statusOf = async ({ shipmentId }: ShipmentRow) => (await shipmentOf(services, shipmentId)).status;
const receive = (quantity: number) => receiveStock(services, 'MUG', { quantity, location: 'main' });

function count(counted: number, request?: { key: string; fingerprint: string }) {
  return countStock(services, 'MUG', { counted, location: 'main', reason: 'water damage' }, request);
}

async function order(quantity: number, overrides: Parameters<typeof place>[2] = {}): Promise<ShipmentRow> {
  const shipment = await place(services, [{ sku: 'MUG', quantity }], overrides);
  await reserve(services, shipment);
  return shipment;
}

const pickTask = ({ shipmentId }: ShipmentRow) => openTask(services, { shipmentId, stage: 'pick', token: shipmentId });

async function pack(shipment: ShipmentRow, picked: number) {
  await pickTask(shipment);
  await confirmPick(services, shipment.shipmentId, { lines: [{ sku: 'MUG', picked }] });
}

describe('a count below what is promised', () => {
  it('takes the free units first, and then makes the latest promise yield', async () => {
    await stock(services, 'MUG', 10);
    const first = await order(4);
    const second = await order(4);

    expect(await count(5)).toMatchObject({ difference: -5, unitsYielded: 3 });

    expect(await countersOf(services, 'MUG')).toEqual({ available: 0, allocated: 5, backordered: 3 });
    expect(await statusOf(first)).toBe('reserved');
    const { status, linesWaiting, lines, promise } = await shipmentOf(services, second.shipmentId);
    expect({ status, linesWaiting, promise }).toEqual({ status: 'backordered', linesWaiting: 1, promise: undefined });
    expect(lines[0]).toMatchObject({ allocated: 1, waiting: 3 });
    await expectAuditToPass(services);
  });

  it('takes no more than is missing from those who were promised later', async () => {
    await stock(services, 'MUG', 6);
    const shipments = [await order(2), await order(2), await order(2)];

    await count(3);

    const allocated = await Promise.all(
      shipments.map(async ({ shipmentId }) => (await shipmentOf(services, shipmentId)).lines[0]?.allocated),
    );
    expect(allocated).toEqual([2, 1, 0]);
  });

  it('goes by when units were promised, not by when the order was placed', async () => {
    await stock(services, 'MUG', 0);
    const early = await order(2);
    await receive(2);
    const late = await order(2, { priority: 9 });
    await receive(2);
    await allocate(services, 'MUG', 'main');
    expect([await statusOf(early), await statusOf(late)]).toEqual(['reserved', 'reserved']);
    const urgent = await order(1, { priority: 0 });
    await receive(1);
    await allocate(services, 'MUG', 'main');

    await count(4);

    expect(await statusOf(urgent)).toBe('backordered');
    expect([await statusOf(early), await statusOf(late)]).toEqual(['reserved', 'reserved']);
  });

  it('puts the line back at its old place in the queue', async () => {
    await stock(services, 'MUG', 2);
    const promised = await order(2);
    const waiting = await order(1);

    await count(1);
    await receive(1);
    await allocate(services, 'MUG', 'main');

    expect(await statusOf(promised)).toBe('reserved');
    expect(await statusOf(waiting)).toBe('backordered');
    await expectAuditToPass(services);
  });

  it('tells the customer, and says in the ledger for whom each unit is missing', async () => {
    await stock(services, 'MUG', 5);
    const shipment = await order(4);

    await count(2);

    const { items } = await listMovements(services, { sku: 'MUG', location: 'main', limit: 10 });
    const counts = items.filter(({ type }) => type === 'count');
    expect(counts).toHaveLength(2);
    expect(counts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ available: -1, allocated: 0, backordered: 0, reason: 'water damage' }),
        expect.objectContaining({ available: 0, allocated: -2, backordered: 2, shipmentId: shipment.shipmentId }),
      ]),
    );
    const timeline = (await trackOrder(services, shipment.orderId))?.timeline ?? [];
    expect(timeline.at(-1)).toMatchObject({
      type: 'backordered',
      detail: 'A count found fewer than were promised: waits for 2 of MUG.',
      facts: { waiting: [{ sku: 'MUG', quantity: 2 }] },
    });
  });

  it('takes a pick back from the warehouse', async () => {
    await stock(services, 'MUG', 2);
    const shipment = await order(2);
    await pickTask(shipment);

    await count(1);

    const row = await shipmentOf(services, shipment.shipmentId);
    expect(signalFor(row)).toMatchObject({ kind: 'failure', error: 'ShortPick' });
    const late = await confirmPick(services, shipment.shipmentId, { lines: [{ sku: 'MUG', picked: 2 }] });
    expect(late).toMatchObject({ refused: 'conflict', code: 'out-of-step' });
  });

  it('raises what a line waits for that has a part of its units', async () => {
    await stock(services, 'MUG', 3);
    await stock(services, 'PAN', 0);
    const shipment = await place(services, [
      { sku: 'MUG', quantity: 3 },
      { sku: 'PAN', quantity: 1 },
    ]);
    await reserve(services, shipment);

    await count(2);
    await count(1);

    const { status, lines, linesWaiting } = await shipmentOf(services, shipment.shipmentId);
    expect({ status, linesWaiting }).toEqual({ status: 'backordered', linesWaiting: 2 });
    expect(lines[0]).toMatchObject({ allocated: 1, waiting: 2 });
    await expectAuditToPass(services);
  });

  it('leaves alone what is in cartons, and is refused where that is more than was counted', async () => {
    await stock(services, 'MUG', 4);
    const shelved = await order(2);
    const packed = await order(2);
    await pack(packed, 2);

    expect(await count(1)).toMatchObject({ refused: 'conflict', code: 'counted-below-packed' });
    expect(await countersOf(services, 'MUG')).toEqual({ available: 0, allocated: 4, backordered: 0 });

    expect(await count(2)).toMatchObject({ unitsYielded: 2 });
    expect(await statusOf(packed)).toBe('packing');
    expect(await statusOf(shelved)).toBe('backordered');
    await expectAuditToPass(services);
  });

  it('makes more shipments yield than a transaction holds, two of one order among them', async () => {
    await stock(services, 'MUG', 50);
    await stock(services, 'PAN', 0);
    const split = await place(
      services,
      [
        { sku: 'MUG', quantity: 51 },
        { sku: 'PAN', quantity: 1 },
      ],
      { ifShort: 'split', orderId: 'SO-1' },
    );
    await reserve(services, split);
    await openBackorder(services, { shipmentId: split.shipmentId });
    await receive(31);
    await allocate(services, 'MUG', 'main');
    for (let i = 0; i < 30; i++) await order(1);
    expect(await countersOf(services, 'MUG')).toEqual({ available: 0, allocated: 81, backordered: 0 });

    expect(await count(49)).toMatchObject({ difference: -32, unitsYielded: 32 });

    expect(await countersOf(services, 'MUG')).toEqual({ available: 0, allocated: 49, backordered: 32 });
    expect(await statusOf(split)).toBe('backordered');
    await expectAuditToPass(services);
  });

  describe('and an order of more lines than a transaction holds', () => {
    const skus = Array.from({ length: 40 }, (_, i) => `SKU-${String(i).padStart(2, '0')}`);
    const linesWith = (lines: string[]) => lines.map((sku) => ({ sku, quantity: 1 }));

    beforeEach(async () => {
      await Promise.all(['MUG', ...skus].map((sku) => stock(services, sku, 1)));
    });

    it('that is still being reserved: it goes on, and waits for what was taken', async () => {
      const placed = await place(services, linesWith(['MUG', ...skus]));
      await expect(reserve(cutOffAfterDecisions(services, 1), placed)).rejects.toThrow(CutOff);

      expect(await count(0)).toMatchObject({ unitsYielded: 1 });
      expect(await statusOf(placed)).toBe('placed');
      await expectAuditToPass(services);

      expect(await reserve(services, await shipmentOf(services, placed.shipmentId))).toMatchObject({
        outcome: 'backordered',
      });
      const { linesWaiting, lines } = await shipmentOf(services, placed.shipmentId);
      expect(linesWaiting).toBe(1);
      expect(lines[0]).toMatchObject({ sku: 'MUG', allocated: 0, waiting: 1 });
      await expectAuditToPass(services);
    });

    it('whose cancellation was cut off: what it still held is given back, and counted as free', async () => {
      const placed = await place(services, linesWith([...skus, 'MUG']));
      await reserve(services, placed);
      await expect(cancelOrder(cutOffAfterDecisions(services, 1), placed.orderId)).rejects.toThrow(CutOff);
      expect((await countersOf(services, 'MUG')).allocated).toBe(1);

      expect(await count(0)).toMatchObject({ difference: -1, unitsYielded: 0 });

      expect(await countersOf(services, 'MUG')).toEqual({ available: 0, allocated: 0, backordered: 0 });
      await expectAuditToPass(services);
    });
  });

  it('counts once with its idempotency key, whatever moves in between', async () => {
    await stock(services, 'MUG', 4);
    await order(4);
    const request = { key: 'count-7', fingerprint: 'x' };

    const first = await count(3, request);
    await receive(5);
    const again = await count(3, request);

    expect(again).toEqual(first);
    expect(await countersOf(services, 'MUG')).toEqual({ available: 5, allocated: 3, backordered: 1 });
  });
});

describe('a count at the same time as', () => {
  const rivals = {
    'a receipt': (_: ShipmentRow) => receive(2),
    'an allocation': (_: ShipmentRow) => allocate(services, 'MUG', 'main'),
    'a cancellation': ({ orderId }: ShipmentRow) => cancelOrder(services, orderId),
    'a pick': ({ shipmentId }: ShipmentRow) =>
      confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 2 }] }),
    'a short pick': ({ shipmentId }: ShipmentRow) =>
      confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 1 }] }),
    'a new order': async (_: ShipmentRow) => {
      await order(1);
    },
    'another count': (_: ShipmentRow) => count(2),
    'a shipment that leaves': async ({ shipmentId }: ShipmentRow) => {
      await confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 2 }] });
      await confirmPack(services, shipmentId, {});
      await confirmShip(services, shipmentId, tracking);
    },
  };

  it.each(Object.entries(rivals))(
    '%s leaves books that balance',
    async (_, act) => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, somebodyWaits) => {
          services = await freshServices(database);
          await stock(services, 'MUG', 4);
          const picked = await order(2);
          await pickTask(picked);
          await order(1);
          if (somebodyWaits) await order(2);
          const quiet = services;
          services = { ...quiet, table: scheduled(quiet.table, scheduler) };
          const both = Promise.all([act(picked), count(1)]);
          await scheduler.waitFor(both);
          services = quiet;
          while ((await allocate(services, 'MUG', 'main')) > 0);

          const { available, allocated } = await countersOf(services, 'MUG');
          expect(available).toBeGreaterThanOrEqual(0);
          expect(available + allocated).toBeLessThanOrEqual(4);
          expect((await levelOf(services, 'MUG')).backordered).toBeGreaterThanOrEqual(0);
          await expectAuditToPass(services);
        }),
        { numRuns: 12 },
      );
    },
    60_000,
  );
});
