import { beforeEach, describe, expect, it } from 'vitest';
import { allocate } from '../../core/backorders/allocate.ts';
import { type OpenTask, openTask } from '../../core/orders/tasks.ts';
import type { Services } from '../../core/platform/services.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { confirmPack } from '../../core/warehouse/pack.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { confirmShip } from '../../core/warehouse/ship.ts';
import { startDatabase } from '../support/database.ts';
import { freshServices, place, reserve, shipmentOf, stock } from '../support/services.ts';

const database = await startDatabase();

let services: Services;
let shipmentId: string;

beforeEach(async () => {
  services = await freshServices(database);
  await stock(services, 'MUG', 2);
  const placed = await place(services, [{ sku: 'MUG', quantity: 2 }]);
  await reserve(services, placed);
  shipmentId = placed.shipmentId;
});

const open = (stage: OpenTask['stage'], token: string) => openTask(services, { shipmentId, stage, token });
const task = async () => {
  const { taskStage, taskToken } = await shipmentOf(services, shipmentId);
  return { taskStage, taskToken };
};
const pick = () => confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 2 }] });

describe('the call of a task that comes late', () => {
  it('leaves the task of the next stage alone', async () => {
    await open('pick', 'picking');
    await pick();
    await open('pack', 'packing');
    await confirmPack(services, shipmentId, {});
    await open('ship', 'shipping');

    await open('pack', 'packing');
    expect(await task()).toEqual({ taskStage: 'ship', taskToken: 'shipping' });
  });

  it('leaves the pick alone when the wait is over', async () => {
    await open('pick', 'picking');

    await open('backorder', 'waiting');
    expect(await task()).toEqual({ taskStage: 'pick', taskToken: 'picking' });
  });
});

describe('the call of a task', () => {
  it('takes the place of the pick when the shipment has to wait again, also when that is over by then', async () => {
    await open('pick', 'picking');
    await confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 1 }] });
    await open('backorder', 'waiting');
    expect(await task()).toEqual({ taskStage: 'backorder', taskToken: 'waiting' });

    await receiveStock(services, 'MUG', { quantity: 1, location: 'main' });
    await allocate(services, 'MUG', 'main');
    await open('pick', 'picking again');
    await confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 1 }] });
    await receiveStock(services, 'MUG', { quantity: 1, location: 'main' });
    await allocate(services, 'MUG', 'main');

    await open('backorder', 'waiting again');
    expect(await task()).toEqual({ taskStage: 'backorder', taskToken: 'waiting again' });
  });

  it('takes the place of the one before where the warehouse was faster', async () => {
    await open('pick', 'picking');
    await pick();
    await confirmPack(services, shipmentId, {});
    await confirmShip(services, shipmentId, { carrier: 'DHL', trackingNumber: '1' });

    for (const stage of ['pack', 'ship'] as const) {
      await open(stage, stage);
      expect(await task()).toEqual({ taskStage: stage, taskToken: stage });
    }
  });
});
