import { readFileSync } from 'node:fs';
import { SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { allocate } from '../../core/backorders/allocate.ts';
import { openBackorder } from '../../core/backorders/split.ts';
import type { ShipmentRow } from '../../core/orders/shipments.ts';
import { openTask, tellWorkflow } from '../../core/orders/tasks.ts';
import { trackOrder } from '../../core/orders/track.ts';
import type { Services } from '../../core/platform/services.ts';
import { Workflow } from '../../core/platform/workflow.ts';
import { shipmentChanged } from '../../core/reactors/shipment-changed.ts';
import { releaseStock } from '../../core/reservations/release.ts';
import { reserveStock } from '../../core/reservations/reserve.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { confirmPack } from '../../core/warehouse/pack.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { confirmShip } from '../../core/warehouse/ship.ts';
import { type Engine, functionArn, startEngine } from '../../local/engine/engine.ts';
import { ManualClock } from '../local/engine/manual-clock.ts';
import { clientConfig, startDatabase } from '../support/database.ts';
import { countersOf, expectAuditToPass, freshServices, place, shipmentOf, stock } from '../support/services.ts';

const database = await startDatabase();
const definition = readFileSync('statemachines/order-fulfillment.asl.json', 'utf8');
const DAY_SECONDS = 24 * 3600;
const shipmentId = 'SO-1-1';

let clock: ManualClock;
let services: Services;
let engine: Engine;
let workflow: Workflow;

/** The real workflow on a clock that is moved by hand. */
beforeEach(async () => {
  clock = new ManualClock();
  services = { ...(await freshServices(database)), now: () => clock.now() };
  const substitutions = {
    ReserveStock: functionArn('reserve-stock'),
    OpenTask: functionArn('open-task'),
    OpenBackorder: functionArn('open-backorder'),
    ReleaseStock: functionArn('release-stock'),
  };
  engine = await startEngine({ stateMachines: [{ name: 'orders', definition, substitutions }], clock });
  engine.registerFunction('reserve-stock', (input) => reserveStock(services, input));
  engine.registerFunction('open-task', (input) => openTask(services, input));
  engine.registerFunction('open-backorder', (input) => openBackorder(services, input));
  engine.registerFunction('release-stock', (input) => releaseStock(services, input));
  engine.run();
  workflow = new Workflow(new SFNClient(clientConfig(engine.endpoint)), engine.stateMachineArn('orders'));
});

afterEach(() => engine.close());

const orderStatus = async () => (await trackOrder(services, 'SO-1'))?.order.status;

async function until(id: string, seen: Partial<ShipmentRow>): Promise<void> {
  await expect.poll(() => shipmentOf(services, id), { timeout: 5000 }).toMatchObject(seen);
}

/** Mugs and pans are ordered, one each, and may be waited for two days. */
async function ordered(stocked: { mugs: number }, ifShort: 'wait' | 'split' = 'wait'): Promise<void> {
  await stock(services, 'MUG', stocked.mugs);
  await stock(services, 'PAN', 0);
  const lines = ['MUG', 'PAN'].map((sku) => ({ sku, quantity: 1 }));
  const row = await place(services, lines, { orderId: 'SO-1', ifShort, waitDays: 2 });
  await shipmentChanged(services, workflow, { row, isNew: true });
}

/** The engine has taken note of the wait, and of its end. */
async function untilItWaits(id = shipmentId): Promise<void> {
  await until(id, { taskStage: 'backorder' });
  await expect.poll(() => clock.pending).toBeGreaterThan(0);
}

it('gives back what an order held when it has waited as long as it was to wait, and tells the customer', async () => {
  await ordered({ mugs: 1 });
  await untilItWaits();
  expect(await countersOf(services, 'MUG')).toEqual({ available: 0, allocated: 1, backordered: 0 });
  clock.advance(2 * DAY_SECONDS - 1);
  expect(await orderStatus()).toBe('backordered');

  clock.advance(1);

  await until(shipmentId, { status: 'expired' });
  await expect.poll(() => engine.counts().transitionsByState.Expired).toBe(1);
  expect(await orderStatus()).toBe('expired');
  expect(await countersOf(services, 'MUG')).toEqual({ available: 1, allocated: 0, backordered: 0 });
  expect(await countersOf(services, 'PAN')).toEqual({ available: 0, allocated: 0, backordered: 0 });
  expect((await trackOrder(services, 'SO-1'))?.timeline.at(-1)).toMatchObject({
    type: 'expired',
    facts: { code: 'expired' },
  });
  await expectAuditToPass(services);
});

it('keeps what came just before the time was over, and goes on to ship it', async () => {
  await ordered({ mugs: 1 });
  await untilItWaits();
  clock.advance(2 * DAY_SECONDS - 1);
  await receiveStock(services, 'PAN', { quantity: 1, location: 'main' });
  await allocate(services, 'PAN', 'main');
  await until(shipmentId, { status: 'reserved' });

  // The stream has not told the workflow yet.
  clock.advance(1);

  await until(shipmentId, { status: 'picking', taskStage: 'pick' });
  expect(engine.counts().transitionsByState).toMatchObject({ ReleaseStock: 1, RouteByEnd: 1, Pick: 1 });
  expect(await countersOf(services, 'PAN')).toEqual({ available: 0, allocated: 1, backordered: 0 });
  expect((await trackOrder(services, 'SO-1'))?.timeline.map(({ type }) => type)).not.toContain('expired');
  await expectAuditToPass(services);
});

it('says of an order whose rest has expired that a part of it was shipped', async () => {
  await ordered({ mugs: 1 }, 'split');
  await until(shipmentId, { taskStage: 'pick' });
  await confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 1 }] });
  await tellWorkflow(workflow, await shipmentOf(services, shipmentId));
  await until(shipmentId, { taskStage: 'pack' });
  await confirmPack(services, shipmentId, {});
  await confirmShip(services, shipmentId, { carrier: 'DHL', trackingNumber: '1' });
  await shipmentChanged(services, workflow, { row: await shipmentOf(services, 'SO-1-2'), isNew: true });
  await untilItWaits('SO-1-2');
  expect(await orderStatus()).toBe('partially-shipped');

  clock.advance(2 * DAY_SECONDS);

  await until('SO-1-2', { status: 'expired' });
  expect(await orderStatus()).toBe('partially-shipped');
  expect(await countersOf(services, 'PAN')).toEqual({ available: 0, allocated: 0, backordered: 0 });
  await expectAuditToPass(services);
});
