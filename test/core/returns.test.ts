import { beforeEach, describe, expect, it } from 'vitest';
import { allocate } from '../../core/backorders/allocate.ts';
import { openTask } from '../../core/orders/tasks.ts';
import { trackOrder } from '../../core/orders/track.ts';
import type { Services } from '../../core/platform/services.ts';
import { listMovements } from '../../core/stock/movements.ts';
import { confirmDelivery } from '../../core/warehouse/deliver.ts';
import { confirmPack } from '../../core/warehouse/pack.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { returnUnits } from '../../core/warehouse/return.ts';
import { confirmShip } from '../../core/warehouse/ship.ts';
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
  await stock(services, 'MUG', 3);
  const placed = await place(services, [{ sku: 'MUG', quantity: 3 }], { orderId: 'SO-1' });
  await reserve(services, placed);
  await openTask(services, { shipmentId: 'SO-1-1', stage: 'pick', token: 'pick' });
  await confirmPick(services, 'SO-1-1', { lines: [{ sku: 'MUG', picked: 3 }] });
  await confirmPack(services, 'SO-1-1', {});
});

const ship = () => confirmShip(services, 'SO-1-1', { carrier: 'DHL', trackingNumber: '0034' });
const takeBack = (quantity: number, sellable: boolean, reason?: string) =>
  returnUnits(services, 'SO-1-1', { lines: [{ sku: 'MUG', quantity, sellable }], ...(reason && { reason }) });

describe('units that come back', () => {
  it('are free to promise where they can be sold, and serve whoever waits', async () => {
    await ship();
    await confirmDelivery(services, 'SO-1-1');
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 1 }], { orderId: 'SO-2' }));

    const answer = await takeBack(2, true, 'wrong color');

    expect(answer).toEqual({ shipmentId: 'SO-1-1', status: 'delivered', unitsSellable: 2, unitsNotSellable: 0 });
    await allocate(services, 'MUG', 'main');
    expect(await countersOf(services, 'MUG')).toEqual({ available: 1, allocated: 1, backordered: 0 });
    expect((await shipmentOf(services, 'SO-2-1')).status).toBe('reserved');
    await expectAuditToPass(services);
  });

  it('change no level where they cannot, and the ledger says what they were', async () => {
    await ship();

    await takeBack(1, false, 'broken in transit');

    expect(await countersOf(services, 'MUG')).toEqual({ available: 0, allocated: 0, backordered: 0 });
    const [newest] = (await listMovements(services, { sku: 'MUG', location: 'main', limit: 1 })).items;
    expect(newest).toMatchObject({
      type: 'return',
      available: 0,
      shipmentId: 'SO-1-1',
      reason: '1 not sellable: broken in transit',
    });
    await expectAuditToPass(services);
  });

  it('show at the order and in its timeline', async () => {
    await ship();
    await takeBack(2, true);

    const tracked = await trackOrder(services, 'SO-1');

    expect(tracked?.shipments[0]?.lines).toMatchObject({ 0: { shipped: 3, returned: 2 } });
    expect(tracked?.timeline.at(-1)).toMatchObject({
      type: 'returned',
      detail: 'Came back: 2 of MUG.',
      facts: { lines: [{ sku: 'MUG', quantity: 2, sellable: true }] },
    });
  });

  it('are never more than have left', async () => {
    expect(await takeBack(1, true)).toMatchObject({ code: 'out-of-step' });
    await ship();
    await takeBack(2, true);

    expect(await takeBack(2, true)).toMatchObject({ code: 'returned-too-many', field: 'lines[0].quantity' });
    const twice = { sku: 'MUG', quantity: 1, sellable: true };
    expect(await returnUnits(services, 'SO-1-1', { lines: [twice, twice] })).toMatchObject({
      code: 'returned-too-many',
      field: 'lines[1].quantity',
    });
    expect(await countersOf(services, 'MUG')).toMatchObject({ available: 2 });
  });

  it('are counted once for each key, and once each when several come at once', async () => {
    await ship();
    const request = { key: 'rma-1', fingerprint: 'the same' };
    const lines = [{ sku: 'MUG', quantity: 1, sellable: true }];

    await Promise.all([
      returnUnits(services, 'SO-1-1', { lines }, request),
      returnUnits(services, 'SO-1-1', { lines }, request),
      ...Array.from({ length: 5 }, () => takeBack(1, true)),
    ]);

    expect(await countersOf(services, 'MUG')).toMatchObject({ available: 3 });
    expect((await shipmentOf(services, 'SO-1-1')).lines).toMatchObject({ 0: { returned: 3 } });
    await expectAuditToPass(services);
  });
});

describe('an order that goes without what is not there', () => {
  it('says what it goes without', async () => {
    await stock(services, 'CUP', 2);
    const placed = await place(
      services,
      [
        { sku: 'CUP', quantity: 3 },
        { sku: 'MUG', quantity: 1 },
      ],
      { orderId: 'SO-3', ifShort: 'cancel' },
    );
    await reserve(services, placed);

    const tracked = await trackOrder(services, 'SO-3');

    expect(tracked?.shipments[0]?.lines).toMatchObject({ 0: { allocated: 2, cancelled: 1 }, 1: { cancelled: 1 } });
    expect(tracked?.timeline.at(-1)).toMatchObject({
      type: 'reserved',
      detail: 'What is in stock is set aside. Not there, and left out as the order asked for: 1 of CUP, 1 of MUG.',
      facts: {
        dropped: [
          { sku: 'CUP', quantity: 1 },
          { sku: 'MUG', quantity: 1 },
        ],
      },
    });
  });
});
