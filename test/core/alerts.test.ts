import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertRow } from '../../core/alerts/alert.ts';
import { listAlerts } from '../../core/alerts/list.ts';
import { watchLevel } from '../../core/alerts/low-stock.ts';
import { alertMessage } from '../../core/alerts/message.ts';
import type { Services } from '../../core/platform/services.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { endShipment } from '../../core/reservations/release.ts';
import { putItem } from '../../core/stock/items.ts';
import type { StockRow } from '../../core/stock/levels.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { startDatabase } from '../support/database.ts';
import { anItem, freshServices, levelOf, place, reserve, stock } from '../support/services.ts';

const database = await startDatabase();
let services: Services;

beforeEach(async () => {
  services = await freshServices(database);
});

const alerts = async () => (await listAlerts(services, { location: 'main', limit: 100 })).items;

/** Does something to the mugs, and looks at the change as often as a stream may deliver it. */
async function watched(change: () => Promise<unknown>, times = 1): Promise<void> {
  const before = await levelOf(services, 'MUG');
  await change();
  const after = await levelOf(services, 'MUG');
  for (let i = 0; i < times; i++) await watchLevel(services, before, after);
}

const order = (quantity: number) => async () => reserve(services, await place(services, [{ sku: 'MUG', quantity }]));
const receive = (quantity: number) => () => receiveStock(services, 'MUG', { quantity, location: 'main' });

describe('low stock', () => {
  it('is reported once when the level crosses the reorder point, however often it moves below', async () => {
    await stock(services, 'MUG', 12, { reorderPoint: 10 });
    await watched(order(1));
    expect(await alerts()).toHaveLength(0);
    await watched(order(1), 3);
    await watched(order(3), 3);
    await watched(order(20), 3);
    expect(await alerts()).toMatchObject([
      { kind: 'low-stock', severity: 'warning', sku: 'MUG', title: 'Enamel mug', available: 10, reorderPoint: 10 },
    ]);
  });

  it('is not reported again until the level has been well above', async () => {
    await stock(services, 'MUG', 11, { reorderPoint: 10 });
    await watched(order(1));
    await watched(receive(1));
    await watched(order(1));
    expect(await alerts()).toHaveLength(1);
    await watched(receive(10));
    await watched(order(10));
    expect(await alerts()).toHaveLength(2);
  });

  it('counts units that are waited for as gone', async () => {
    await stock(services, 'MUG', 11, { reorderPoint: 10 });
    await watched(order(12));
    expect(await alerts()).toMatchObject([{ available: 11, backordered: 12 }]);
  });

  it('is not reported of an item that has only just been put', async () => {
    await putItem(services, 'MUG', anItem({ reorderPoint: 10 }));
    await watchLevel(services, undefined, await levelOf(services, 'MUG'));
    await watched(receive(5));
    expect(await alerts()).toHaveLength(0);
  });

  it('is reported when the merchant raises the reorder point above the level', async () => {
    await stock(services, 'MUG', 11, { reorderPoint: 10 });
    await watched(() => putItem(services, 'MUG', anItem({ reorderPoint: 20 })));
    expect(await alerts()).toHaveLength(1);
  });

  it('is not reported of a level that has risen since', async () => {
    await stock(services, 'MUG', 11, { reorderPoint: 10 });
    const before = await levelOf(services, 'MUG');
    await order(5)();
    const low = await levelOf(services, 'MUG');
    await receive(50)();
    await watchLevel(services, before, low);
    expect(await alerts()).toHaveLength(0);
  });

  it('is not reported again when the change comes again, and the merchant has lowered the reorder point since', async () => {
    await stock(services, 'MUG', 15, { reorderPoint: 12 });
    const before = await levelOf(services, 'MUG');
    await order(7)();
    const low = await levelOf(services, 'MUG');
    await watchLevel(services, before, low);
    await watched(() => putItem(services, 'MUG', anItem({ reorderPoint: 2 })));

    await watchLevel(services, before, low);
    expect(await alerts()).toHaveLength(1);
  });

  it('is reported as it is now, when the change is looked at late', async () => {
    await stock(services, 'MUG', 11, { reorderPoint: 10 });
    const before = await levelOf(services, 'MUG');
    await order(1)();
    const low: StockRow = await levelOf(services, 'MUG');
    await order(4)();
    await Promise.all([watchLevel(services, before, low), watchLevel(services, before, low)]);
    expect(await alerts()).toMatchObject([{ available: 6 }]);
  });
});

describe('a failed shipment', () => {
  it('is reported with what to do, and a cancelled one is not', async () => {
    await stock(services, 'MUG', 5);
    const failed = await place(services, [{ sku: 'MUG', quantity: 1 }]);
    const cancelled = await place(services, [{ sku: 'MUG', quantity: 1 }]);
    const reason = { code: 'States.Timeout', detail: 'The workflow gave up: States.Timeout.' };
    await endShipment(services, failed.shipmentId, 'failed', reason);
    await endShipment(services, failed.shipmentId, 'failed', reason);
    await cancelOrder(services, cancelled.orderId);

    expect(await alerts()).toMatchObject([
      { kind: 'failed-shipment', severity: 'critical', shipmentId: failed.shipmentId },
    ]);
  });
});

describe('the message', () => {
  const alert: AlertRow = {
    pk: 'ALERT#main',
    sk: 'x',
    alertId: 'a-1',
    location: 'main',
    at: '2026-03-02T09:00:00.000Z',
    kind: 'low-stock',
    severity: 'warning',
    sku: 'MUG',
    title: 'Enamel mug, écru',
    available: 4,
    allocated: 9,
    backordered: 1,
    incoming: 0,
    reorderPoint: 10,
    leadTimeDays: 14,
  };

  it('tells a merchant what is left, what waits, what is coming in, and what to do', () => {
    expect(alertMessage(alert).text).toMatchInlineSnapshot(`
      "Enamel mug, écru is running low at main.

      Item:                    Enamel mug, écru (MUG)
      Location:                main
      Free to sell:            4 units
      Promised to orders:      9 units
      Waited for by customers: 1 unit
      Coming in:               0 units
      Reorder point:           10 units
      Supplier lead time:      14 days

      What to do: order more now. Customers already wait for 1 unit. You will not hear of this item again until its stock has been well above the reorder point.

      warning, main, 2026-03-02T09:00:00.000Z"
    `);
  });

  it("says the same to machines, without the table's keys, and lets subscriptions filter", () => {
    const { subject, json, attributes } = alertMessage(alert);
    expect(subject).toBe('Low stock: MUG at main, 4 units left');
    expect(json).toEqual({
      version: 1,
      alertId: 'a-1',
      location: 'main',
      at: '2026-03-02T09:00:00.000Z',
      kind: 'low-stock',
      severity: 'warning',
      sku: 'MUG',
      title: 'Enamel mug, écru',
      available: 4,
      allocated: 9,
      backordered: 1,
      incoming: 0,
      reorderPoint: 10,
      leadTimeDays: 14,
    });
    expect(attributes).toEqual({ kind: 'low-stock', severity: 'warning', location: 'main', sku: 'MUG' });
  });
});
