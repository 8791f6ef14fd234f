import { beforeEach, describe, expect, it } from 'vitest';
import { linesOf, shipmentIdOf } from '../../core/orders/shipments.ts';
import { openTask } from '../../core/orders/tasks.ts';
import { trackOrder } from '../../core/orders/track.ts';
import type { Services } from '../../core/platform/services.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { reserveStock } from '../../core/reservations/reserve.ts';
import { putItem } from '../../core/stock/items.ts';
import { startDatabase } from '../support/database.ts';
import {
  anItem,
  anOrder,
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

describe('an order in stock', () => {
  it('gets every line allocated and is reserved', async () => {
    await stock(services, 'MUG', 10);
    await stock(services, 'PAN', 5);
    const shipment = await place(services, [
      { sku: 'MUG', quantity: 3 },
      { sku: 'PAN', quantity: 5 },
    ]);

    const { outcome } = await reserve(services, shipment);

    expect(outcome).toBe('reserved');
    expect(await countersOf(services, 'MUG')).toEqual({ available: 7, allocated: 3, backordered: 0 });
    expect(await countersOf(services, 'PAN')).toEqual({ available: 0, allocated: 5, backordered: 0 });
    expect((await trackOrder(services, shipment.orderId))?.order.status).toBe('reserved');
    await expectAuditToPass(services);
  });

  it('merges two lines of one SKU', async () => {
    await stock(services, 'MUG', 10);
    const shipment = await place(services, [
      { sku: 'MUG', quantity: 3 },
      { sku: 'MUG', quantity: 4 },
    ]);

    await reserve(services, shipment);

    expect(await countersOf(services, 'MUG')).toEqual({ available: 3, allocated: 7, backordered: 0 });
    expect(linesOf(await shipmentOf(services, shipment.shipmentId))).toHaveLength(1);
  });

  it('merges lines of one SKU wherever they stand', async () => {
    const skus = ['A', 'B', 'A', 'C', 'B', 'D', 'A'];
    for (const sku of new Set(skus)) await stock(services, sku, 10);
    const shipment = await place(
      services,
      skus.map((sku) => ({ sku, quantity: 1 })),
    );

    await reserve(services, shipment);

    expect(linesOf(await shipmentOf(services, shipment.shipmentId))).toMatchObject([
      { sku: 'A', quantity: 3, allocated: 3 },
      { sku: 'B', quantity: 2, allocated: 2 },
      { sku: 'C', quantity: 1, allocated: 1 },
      { sku: 'D', quantity: 1, allocated: 1 },
    ]);
    await expectAuditToPass(services);
  });

  it('takes a SKU that is named like something every JavaScript object has', async () => {
    await stock(services, 'constructor', 2);
    const shipment = await place(services, [{ sku: 'constructor', quantity: 2 }]);
    expect((await reserve(services, shipment)).outcome).toBe('reserved');
    await expectAuditToPass(services);
  });
});

describe('an order that is short', () => {
  it('waits for the whole line and leaves what is there to the queue', async () => {
    await stock(services, 'MUG', 2);
    const waiting = await place(services, [{ sku: 'MUG', quantity: 3 }]);
    const later = await place(services, [{ sku: 'MUG', quantity: 1 }]);

    expect((await reserve(services, waiting)).outcome).toBe('backordered');
    expect((await reserve(services, later)).outcome).toBe('backordered');

    expect(await countersOf(services, 'MUG')).toEqual({ available: 2, allocated: 0, backordered: 4 });
    await expectAuditToPass(services);
  });

  it('holds the lines that are there while another one waits', async () => {
    await stock(services, 'MUG', 5);
    await stock(services, 'PAN', 0);
    const shipment = await place(services, [
      { sku: 'MUG', quantity: 5 },
      { sku: 'PAN', quantity: 1 },
    ]);

    expect((await reserve(services, shipment)).outcome).toBe('backordered');

    expect(await countersOf(services, 'MUG')).toEqual({ available: 0, allocated: 5, backordered: 0 });
    expect(await countersOf(services, 'PAN')).toEqual({ available: 0, allocated: 0, backordered: 1 });
    expect((await shipmentOf(services, shipment.shipmentId)).linesWaiting).toBe(1);
    await expectAuditToPass(services);
  });

  it('is rejected, with the SKU and the reason, where backorders are denied, and holds nothing', async () => {
    await stock(services, 'MUG', 5);
    await stock(services, 'PAN', 1, { backorders: { policy: 'deny' } });
    const shipment = await place(services, [
      { sku: 'MUG', quantity: 5 },
      { sku: 'PAN', quantity: 2 },
    ]);

    expect((await reserve(services, shipment)).outcome).toBe('rejected');

    const row = await shipmentOf(services, shipment.shipmentId);
    expect(row.status).toBe('rejected');
    expect(row.endReason).toMatchObject({ code: 'out-of-stock', sku: 'PAN' });
    expect(await countersOf(services, 'MUG')).toEqual({ available: 5, allocated: 0, backordered: 0 });
    expect(await countersOf(services, 'PAN')).toEqual({ available: 1, allocated: 0, backordered: 0 });
    await expectAuditToPass(services);
  });

  it('is rejected when it would pass the limit of units that may be waited for', async () => {
    await stock(services, 'MUG', 0, { backorders: { policy: 'allow', limit: 5 } });
    const first = await place(services, [{ sku: 'MUG', quantity: 4 }]);
    const second = await place(services, [{ sku: 'MUG', quantity: 2 }]);
    const third = await place(services, [{ sku: 'MUG', quantity: 1 }]);

    expect((await reserve(services, first)).outcome).toBe('backordered');
    expect((await reserve(services, second)).outcome).toBe('rejected');
    expect((await reserve(services, third)).outcome).toBe('backordered');

    expect((await shipmentOf(services, second.shipmentId)).endReason).toMatchObject({
      code: 'backorder-limit',
      sku: 'MUG',
    });
    expect((await countersOf(services, 'MUG')).backordered).toBe(5);
  });

  it('is rejected for a SKU that nobody knows', async () => {
    const shipment = await place(services, [{ sku: 'GHOST', quantity: 1 }]);
    expect((await reserve(services, shipment)).outcome).toBe('rejected');
    expect((await shipmentOf(services, shipment.shipmentId)).endReason).toMatchObject({
      code: 'unknown-sku',
      sku: 'GHOST',
    });
    await expectAuditToPass(services);
  });

  it('takes what is there and lets the rest wait, when it is to be split', async () => {
    await stock(services, 'MUG', 2);
    const shipment = await place(services, [{ sku: 'MUG', quantity: 5 }], { ifShort: 'split' });

    expect((await reserve(services, shipment)).outcome).toBe('split');

    expect(await countersOf(services, 'MUG')).toEqual({ available: 0, allocated: 2, backordered: 3 });
    await expectAuditToPass(services);
  });

  it('only waits, when it is to be split and nothing is there', async () => {
    await stock(services, 'MUG', 0);
    const shipment = await place(services, [{ sku: 'MUG', quantity: 5 }], { ifShort: 'split' });
    expect((await reserve(services, shipment)).outcome).toBe('backordered');
  });

  it('drops what is not there, when the rest is to be cancelled, and is rejected when nothing is left', async () => {
    await stock(services, 'MUG', 2, { backorders: { policy: 'deny' } });
    await stock(services, 'PAN', 0);
    const lines = [
      { sku: 'MUG', quantity: 5 },
      { sku: 'PAN', quantity: 1 },
    ];
    const first = await place(services, lines, { ifShort: 'cancel' });
    const second = await place(services, lines, { ifShort: 'cancel' });

    expect((await reserve(services, first)).outcome).toBe('reserved');
    expect((await reserve(services, second)).outcome).toBe('rejected');

    const [mug, pan] = linesOf(await shipmentOf(services, first.shipmentId));
    expect(mug).toMatchObject({ allocated: 2, cancelled: 3, waiting: 0 });
    expect(pan).toMatchObject({ allocated: 0, cancelled: 1, waiting: 0 });
    expect(await countersOf(services, 'PAN')).toEqual({ available: 0, allocated: 0, backordered: 0 });
    await expectAuditToPass(services);
  });
});

describe('an order of many lines', () => {
  const lines = Array.from({ length: 1000 }, (_, i) => ({ sku: `SKU-${i}`, quantity: 2 }));

  async function stockAll(overrides: Parameters<typeof anItem>[0] = {}) {
    await Promise.all(
      lines.map(async ({ sku }) => {
        await putItem(services, sku, anItem(overrides));
        await stock(services, sku, 3, overrides);
      }),
    );
  }

  it('is reserved in chunks', async () => {
    await stockAll();
    const shipment = await place(services, lines);

    expect((await reserve(services, shipment)).outcome).toBe('reserved');

    expect(await countersOf(services, 'SKU-0')).toEqual({ available: 1, allocated: 2, backordered: 0 });
    expect(await countersOf(services, 'SKU-999')).toEqual({ available: 1, allocated: 2, backordered: 0 });
    await expectAuditToPass(services);
  });

  it('gives back its first lines when one of the last is refused', async () => {
    await stockAll();
    await stock(services, 'LAST', 0, { backorders: { policy: 'deny' } });
    const shipment = await place(services, [...lines.slice(0, 99), { sku: 'LAST', quantity: 1 }]);

    expect((await reserve(services, shipment)).outcome).toBe('rejected');

    expect(await countersOf(services, 'SKU-0')).toEqual({ available: 3, allocated: 0, backordered: 0 });
    await expectAuditToPass(services);
  });
});

describe('an execution', () => {
  it('may bring a whole order along, and places it', async () => {
    await stock(services, 'MUG', 2);
    const order = { ...anOrder([{ sku: 'MUG', quantity: 1 }]), orderId: 'ERP-7' };

    const first = await reserveStock(services, { executionName: 'from-the-erp', input: { order } });
    const repeat = await reserveStock(services, { executionName: 'from-the-erp', input: { order } });

    expect(first).toMatchObject({ outcome: 'reserved', shipmentId: 'ERP-7-1' });
    expect(repeat).toEqual(first);
    expect((await countersOf(services, 'MUG')).allocated).toBe(1);
  });

  it('leaves a shipment alone that another execution walks', async () => {
    await stock(services, 'MUG', 2);
    const order = { ...anOrder([{ sku: 'MUG', quantity: 1 }]), orderId: 'ERP-7' };
    await reserveStock(services, { executionName: 'from-the-erp', input: { order } });

    const second = await reserveStock(services, { executionName: 'again', input: { order } });

    expect(second.outcome).toBe('elsewhere');
    expect((await countersOf(services, 'MUG')).allocated).toBe(1);
  });

  it('is told by name that its input is no order, or that another order has its id', async () => {
    const order = { ...anOrder([{ sku: 'MUG', quantity: 1 }]), orderId: 'ERP-7' };
    await reserveStock(services, { executionName: 'one', input: { order } });
    const other = { ...order, lines: [{ sku: 'MUG', quantity: 2 }] };

    await expect(reserveStock(services, { executionName: 'two', input: { order: other } })).rejects.toMatchObject({
      name: 'OrderIdTaken',
    });
    await expect(
      reserveStock(services, { executionName: 'three', input: { order: { lines: [] } } }),
    ).rejects.toMatchObject({
      name: 'InvalidInput',
    });
  });

  it('finds that its shipment ended before it came', async () => {
    await stock(services, 'MUG', 2);
    const shipment = await place(services, [{ sku: 'MUG', quantity: 1 }]);
    await cancelOrder(services, shipment.orderId);

    expect((await reserve(services, shipment)).outcome).toBe('ended');
    await expect(
      openTask(services, { shipmentId: shipmentIdOf(shipment.orderId, 1), stage: 'pick', token: 't' }),
    ).rejects.toMatchObject({ name: 'OrderCancelled' });
    expect(await countersOf(services, 'MUG')).toEqual({ available: 2, allocated: 0, backordered: 0 });
    await expectAuditToPass(services);
  });
});
