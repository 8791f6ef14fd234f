import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forEachConcurrently } from '../core/platform/concurrently.ts';
import { ApiClient } from '../local/api-client.ts';
import { Robot } from '../local/robot.ts';
import { stockUp } from './drive.ts';
import type { Options } from './options.ts';
import { memoryOf } from './process-usage.ts';
import { type ReportProgress, untilDone } from './progress.ts';
import type { Waiting } from './results.ts';
import { SystemUnderTest } from './system-process.ts';
import { waitingOrders } from './workload.ts';

/** Orders that a receipt after the restart is for, at most. */
const MAX_SERVED = 200;
const REPORT_EVERY = 1_000;

/** Has orders wait for stock, pulls the plug, and sees whether all come back and can be served. */
export async function measureWaiting(options: Options & { waiting: number }, report: ReportProgress): Promise<Waiting> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'fillrate-bench-'));
  try {
    const before = await letThemWait(options, stateDirectory, report);
    report('the processes are killed; now they start again');
    return { orders: options.waiting, ...before, ...(await bringThemBack(options, stateDirectory, report)) };
  } finally {
    await rm(stateDirectory, { recursive: true, force: true });
  }
}

async function letThemWait(
  { waiting, skus, clients }: Options & { waiting: number },
  stateDirectory: string,
  report: ReportProgress,
) {
  const system = await SystemUnderTest.start({ stateDirectory });
  try {
    const api = new ApiClient(system.api);
    const workload = waitingOrders(waiting, skus);
    await stockUp(api, workload);
    const startedAt = performance.now();
    let placed = 0;
    await forEachConcurrently(workload.orders, clients, async (order) => {
      await api.placeOrder(order);
      if (++placed % REPORT_EVERY === 0) report(`${placed} of ${waiting} orders are placed`);
    });
    await system.ask('settled');
    const placedInSeconds = secondsSince(startedAt);
    const { pids } = system;
    const memoryWhileWaiting = { system: await memoryOf(pids.system), database: await memoryOf(pids.database) };
    return { placedInSeconds, memoryWhileWaiting };
  } finally {
    await system.kill();
  }
}

async function bringThemBack(
  { waiting, skus }: Options & { waiting: number },
  stateDirectory: string,
  report: ReportProgress,
) {
  const system = await SystemUnderTest.start({ stateDirectory });
  try {
    const { executions } = await system.ask('counts');
    const restart = {
      ms: Math.round(system.startedInMs),
      executions: executions.RUNNING,
      memory: await memoryOf(system.pids.system),
    };
    report(`${executions.RUNNING} executions are back`);
    const [sku = ''] = waitingOrders(0, skus).skus;
    const served = await serve(system.api, { sku, orders: Math.min(Math.floor(waiting / skus), MAX_SERVED) }, report);
    await system.ask('settled');
    return { restart, served, audit: await system.ask('audit') };
  } finally {
    await system.stop();
  }
}

/** Units of one SKU arrive, and the robot ships the orders that waited for them. */
async function serve(url: string, { sku, orders }: { sku: string; orders: number }, report: ReportProgress) {
  const api = new ApiClient(url);
  const startedAt = performance.now();
  if (orders > 0) await api.receiveStock(sku, { quantity: orders });
  const robot = new Robot(api);
  try {
    await untilDone(() => robot.confirmed.ship, orders, { robot, report });
  } finally {
    await robot.stop();
  }
  return { orders, seconds: secondsSince(startedAt) };
}

function secondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 10) / 100;
}
