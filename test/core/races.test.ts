import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { allocate } from '../../core/backorders/allocate.ts';
import type { ShipmentRow } from '../../core/orders/shipments.ts';
import { openTask } from '../../core/orders/tasks.ts';
import type { Services } from '../../core/platform/services.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { confirmPack } from '../../core/warehouse/pack.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { confirmShip } from '../../core/warehouse/ship.ts';
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

const tracking = { carrier: 'DHL', trackingNumber: '1' };
const receive = (sku: string, quantity: number) => receiveStock(services, sku, { quantity, location: 'main' });

/** Lets the queue be served until nothing is left to do, as the stream does. */
async function serve(sku: string) {
  while ((await allocate(services, sku, 'main')) > 0);
}

describe('64 clients', () => {
  it('race for the last units: nobody is oversold, and everybody is answered', async () => {
    await stock(services, 'MUG', 30);
    const shipments = await Promise.all(
      Array.from({ length: 64 }, () => place(services, [{ sku: 'MUG', quantity: 1 }])),
    );

    const answers = await Promise.all(shipments.map((shipment) => reserve(services, shipment)));

    expect(answers.filter(({ outcome }) => outcome === 'reserved')).toHaveLength(30);
    expect(answers.filter(({ outcome }) => outcome === 'backordered')).toHaveLength(34);
    expect(await countersOf(services, 'MUG')).toEqual({ available: 0, allocated: 30, backordered: 34 });
    await expectAuditToPass(services);
  });

  it('race for the last units of a SKU that takes no backorders: the others are refused', async () => {
    await stock(services, 'MUG', 30, { backorders: { policy: 'deny' } });
    const shipments = await Promise.all(
      Array.from({ length: 64 }, () => place(services, [{ sku: 'MUG', quantity: 1 }])),
    );

    const answers = await Promise.all(shipments.map((shipment) => reserve(services, shipment)));

    expect(answers.filter(({ outcome }) => outcome === 'reserved')).toHaveLength(30);
    expect(answers.filter(({ outcome }) => outcome === 'rejected')).toHaveLength(34);
    await expectAuditToPass(services);
  });

  it('order several SKUs in every order of lines, and nobody waits for ever', async () => {
    const skus = ['A', 'B', 'C', 'D'];
    for (const sku of skus) await stock(services, sku, 20);
    const shipments = await Promise.all(
      Array.from({ length: 64 }, (_, i) => {
        const turned = [...skus.slice(i % 4), ...skus.slice(0, i % 4)];
        return place(
          services,
          turned.slice(0, 3).map((sku) => ({ sku, quantity: 1 })),
        );
      }),
    );

    await Promise.all(shipments.map((shipment) => reserve(services, shipment)));
    for (const sku of skus) await receive(sku, 64);
    await Promise.all(skus.map(serve));

    for (const { shipmentId } of shipments) expect((await shipmentOf(services, shipmentId)).status).toBe('reserved');
    await expectAuditToPass(services);
  });

  it('cancel, receive and allocate at once, and the books balance', async () => {
    await stock(services, 'MUG', 10);
    const shipments = await Promise.all(
      Array.from({ length: 64 }, () => place(services, [{ sku: 'MUG', quantity: 1 }])),
    );
    await Promise.all(shipments.map((shipment) => reserve(services, shipment)));

    await Promise.all([
      ...shipments.slice(0, 32).map(({ orderId }) => cancelOrder(services, orderId)),
      ...Array.from({ length: 10 }, () => receive('MUG', 2)),
      ...Array.from({ length: 10 }, () => allocate(services, 'MUG', 'main')),
    ]);
    await serve('MUG');

    const { available, allocated, backordered } = await countersOf(services, 'MUG');
    expect(available + allocated).toBe(30);
    expect(allocated + backordered).toBe(32);
    await expectAuditToPass(services);
  });
});

describe('a receipt between the failed reservation and the wait', () => {
  it('serves whoever had just queued', async () => {
    await stock(services, 'MUG', 0);
    const shipment = await place(services, [{ sku: 'MUG', quantity: 1 }]);
    await reserve(services, shipment);

    await receive('MUG', 1);
    await serve('MUG');
    await openTask(services, { shipmentId: shipment.shipmentId, stage: 'backorder', token: 'wait' });

    expect(await shipmentOf(services, shipment.shipmentId)).toMatchObject({
      status: 'reserved',
      taskStage: 'backorder',
    });
  });
});

/** Two things happen to one shipment at once, in any interleaving of their requests. */
describe('two at once', () => {
  const mugs = [{ sku: 'MUG', quantity: 2 }];

  async function upTo(stage: 'placed' | 'backordered' | 'picking' | 'shipping'): Promise<ShipmentRow> {
    await stock(services, 'MUG', stage === 'backordered' ? 0 : 2);
    const placed = await place(services, mugs);
    const { shipmentId } = placed;
    if (stage === 'placed') return placed;
    await reserve(services, placed);
    if (stage === 'backordered') {
      await receive('MUG', 2);
      return placed;
    }
    await openTask(services, { shipmentId, stage: 'pick', token: 'pick' });
    if (stage === 'picking') return placed;
    await confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 2 }] });
    await confirmPack(services, shipmentId, {});
    return placed;
  }

  const rivals = {
    reserve: { stage: 'placed', act: (row: ShipmentRow) => reserve(services, row) },
    allocate: { stage: 'backordered', act: () => allocate(services, 'MUG', 'main') },
    pick: {
      stage: 'picking',
      act: (row: ShipmentRow) => confirmPick(services, row.shipmentId, { lines: [{ sku: 'MUG', picked: 2 }] }),
    },
    'short pick': {
      stage: 'picking',
      act: (row: ShipmentRow) => confirmPick(services, row.shipmentId, { lines: [{ sku: 'MUG', picked: 1 }] }),
    },
    ship: { stage: 'shipping', act: (row: ShipmentRow) => confirmShip(services, row.shipmentId, tracking) },
  } as const;

  it.each(Object.entries(rivals))(
    'a cancellation and a %s leave one truthful end',
    async (_, { stage, act }) => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), async (scheduler) => {
          services = await freshServices(database);
          const row = await upTo(stage);
          const quiet = services;
          services = { ...quiet, table: scheduled(quiet.table, scheduler) };
          const both = Promise.all([act(row), cancelOrder(services, row.orderId)]);
          await scheduler.waitFor(both);
          services = quiet;
          await serve('MUG');

          const { status } = await shipmentOf(services, row.shipmentId);
          expect(['cancelled', 'shipped']).toContain(status);
          const { available, allocated, backordered } = await countersOf(services, 'MUG');
          expect({ allocated, backordered }).toEqual({ allocated: 0, backordered: 0 });
          expect(available).toBeLessThanOrEqual(2);
          if (status === 'shipped') expect(available).toBe(0);
          await expectAuditToPass(services);
        }),
        { numRuns: 15 },
      );
    },
    60_000,
  );
});
