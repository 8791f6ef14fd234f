import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from '../local/api-client.ts';
import { stockUp } from './drive.ts';
import type { Options } from './options.ts';
import type { ReportProgress } from './progress.ts';
import type { Cost } from './results.ts';
import { driveAll, workloadOf } from './speed-run.ts';
import { SystemUnderTest } from './system-process.ts';
import { isList, type MeteredKind, sumBy, total, type Usage } from './usage.ts';

/** The average order costs the same among so many as among more. */
const MAX_ORDERS = 200;
const LOOK_AGAIN_MS = 50;

/** Counts what orders cost, in a run of its own: counting takes time. */
export async function measureCost(options: Options, report: ReportProgress): Promise<Cost> {
  const orders = Math.min(options.orders, MAX_ORDERS);
  const system = await SystemUnderTest.start({ metered: true, conflicts: options.conflicts });
  try {
    const workload = workloadOf({ ...options, orders });
    await stockUp(new ApiClient(system.api), workload);
    await system.ask('idle');
    system.proxy?.meter.take();
    await driveAll(system, workload, { ...options, orders }, report);
    await allHaveEnded(system);
    const metered = system.proxy?.meter.take() ?? [];
    const counts = await system.ask('counts');
    const audit = await system.ask('audit');
    const perOrder = (count: number) => Math.round((count / orders) * 100) / 100;
    return {
      orders,
      ...requestsOf(metered, perOrder),
      transitions: perOrder(counts.transitions),
      transitionsByState: Object.fromEntries(
        Object.entries(counts.transitionsByState).map(([state, count]) => [state, perOrder(count)]),
      ),
      audit,
    };
  } finally {
    await system.stop();
  }
}

/** Told without a read of the table, which would be counted. */
async function allHaveEnded(system: SystemUnderTest): Promise<void> {
  while ((await system.ask('counts')).executions.RUNNING > 0) await sleep(LOOK_AGAIN_MS);
  await system.ask('idle');
}

function requestsOf(metered: readonly MeteredKind[], perOrder: (count: number) => number) {
  const each = ({ requests, refused, readUnits, writeUnits }: Usage): Usage => ({
    requests: perOrder(requests),
    refused: perOrder(refused),
    readUnits: perOrder(readUnits),
    writeUnits: perOrder(writeUnits),
  });
  const eachOf = (sums: Record<string, Usage>) =>
    Object.fromEntries(Object.entries(sums).map(([name, usage]) => [name, each(usage)]));
  const own = metered.filter((kind) => !isList(kind));
  return {
    requests: each(total(own)),
    requestsByOperation: eachOf(sumBy(own, ({ operation }) => operation)),
    requestsByClient: eachOf(sumBy(own, ({ client }) => client)),
    workList: each(total(metered.filter(isList))),
  };
}
