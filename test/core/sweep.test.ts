import { readFileSync } from 'node:fs';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { changePriority } from '../../core/backorders/change-priority.ts';
import { chooseSplit } from '../../core/backorders/choose-split.ts';
import { openBackorder } from '../../core/backorders/split.ts';
import { announceInbound } from '../../core/inbound/announce.ts';
import { openTask } from '../../core/orders/tasks.ts';
import type { Services } from '../../core/platform/services.ts';
import { keys, prefixes } from '../../core/platform/table/keys.ts';
import { update } from '../../core/platform/table/writes.ts';
import { Workflow } from '../../core/platform/workflow.ts';
import { goOn, isToBeChecked, repromise } from '../../core/promises/repromise.ts';
import { roundsUnderWay } from '../../core/promises/round.ts';
import { sweep } from '../../core/reactors/sweep.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { releaseStock } from '../../core/reservations/release.ts';
import { reserveStock } from '../../core/reservations/reserve.ts';
import { headOfQueue } from '../../core/stock/queue.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { supplyOf } from '../../core/stock/supply.ts';
import { confirmPack } from '../../core/warehouse/pack.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { confirmShip } from '../../core/warehouse/ship.ts';
import { type Engine, functionArn, startEngine } from '../../local/engine/engine.ts';
import { clientConfig, startDatabase } from '../support/database.ts';
import { CutOff, cutOffAfterDecisions, failWhatSays } from '../support/faults.ts';
import {
  expectAuditToPass,
  freshServices,
  levelOf,
  place,
  reserve,
  servicesOn,
  shipmentOf,
  stock,
} from '../support/services.ts';

const database = await startDatabase();
const definition = readFileSync('statemachines/order-fulfillment.asl.json', 'utf8');
const nothing = {
  executionsStarted: 0,
  executionsReplaced: 0,
  tasksTold: 0,
  placesTaken: 0,
  linesAllocated: 0,
  inboundBooked: 0,
  datesMoved: 0,
};

let services: Services;
let engine: Engine;
let workflow: Workflow;

/** The real workflow, on a table whose stream nobody reads: whatever the stream should do is lost. All of it happened minutes ago. */
beforeEach(async () => {
  services = { ...(await freshServices(database)), now: () => new Date(Date.now() - 5 * 60_000) };
  engine = await startEngine({
    stateMachines: [
      {
        name: 'order-fulfillment',
        definition,
        substitutions: {
          ReserveStock: functionArn('reserve-stock'),
          OpenTask: functionArn('open-task'),
          OpenBackorder: functionArn('open-backorder'),
          ReleaseStock: functionArn('release-stock'),
        },
      },
    ],
  });
  engine.registerFunction('reserve-stock', (input) => reserveStock(services, input));
  engine.registerFunction('open-task', (input) => openTask(services, input));
  engine.registerFunction('open-backorder', (input) => openBackorder(services, input));
  engine.registerFunction('release-stock', (input) => releaseStock(services, input));
  engine.run();
  workflow = new Workflow(new SFNClient(clientConfig(engine.endpoint)), engine.stateMachineArn('order-fulfillment'));
});

afterEach(() => engine.close());

const sweepLater = (minutes = 0) =>
  sweep({ ...services, now: () => new Date(Date.now() + minutes * 60_000) }, workflow);

function unreachableWorkflow(): Workflow {
  const nobody = new SFNClient({ ...clientConfig('http://127.0.0.1:9'), maxAttempts: 1 });
  return new Workflow(nobody, engine.stateMachineArn('order-fulfillment'));
}

async function untilStage(shipmentId: string, stage: string) {
  await expect.poll(async () => (await shipmentOf(services, shipmentId)).taskStage, { timeout: 5000 }).toBe(stage);
}

it('brings an order from placed to shipped without any stream, and counts each repair', async () => {
  await stock(services, 'MUG', 5);
  const { shipmentId } = await place(services, [{ sku: 'MUG', quantity: 2 }]);

  expect(await sweepLater()).toEqual({ ...nothing, executionsStarted: 1 });
  await untilStage(shipmentId, 'pick');
  await confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 2 }] });
  expect(await sweepLater()).toEqual({ ...nothing, tasksTold: 1 });
  await untilStage(shipmentId, 'pack');
  await confirmPack(services, shipmentId, {});
  expect(await sweepLater()).toEqual({ ...nothing, tasksTold: 1 });
  await untilStage(shipmentId, 'ship');
  await confirmShip(services, shipmentId, { carrier: 'DHL', trackingNumber: '1' });
  expect(await sweepLater()).toEqual({ ...nothing, tasksTold: 1 });

  await expect.poll(() => engine.counts().executions.SUCCEEDED).toBe(1);
  expect(await sweepLater()).toEqual(nothing);
  expect((await shipmentOf(services, shipmentId)).openShard).toBeUndefined();
  await expectAuditToPass(services);
});

it('finds an execution that the warehouse has overtaken, at every stage', async () => {
  await stock(services, 'MUG', 5);
  const { shipmentId } = await place(services, [{ sku: 'MUG', quantity: 2 }]);
  await sweepLater();
  await untilStage(shipmentId, 'pick');
  await confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 2 }] });
  await confirmPack(services, shipmentId, {});
  await confirmShip(services, shipmentId, { carrier: 'DHL', trackingNumber: '1' });

  expect(await sweepLater()).toEqual({ ...nothing, tasksTold: 1 });
  await untilStage(shipmentId, 'pack');
  expect(await sweepLater()).toEqual({ ...nothing, tasksTold: 1 });
  await untilStage(shipmentId, 'ship');
  expect(await sweepLater()).toEqual({ ...nothing, tasksTold: 1 });

  await expect.poll(() => engine.counts().executions.SUCCEEDED).toBe(1);
  expect((await shipmentOf(services, shipmentId)).openShard).toBeUndefined();
});

it('starts the execution of what was split off', async () => {
  await stock(services, 'MUG', 2);
  await stock(services, 'BOWL', 0);
  const lines = [
    { sku: 'MUG', quantity: 2 },
    { sku: 'BOWL', quantity: 1 },
  ];
  const { shipmentId } = await place(services, lines, { orderId: 'SO-1', ifShort: 'split' });
  await sweepLater();
  await untilStage(shipmentId, 'pick');

  await sweepLater(2);
  await untilStage('SO-1-2', 'backorder');
  expect(await sweepLater(2)).toEqual(nothing);
});

it('serves a queue whose head fits, and wakes whoever waited', async () => {
  await stock(services, 'MUG', 0);
  const { shipmentId } = await place(services, [{ sku: 'MUG', quantity: 2 }]);
  await sweepLater();
  await untilStage(shipmentId, 'backorder');
  await receiveStock(services, 'MUG', { quantity: 2, location: 'main' });

  expect(await sweepLater()).toEqual({ ...nothing, linesAllocated: 1 });
  expect(await sweepLater(5)).toEqual({ ...nothing, tasksTold: 1 });

  await untilStage(shipmentId, 'pick');
});

it('tells the workflow of a cancellation', async () => {
  await stock(services, 'MUG', 0);
  const { shipmentId, orderId } = await place(services, [{ sku: 'MUG', quantity: 2 }]);
  await sweepLater();
  await untilStage(shipmentId, 'backorder');
  await cancelOrder(services, orderId);

  expect(await sweepLater()).toEqual({ ...nothing, tasksTold: 1 });

  await expect.poll(() => engine.counts().executions.SUCCEEDED).toBe(1);
  expect(engine.counts().transitionsByState.Cancelled).toBe(1);
  expect(await sweepLater()).toEqual(nothing);
});

it('has the workflow split an order whose customer has chosen to take what is there', async () => {
  await stock(services, 'MUG', 1);
  const { shipmentId, orderId } = await place(services, [{ sku: 'MUG', quantity: 2 }]);
  await sweepLater();
  await untilStage(shipmentId, 'backorder');
  await chooseSplit(services, orderId);

  expect(await sweepLater()).toEqual({ ...nothing, tasksTold: 1 });

  await untilStage(shipmentId, 'pick');
  expect(engine.counts().transitionsByState.OpenBackorder).toBe(1);
  expect(await shipmentOf(services, `${orderId}-2`)).toMatchObject({ status: 'backordered', linesWaiting: 1 });
  await expectAuditToPass(services);
});

it('moves lines to their new places that were left where they were', async () => {
  await stock(services, 'MUG', 0);
  const { shipmentId, orderId } = await place(services, [{ sku: 'MUG', quantity: 2 }]);
  await sweepLater();
  await untilStage(shipmentId, 'backorder');
  const change = { priority: 0, reason: 'VIP' };
  await expect(changePriority(cutOffAfterDecisions(services, 1), orderId, change)).rejects.toThrow(CutOff);
  expect((await headOfQueue(services, 'MUG', 'main'))?.priority).toBe(5);

  expect(await sweepLater()).toMatchObject({ placesTaken: 1 });

  expect((await headOfQueue(services, 'MUG', 'main'))?.priority).toBe(0);
  expect((await sweepLater(5)).placesTaken).toBe(0);
  await expectAuditToPass(services);
});

it('leaves alone what has only just changed, as the stream is still at it', async () => {
  await stock(services, 'MUG', 5);
  await place(services, [{ sku: 'MUG', quantity: 2 }]);
  expect(await sweep(services, workflow)).toEqual(nothing);
});

it('has nothing to do on an empty table', async () => {
  expect(await sweepLater()).toEqual(nothing);
});

describe('an execution that was stopped', () => {
  const stop = async (name: string) => {
    const executionArn = `${engine.stateMachineArn('order-fulfillment').replace(':stateMachine:', ':execution:')}:${name}`;
    await new SFNClient(clientConfig(engine.endpoint)).send(new StopExecutionCommand({ executionArn }));
  };

  it('is replaced by one that goes on from where the shipment is, once', async () => {
    await stock(services, 'MUG', 2);
    const { shipmentId } = await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId: 'SO-1' });
    await sweepLater();
    await untilStage(shipmentId, 'pick');
    await stop(shipmentId);

    expect(await sweepLater(2)).toEqual({ ...nothing, executionsReplaced: 1 });
    await untilStage(shipmentId, 'pick');
    expect(await sweepLater(4)).toEqual(nothing);
    await confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 2 }] });
    expect(await sweepLater(6)).toEqual({ ...nothing, tasksTold: 1 });
    await untilStage(shipmentId, 'pack');
    await expectAuditToPass(services);
  });

  it('is replaced again when that one is stopped, too', async () => {
    await stock(services, 'MUG', 0);
    const { shipmentId } = await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId: 'SO-1' });
    await sweepLater();
    await untilStage(shipmentId, 'backorder');
    await stop(shipmentId);
    await sweepLater(2);
    await untilStage(shipmentId, 'backorder');
    const { executionName } = await shipmentOf(services, shipmentId);
    expect(executionName).not.toBe(shipmentId);
    await stop(executionName);

    expect(await sweepLater(4)).toEqual({ ...nothing, executionsReplaced: 1 });
    await untilStage(shipmentId, 'backorder');
    await receiveStock(services, 'MUG', { quantity: 2, location: 'main' });
    await sweepLater(6);
    await sweepLater(8);
    await untilStage(shipmentId, 'pick');
  });

  it('is replaced where that was cut off before the other one was started', async () => {
    await stock(services, 'MUG', 2);
    const { shipmentId } = await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId: 'SO-1' });
    await sweepLater();
    await untilStage(shipmentId, 'pick');
    await stop(shipmentId);
    const unreachable = unreachableWorkflow();
    vi.spyOn(unreachable, 'dead').mockResolvedValue(new Set([shipmentId]));
    const inTwo = { ...services, now: () => new Date(Date.now() + 2 * 60_000) };
    await expect(sweep(inTwo, unreachable)).rejects.toThrow();
    expect((await shipmentOf(services, shipmentId)).executionName).not.toBe(shipmentId);

    await sweepLater(4);
    await untilStage(shipmentId, 'pick');
  });

  it('of a shipment that has ended is left alone', async () => {
    await stock(services, 'MUG', 2);
    const { shipmentId, orderId } = await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId: 'SO-1' });
    await sweepLater();
    await untilStage(shipmentId, 'pick');
    await stop(shipmentId);
    await cancelOrder(services, orderId);

    expect(await sweepLater(2)).toEqual(nothing);
    expect(await shipmentOf(services, shipmentId)).toMatchObject({ status: 'cancelled', executionName: shipmentId });
    expect((await shipmentOf(services, shipmentId)).openShard).toBeUndefined();
    await expectAuditToPass(services);
  });
});

describe('what cannot be repaired', () => {
  const sweepWithout = (words: string) =>
    sweep(
      servicesOn(database, services.table.name, {}, (client) => failWhatSays(client, words)),
      workflow,
    );

  it('does not keep other shipments from it, and is said', async () => {
    await stock(services, 'MUG', 5);
    for (const orderId of ['SO-1', 'SO-2', 'SO-3']) {
      await place(services, [{ sku: 'MUG', quantity: 1 }], { orderId });
    }

    await expect(sweepWithout('ORDER#SO-2')).rejects.toThrow('ORDER#SO-2 cannot be worked with');

    await untilStage('SO-1-1', 'pick');
    await untilStage('SO-3-1', 'pick');
    expect(await sweepLater()).toEqual({ ...nothing, executionsStarted: 1 });
    await untilStage('SO-2-1', 'pick');
  });

  it('as Step Functions is away does not keep queues from being served', async () => {
    await stock(services, 'MUG', 0);
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 1 }]));
    await receiveStock(services, 'MUG', { quantity: 1, location: 'main' });

    await expect(sweep({ ...services, now: () => new Date() }, unreachableWorkflow())).rejects.toThrow();

    expect(await levelOf(services, 'MUG')).toMatchObject({ backordered: 0, allocated: 1 });
  });

  it('does not keep other queues from being served, nor from what is on its way', async () => {
    for (const sku of ['BOWL', 'MUG', 'POT']) {
      await stock(services, sku, 0);
      await reserve(services, await place(services, [{ sku, quantity: 1 }], { orderId: `SO-${sku}` }));
      await receiveStock(services, sku, { quantity: 1, location: 'main' });
    }
    const inboundShipmentId = 'PO-1';
    const lines = [{ sku: 'BOWL', quantity: 5 }];
    const expectedAt = services.now().toISOString();
    await announceInbound(services, { inboundShipmentId, location: 'main', expectedAt, lines });
    const inADay = { ...services, now: () => new Date(Date.now() + 25 * 3600_000) };
    const { table } = servicesOn(database, services.table.name, {}, (client) => failWhatSays(client, 'SKU#MUG'));

    await expect(sweep({ ...inADay, table }, workflow)).rejects.toThrow('cannot be worked with');

    expect(await levelOf(services, 'BOWL')).toMatchObject({ backordered: 0, allocated: 1 });
    expect(await levelOf(services, 'MUG')).toMatchObject({ backordered: 1, available: 1 });
    expect(await levelOf(services, 'POT')).toMatchObject({ backordered: 0, allocated: 1 });
    expect(await supplyOf(services, 'BOWL', 'main')).toMatchObject([{ overdue: true }]);
  });
});

describe('what is on its way', () => {
  const inbound = { inboundShipmentId: 'PO-1', location: 'main', lines: [{ sku: 'MUG', quantity: 5 }] };

  it('is booked where that was cut off', async () => {
    await stock(services, 'MUG', 0);
    await announceInbound(services, { ...inbound, expectedAt: '2030-12-01T08:00:00Z' });
    await services.table.decide((seen) => {
      const key = keys.inbound('PO-1');
      if (seen.get(key)) return { answer: undefined };
      const later = { expectedAt: '2030-12-09T08:00:00.000Z', booking: true };
      return { answer: undefined, writes: [update(key).setAll({ ...later, inboundShard: 'booking#0' })] };
    });

    expect(await sweepLater()).toEqual({ ...nothing, inboundBooked: 1 });

    expect(await supplyOf(services, 'MUG', 'main')).toMatchObject([{ expectedAt: '2030-12-09T08:00:00.000Z' }]);
    await expectAuditToPass(services);
  });

  it('is overdue when its day has passed, which is no repair', async () => {
    await stock(services, 'MUG', 0);
    await announceInbound(services, { ...inbound, expectedAt: new Date().toISOString() });

    expect(await sweepLater(24 * 60 - 1)).toEqual(nothing);
    expect((await supplyOf(services, 'MUG', 'main'))[0]).not.toHaveProperty('overdue');

    expect(await sweepLater(24 * 60 + 1)).toEqual(nothing);
    expect(await supplyOf(services, 'MUG', 'main')).toMatchObject([{ quantity: 5, overdue: true }]);
  });
});

describe('the dates of those who wait', () => {
  beforeEach(async () => {
    await stock(services, 'MUG', 0);
    const expectedAt = new Date(Date.now() + 14 * 24 * 3600_000).toISOString();
    await announceInbound(services, { location: 'main', expectedAt, lines: [{ sku: 'MUG', quantity: 9 }] });
    for (const orderId of ['SO-1', 'SO-2']) {
      const shipment = await place(services, [{ sku: 'MUG', quantity: 1 }], { orderId });
      await reserve(services, shipment);
      await openTask(services, { shipmentId: shipment.shipmentId, stage: 'backorder', token: orderId });
    }
  });

  const datesOf = async () =>
    (await Promise.all(['SO-1-1', 'SO-2-1'].map((id) => shipmentOf(services, id)))).map(
      ({ promise }) => promise?.promisedAt,
    );

  it('are computed where the stream has lost what moved them, and then not looked at again until they move', async () => {
    expect(await sweepLater()).toEqual({ ...nothing, datesMoved: 2 });
    expect(await datesOf()).toEqual([expect.any(String), expect.any(String)]);
    expect(isToBeChecked(await levelOf(services, 'MUG'))).toBe(false);

    await cancelOrder(services, 'SO-1');
    expect(isToBeChecked(await levelOf(services, 'MUG'))).toBe(true);
  });

  it('are computed to the end where that had stopped halfway', async () => {
    const pace = { placesPerPage: 1, placesPerCall: 1 };
    const queue = { sku: 'MUG', location: 'main' };
    await repromise(services, queue, { from: prefixes.wait('main'), reason: 'announced' }, undefined, pace);
    await goOn(services, queue, pace);
    expect(await datesOf()).toEqual([expect.any(String), undefined]);

    await sweepLater();
    expect(await datesOf()).toEqual([expect.any(String), expect.any(String)]);
    expect(await Array.fromAsync(roundsUnderWay(services))).toEqual([]);
  });
});
