import { addUp } from '../usage.ts';
import { type Assumptions, MEGABYTES_PER_VCPU } from './assumptions.ts';
import type { Counts, Monthly } from './counts.ts';
import { dollarsFor } from './prices.ts';

const DAYS_PER_MONTH = 30;
const HOURS_PER_MONTH = DAYS_PER_MONTH * 24;
/** A client gets a token for an hour and keeps it. */
const TOKENS_PER_CLIENT = HOURS_PER_MONTH;

export const SERVICES = ['Step Functions', 'DynamoDB', 'Lambda', 'API Gateway', 'SNS', 'CloudWatch', 'X-Ray'] as const;
export type Service = (typeof SERVICES)[number];
export type Bill = Readonly<Record<Service, number>>;

export type Memory = Readonly<Record<string, number>>;

/** Seconds and gigabyte-seconds that functions run. */
interface Runtime {
  readonly invocations: number;
  readonly seconds: number;
  readonly gigabyteSeconds: number;
}

/** All invocations, those of the stream's readers too. */
function invocationsOf(counts: Counts, { recordsPerInvocation }: Assumptions): Record<string, number> {
  const readers = Object.entries(counts.streamRecords).map(([name, records]) => [name, records / recordsPerInvocation]);
  return addUp(counts.invocations, Object.fromEntries(readers));
}

function invocationTotalOf(counts: Counts, assumed: Assumptions): number {
  return Object.values(invocationsOf(counts, assumed)).reduce((sum, count) => sum + count, 0);
}

/** Who runs what an app id of the SDK's clients stands for. Where several do, one of them: they have the same memory. */
const RUNNERS: Readonly<Record<string, string>> = {
  api: 'api',
  workflow: 'open-task',
  stream: 'on-stock-change',
  sweeper: 'sweep',
};

/** How long functions run: what they compute, at the share of a processor that their memory buys, and what they wait for. */
export function runtimeOf(counts: Counts, memory: Memory, assumed: Assumptions): Runtime {
  const seconds = secondsByFunction(counts, memory, assumed);
  const gigabyteSeconds = Object.entries(seconds).map(([name, ran]) => ran * (memoryOf(name, memory) / 1024));
  return {
    invocations: invocationTotalOf(counts, assumed),
    seconds: totalOf(seconds),
    gigabyteSeconds: gigabyteSeconds.reduce((sum, each) => sum + each, 0),
  };
}

/** The seconds of each function; of those that share an app id in their sum only. */
export function secondsByFunction(counts: Counts, memory: Memory, assumed: Assumptions): Record<string, number> {
  const { cpuMsPerCall, cpuMsPerInvocation, coldPercent, initMs, durationFactor } = assumed;
  const work: { name: string; cpuMs: number; waitMs: number }[] = [
    ...Object.entries(invocationsOf(counts, assumed)).map(([name, count]) => ({
      name,
      cpuMs: count * cpuMsPerInvocation,
      // Wall-clock time already, whatever the memory.
      waitMs: (count * initMs * coldPercent) / 100,
    })),
    ...Object.entries(counts.tableRequests).map(([kind, count]) => {
      const [client = '', operation = ''] = kind.split(' ');
      const waitMs = count * waitOf(operation, assumed);
      return { name: RUNNERS[client] ?? client, cpuMs: count * cpuMsPerCall, waitMs };
    }),
    // What the stream's readers start, answer and publish.
    ...[
      { name: 'on-stock-change', count: counts.executions + counts.taskAnswers },
      { name: 'on-record', count: counts.events + counts.alerts },
    ].map(({ name, count }) => ({ name, cpuMs: count * cpuMsPerCall, waitMs: count * assumed.waitMs.service })),
  ];
  return work
    .map(({ name, cpuMs, waitMs }) => {
      const slower = Math.max(1, MEGABYTES_PER_VCPU / memoryOf(name, memory));
      return { [name]: ((cpuMs * slower + waitMs) / 1000) * durationFactor };
    })
    .reduce(addUp, {});
}

function memoryOf(name: string, memory: Memory): number {
  const megabytes = memory[name];
  if (megabytes === undefined) throw new Error(`the stack has no function ${name}`);
  return megabytes;
}

function waitOf(operation: string, { waitMs }: Assumptions): number {
  if (operation.startsWith('Transact')) return waitMs.transaction;
  return operation === 'Query' || operation.startsWith('Batch') ? waitMs.many : waitMs.item;
}

/** Bytes that CloudWatch takes in. */
export function logBytesOf(counts: Counts, assumed: Assumptions): number {
  const { platformLogBytes, accessLogBytes, bytesPerLogLine } = assumed;
  return (
    counts.logBytes +
    counts.logLines * bytesPerLogLine +
    invocationTotalOf(counts, assumed) * platformLogBytes +
    counts.apiRequests * accessLogBytes
  );
}

/** Dollars for what was counted, once. */
export function billOf(counts: Counts, memory: Memory, assumed: Assumptions): Bill {
  const { invocations, gigabyteSeconds } = runtimeOf(counts, memory, assumed);
  return {
    'Step Functions': dollarsFor('stateTransition', counts.transitions),
    DynamoDB: dollarsFor('writeUnit', counts.writeUnits) + dollarsFor('readUnit', counts.readUnits),
    Lambda: dollarsFor('invocation', invocations) + dollarsFor('gigabyteSecond', gigabyteSeconds),
    'API Gateway': dollarsFor('apiRequest', counts.apiRequests),
    SNS:
      dollarsFor('orderedMessage', counts.events) +
      dollarsFor('message', counts.alerts) +
      dollarsFor('email', counts.alerts),
    CloudWatch: dollarsFor('logByte', logBytesOf(counts, assumed)),
    // A trace begins with a request, with an execution, and with each batch of the stream.
    'X-Ray': dollarsFor('trace', (tracesOf(counts, assumed) * assumed.tracedPercent) / 100),
  };
}

function tracesOf(counts: Counts, { recordsPerInvocation }: Assumptions): number {
  const records = Object.values(counts.streamRecords).reduce((sum, count) => sum + count, 0);
  return counts.apiRequests + counts.executions + records / recordsPerInvocation;
}

export function totalOf(bill: Readonly<Record<string, number>>): number {
  return Object.values(bill).reduce((sum, dollars) => sum + dollars, 0);
}

/** The dearest. */
export function dominantOf(bill: Bill): Service {
  return SERVICES.reduce((dearest, service) => (bill[service] > bill[dearest] ? service : dearest));
}

/** Dollars a month for what an order leaves in the table, its backup included. */
export function keepingOf({ storedBytes }: Counts): number {
  return dollarsFor('storage', storedBytes) + dollarsFor('recovery', storedBytes);
}

/** Dollars a month, orders or not. */
export function monthlyBillOf(monthly: Monthly, memory: Memory, assumed: Assumptions): Record<string, number> {
  const { sweep, sweepsPerMonth, machineClients, alarmMetrics, dashboards, keys, customMetrics } = monthly;
  return {
    'sweeper, each five minutes':
      totalOf(billOf(sweep, memory, assumed)) * sweepsPerMonth + dollarsFor('scheduledCall', sweepsPerMonth),
    [`${machineClients} machine clients of the own user pool`]: dollarsFor('machineClient', machineClients),
    'their tokens, one an hour each': dollarsFor('token', machineClients * TOKENS_PER_CLIENT),
    [`${customMetrics} metrics of its own`]: dollarsFor('customMetric', customMetrics),
    [`alarms, on ${alarmMetrics} metrics together`]: dollarsFor('alarmMetric', alarmMetrics),
    [`${dashboards} dashboard(s)`]: dollarsFor('dashboard', dashboards),
    [`${keys} key(s)`]: dollarsFor('key', keys),
  };
}

/** What would cost less, and what it would save of each order. */
export function leversOf(counts: Counts, memory: Memory, assumed: Assumptions): Record<string, number> {
  const bill = billOf(counts, memory, assumed);
  const saved = (fewer: Partial<Counts>, less: Partial<Assumptions> = {}) =>
    totalOf(bill) - totalOf(billOf({ ...counts, ...fewer }, memory, { ...assumed, ...less }));
  const indexUnits = Object.values(counts.writeUnitsByIndex).reduce((sum, units) => sum + units, 0);
  return {
    'one state fewer': saved({ transitions: counts.transitions - 1 }),
    'a single list (no orders by status, no orders by time)': saved({
      writeUnits: counts.writeUnits - units(counts, 'orders-by-status') - units(counts, 'orders-by-time'),
    }),
    'no lists at all': saved({ writeUnits: counts.writeUnits - indexUnits }),
    'readers of the stream that gather ten records': saved(
      {},
      { recordsPerInvocation: 10 * assumed.recordsPerInvocation },
    ),
    'functions that run half as long': saved({}, { durationFactor: assumed.durationFactor / 2 }),
    'no log lines of our own': saved({ logLines: 0, logBytes: 0 }),
    'no platform lines in the logs': saved({}, { platformLogBytes: 0 }),
  };
}

function units(counts: Counts, index: string): number {
  return counts.writeUnitsByIndex[index] ?? 0;
}
