import { beforeEach, describe, expect, it } from 'vitest';
import { allocate } from '../../core/backorders/allocate.ts';
import { openBackorder } from '../../core/backorders/split.ts';
import { linesOf } from '../../core/orders/shipments.ts';
import { trackOrder } from '../../core/orders/track.ts';
import type { Services } from '../../core/platform/services.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { endShipment } from '../../core/reservations/release.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { startDatabase } from '../support/database.ts';
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

const receive = (sku: string, quantity: number) => receiveStock(services, sku, { quantity, location: 'main' });
const statusOf = async (shipmentId: string) => (await shipmentOf(services, shipmentId)).status;

async function waitFor(sku: string, quantity: number, overrides: Parameters<typeof place>[2] = {}) {
  const shipment = await place(services, [{ sku, quantity }], overrides);
  await reserve(services, shipment);
  return shipment;
}

describe('the queue', () => {
  it('gives restocked units to whoever waited longest', async () => {
    await stock(services, 'MUG', 0);
    const first = await waitFor('MUG', 2);
    const second = await waitFor('MUG', 2);

    await receive('MUG', 3);
    expect(await allocate(services, 'MUG', 'main')).toBe(1);

    expect(await statusOf(first.shipmentId)).toBe('reserved');
    expect(await statusOf(second.shipmentId)).toBe('backordered');
    expect(await countersOf(services, 'MUG')).toEqual({ available: 1, allocated: 2, backordered: 2 });
    await expectAuditToPass(services);
  });

  it('lets nobody behind a large order slip past it', async () => {
    await stock(services, 'MUG', 0);
    const large = await waitFor('MUG', 10);
    const small = await waitFor('MUG', 1);

    await receive('MUG', 9);
    expect(await allocate(services, 'MUG', 'main')).toBe(0);
    expect(await statusOf(small.shipmentId)).toBe('backordered');

    await receive('MUG', 2);
    expect(await allocate(services, 'MUG', 'main')).toBe(2);
    expect(await statusOf(large.shipmentId)).toBe('reserved');
    expect(await statusOf(small.shipmentId)).toBe('reserved');
  });

  it('serves priority 0 before 5, and within one priority by time', async () => {
    await stock(services, 'MUG', 0);
    const normal = await waitFor('MUG', 1);
    const urgent = await waitFor('MUG', 1, { priority: 0 });

    await receive('MUG', 1);
    await allocate(services, 'MUG', 'main');

    expect(await statusOf(urgent.shipmentId)).toBe('reserved');
    expect(await statusOf(normal.shipmentId)).toBe('backordered');
  });

  it('makes a shipment ready when its last line has its units', async () => {
    await stock(services, 'MUG', 0);
    await stock(services, 'PAN', 0);
    const shipment = await place(services, [
      { sku: 'MUG', quantity: 1 },
      { sku: 'PAN', quantity: 1 },
    ]);
    await reserve(services, shipment);

    await receive('MUG', 1);
    await allocate(services, 'MUG', 'main');
    expect(await statusOf(shipment.shipmentId)).toBe('backordered');

    await receive('PAN', 1);
    await allocate(services, 'PAN', 'main');
    expect(await statusOf(shipment.shipmentId)).toBe('reserved');
    await expectAuditToPass(services);
  });

  it('serves each location from its own stock', async () => {
    await stock(services, 'MUG', 0);
    await stock(services, 'MUG', 0, { location: 'north' });
    const main = await waitFor('MUG', 1);
    const north = await waitFor('MUG', 1, { location: 'north' });

    await receiveStock(services, 'MUG', { quantity: 1, location: 'north' });
    expect(await allocate(services, 'MUG', 'main')).toBe(0);
    expect(await allocate(services, 'MUG', 'north')).toBe(1);

    expect(await statusOf(north.shipmentId)).toBe('reserved');
    expect(await statusOf(main.shipmentId)).toBe('backordered');
  });

  it('moves up when somebody ahead cancels', async () => {
    await stock(services, 'MUG', 1);
    const large = await waitFor('MUG', 5);
    const small = await waitFor('MUG', 1);

    await cancelOrder(services, large.orderId);
    expect(await allocate(services, 'MUG', 'main')).toBe(1);

    expect(await statusOf(small.shipmentId)).toBe('reserved');
    await expectAuditToPass(services);
  });

  it('frees a head whose end was cut off before it had left the queue', async () => {
    await stock(services, 'MUG', 0);
    const many = Array.from({ length: 40 }, (_, i) => ({ sku: `SKU-${i}`, quantity: 1 }));
    for (const { sku } of many) await stock(services, sku, 0);
    const large = await place(services, [...many, { sku: 'MUG', quantity: 1 }]);
    await reserve(services, large);
    const next = await waitFor('MUG', 1);
    // The first transaction of an end settles the first lines only; the last line, the mug, is still in the queue.
    let requests = 0;
    const cutAfterFirstWrite: Services = {
      ...services,
      table: Object.assign(Object.create(services.table), {
        decide: (...args: Parameters<Services['table']['decide']>) => {
          if (++requests > 1) throw new Error('cut off');
          return services.table.decide(...args);
        },
        get: services.table.get.bind(services.table),
      }),
    };
    const reason = { code: 'cancelled', detail: 'for the test' };
    await expect(endShipment(cutAfterFirstWrite, large.shipmentId, 'cancelled', reason)).rejects.toThrow('cut off');
    expect((await countersOf(services, 'MUG')).backordered).toBe(2);

    await receive('MUG', 1);
    expect(await allocate(services, 'MUG', 'main')).toBe(1);

    expect(await statusOf(next.shipmentId)).toBe('reserved');
    await expectAuditToPass(services);
  });
});

describe('a split', () => {
  it('moves what waits to a shipment of its own, at its old place in the queue', async () => {
    await stock(services, 'MUG', 2);
    await stock(services, 'PAN', 1);
    const split = await place(
      services,
      [
        { sku: 'MUG', quantity: 5 },
        { sku: 'PAN', quantity: 1 },
      ],
      { ifShort: 'split' },
    );
    await reserve(services, split);
    const later = await waitFor('MUG', 1);

    await openBackorder(services, { shipmentId: split.shipmentId });
    await openBackorder(services, { shipmentId: split.shipmentId });

    const backorderId = `${split.orderId}-2`;
    const [now, follows] = [await shipmentOf(services, split.shipmentId), await shipmentOf(services, backorderId)];
    expect(now.status).toBe('reserved');
    expect(linesOf(now)).toMatchObject([
      { sku: 'MUG', quantity: 2, allocated: 2, waiting: 0 },
      { sku: 'PAN', quantity: 1, allocated: 1, waiting: 0 },
    ]);
    expect(follows).toMatchObject({ status: 'backordered', linesWaiting: 1, placedAt: split.placedAt });
    expect(linesOf(follows)).toMatchObject([{ sku: 'MUG', quantity: 3, waiting: 3 }]);
    expect((await trackOrder(services, split.orderId))?.shipments).toHaveLength(2);
    await receive('MUG', 3);
    await allocate(services, 'MUG', 'main');
    expect(await statusOf(backorderId)).toBe('reserved');
    expect(await statusOf(later.shipmentId)).toBe('backordered');
    await expectAuditToPass(services);
  });

  it('moves a thousand waiting lines in several shipments and loses none', async () => {
    const skus = Array.from({ length: 120 }, (_, i) => `SKU-${i}`);
    for (const sku of skus) await stock(services, sku, 0);
    await stock(services, 'MUG', 1);
    const lines = [...skus.map((sku) => ({ sku, quantity: 1 })), { sku: 'MUG', quantity: 1 }];
    const split = await place(services, lines, { ifShort: 'split' });
    expect((await reserve(services, split)).outcome).toBe('split');

    await openBackorder(services, { shipmentId: split.shipmentId });

    const { shipments = [], order } = (await trackOrder(services, split.orderId)) ?? {};
    expect(shipments.map(({ status }) => status)).toEqual(['reserved', 'backordered', 'backordered', 'backordered']);
    expect(shipments.slice(1).flatMap(linesOf)).toHaveLength(120);
    expect(order).toMatchObject({ status: 'backordered', shipmentCount: 4 });
    await expectAuditToPass(services);
  });

  it('has nothing to do once what was waited for is there', async () => {
    await stock(services, 'MUG', 2);
    const split = await place(services, [{ sku: 'MUG', quantity: 5 }], { ifShort: 'split' });
    await reserve(services, split);
    await receive('MUG', 3);
    await allocate(services, 'MUG', 'main');

    await openBackorder(services, { shipmentId: split.shipmentId });

    expect((await trackOrder(services, split.orderId))?.shipments).toHaveLength(1);
    expect(await statusOf(split.shipmentId)).toBe('reserved');
  });

  it('is given up for an order that was cancelled in the meantime', async () => {
    await stock(services, 'MUG', 2);
    const split = await place(services, [{ sku: 'MUG', quantity: 5 }], { ifShort: 'split' });
    await reserve(services, split);
    await cancelOrder(services, split.orderId);

    await expect(openBackorder(services, { shipmentId: split.shipmentId })).rejects.toMatchObject({
      name: 'OrderCancelled',
    });
    await expectAuditToPass(services);
  });

  it('is cancelled with both its shipments', async () => {
    await stock(services, 'MUG', 2);
    const split = await place(services, [{ sku: 'MUG', quantity: 5 }], { ifShort: 'split' });
    await reserve(services, split);
    await openBackorder(services, { shipmentId: split.shipmentId });

    expect(await cancelOrder(services, split.orderId)).toMatchObject({
      status: 'cancelled',
      unitsCancelled: 5,
      unitsShipped: 0,
    });

    expect(await countersOf(services, 'MUG')).toEqual({ available: 2, allocated: 0, backordered: 0 });
    await expectAuditToPass(services);
  });
});
