import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from '../local/api-client.ts';
import { type Driven, drive, stockUp } from './drive.ts';
import type { Options } from './options.ts';
import { percentiles } from './percentiles.ts';
import { memoryOf, processorMsOf } from './process-usage.ts';
import type { ReportProgress } from './progress.ts';
import type { Speed } from './results.ts';
import { SystemUnderTest } from './system-process.ts';
import { evenOrders, hotOrders, type Workload, warmUpOrders } from './workload.ts';

/** Orders that are not timed, while the system's code is compiled. */
const WARM_UP_ORDERS = 100;
const LOOK_AGAIN_MS = 50;

/** Times orders from placed to shipped. */
export async function measureSpeed(options: Options, report: ReportProgress): Promise<Speed> {
  const { clients, conflicts } = options;
  const system = await SystemUnderTest.start({ conflicts });
  try {
    const warmUp = warmUpOrders(WARM_UP_ORDERS);
    await stockUp(new ApiClient(system.api), warmUp);
    await drive(system.api, warmUp, { clients, report: () => {} });
    const workload = workloadOf(options);
    await stockUp(new ApiClient(system.api), workload);
    const conflictsBefore = system.conflicts?.conflicts() ?? 0;
    const processorBefore = await processorOf(system);
    const driven = await driveAll(system, workload, options, report);
    const processorAfter = await processorOf(system);
    const conflictsMet = system.conflicts && system.conflicts.conflicts() - conflictsBefore;
    // The audit needs memory of its own, so the memory is read before it.
    const memory = { system: await memoryOf(system.pids.system), database: await memoryOf(system.pids.database) };
    await system.ask('settled');
    const audit = await system.ask('audit');
    const perOrder = (before: number, after: number) => round((after - before) / options.orders);
    return {
      ...timesOf(driven),
      processorMsPerOrder:
        processorBefore && processorAfter
          ? {
              system: perOrder(processorBefore.system, processorAfter.system),
              database: perOrder(processorBefore.database, processorAfter.database),
            }
          : undefined,
      memory,
      conflicts: conflictsMet,
      refusedConfirmations: driven.refusedConfirmations,
      audit,
    };
  } finally {
    await system.stop();
  }
}

export function workloadOf({ hot, ...options }: Options): Workload {
  return hot ? hotOrders(options.orders) : evenOrders(options);
}

/** Drives a workload that is stocked up; of a hot SKU, what is missing arrives when every order has its stock or waits for it. */
export async function driveAll(
  system: SystemUnderTest,
  workload: Workload,
  { hot, clients }: Options,
  report: ReportProgress,
): Promise<Driven> {
  const { skus, orders, inStock } = workload;
  const [sku = ''] = skus;
  const decidedBefore = await decidedIn(system);
  const whenDecided = async () => {
    while ((await decidedIn(system)) - decidedBefore < orders.length) await sleep(LOOK_AGAIN_MS);
  };
  const arrivingLater = { sku, quantity: orders.length - inStock, whenDecided };
  return drive(system.api, workload, { clients, report, ...(hot && { arrivingLater }) });
}

/** How many orders have left the first state of the workflow. */
async function decidedIn(system: SystemUnderTest): Promise<number> {
  return (await system.ask('counts')).transitionsByState.RouteByOutcome ?? 0;
}

function timesOf({ times, seconds }: Driven) {
  return {
    orders: times.length,
    seconds: round(seconds),
    ordersPerSecond: round(times.length / seconds),
    placingMs: percentiles(times.map(({ sentAt, acceptedAt }) => acceptedAt - sentAt)),
    placedToShippedMs: percentiles(times.map(({ sentAt, shippedAt }) => shippedAt - sentAt)),
  };
}

async function processorOf({ pids }: SystemUnderTest) {
  const system = await processorMsOf(pids.system);
  const database = await processorMsOf(pids.database);
  return system === undefined || database === undefined ? undefined : { system, database };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
