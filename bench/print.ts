import type { Memory } from './process-usage.ts';
import type { AuditResult, Cost, Dates, Results, Speed, Waiting } from './results.ts';
import type { Usage } from './usage.ts';

const NAME_WIDTH = 34;

/** The results as a person reads them. */
export function print({ machine, options, ...results }: Results): string {
  const { processors, memoryGb, system, node } = machine;
  const on = `${processors}, ${memoryGb} GB, ${system}, Node ${node}`;
  if ('dates' in results) return [...ofDates(results.dates), '', on].join('\n');
  if ('waiting' in results) return [...ofWaiting(results.waiting), '', on].join('\n');
  const { orders, clients, skus, lines, hot, conflicts } = options;
  const what = hot
    ? `${orders} orders of one SKU with half the stock`
    : `${orders} orders of ${lines} line(s), ${skus} SKUs`;
  const how = conflicts ? ', conflicts as in DynamoDB' : '';
  return [`${what}, ${clients} clients${how}`, '', ...ofSpeed(results.speed), '', ...ofCost(results.cost), '', on].join(
    '\n',
  );
}

function ofSpeed(speed: Speed): string[] {
  const { processorMsPerOrder: processor, memory, placingMs, placedToShippedMs } = speed;
  return [
    `Timed run of ${speed.orders} orders`,
    line('orders per second', `${speed.ordersPerSecond}, placed to shipped`),
    line('placing, HTTP', `p50 ${placingMs.p50} ms, p99 ${placingMs.p99} ms`),
    line('placed to shipped', `p50 ${placedToShippedMs.p50} ms, p99 ${placedToShippedMs.p99} ms`),
    line(
      'processor time per order',
      processor ? `system ${processor.system} ms, database ${processor.database} ms` : 'not measured',
    ),
    line('peak memory', `system ${megabytes(memory.system)}, database ${megabytes(memory.database)}`),
    ...(speed.conflicts === undefined ? [] : [line('conflicts met', String(speed.conflicts))]),
    ...(speed.refusedConfirmations > 0 ? [line('confirmations refused', String(speed.refusedConfirmations))] : []),
    audited(speed.audit),
  ];
}

function ofCost(cost: Cost): string[] {
  return [
    `Counting run of ${cost.orders} orders; per order`,
    line('requests to DynamoDB', usage(cost.requests)),
    ...Object.entries(cost.requestsByOperation).map(([name, used]) => line(`  ${name}`, usage(used))),
    ...Object.entries(cost.requestsByClient).map(([name, used]) => line(`  made by ${name}`, usage(used))),
    line('not among them: lists of open work', usage(cost.workList)),
    line('billed state transitions', String(cost.transitions)),
    ...Object.entries(cost.transitionsByState).map(([state, count]) => line(`  ${state}`, String(count))),
    audited(cost.audit),
    'Reads of the stream are not counted: Lambda makes them free of charge.',
  ];
}

function ofWaiting(waiting: Waiting): string[] {
  const { memoryWhileWaiting: memory, restart, served } = waiting;
  return [
    `${waiting.orders} orders wait for stock`,
    line('placed and waiting after', `${waiting.placedInSeconds} s`),
    line('peak memory', `system ${megabytes(memory.system)}, database ${megabytes(memory.database)}`),
    line('back after kill -9 in', `${restart.ms} ms, with ${restart.executions} executions`),
    line('peak memory of the restart', `system ${megabytes(restart.memory)}`),
    line('then a receipt', `${served.orders} orders had shipped after ${served.seconds} s`),
    audited(waiting.audit),
  ];
}

function ofDates({ lines, runs, audit }: Dates): string[] {
  return [
    `${lines} lines wait for one SKU, and their dates are computed`,
    ...runs.flatMap(({ what, moved, seconds, requests, requestsByOperation }) => [
      what,
      line('dates moved', `${moved}, after ${seconds} s`),
      line('requests to DynamoDB', usage(requests)),
      ...Object.entries(requestsByOperation).map(([name, used]) => line(`  ${name}`, usage(used))),
    ]),
    audited(audit),
  ];
}

function usage({ requests, refused, readUnits, writeUnits }: Usage): string {
  const units = [readUnits > 0 && `${readUnits} read units`, writeUnits > 0 && `${writeUnits} write units`];
  return [String(requests), refused > 0 && `${refused} refused`, ...units].filter(Boolean).join(', ');
}

function audited({ orders, rows, violations }: AuditResult): string {
  const found = violations.length === 0 ? 'no violation' : `${violations.length} violations, such as ${violations[0]}`;
  return line('audit', `${found} (${orders} orders, ${rows} rows)`);
}

function megabytes(memory: Memory | undefined): string {
  return memory ? `${memory.peakMb} MB` : 'not measured';
}

function line(name: string, value: string): string {
  return `  ${name.padEnd(NAME_WIDTH)} ${value}`;
}
