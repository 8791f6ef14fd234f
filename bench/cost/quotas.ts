import { type Assumptions, MEGABYTES_PER_VCPU } from './assumptions.ts';
import type { Counts } from './counts.ts';
import { type Memory, runtimeOf, secondsByFunction } from './model.ts';

/** What the ceilings are computed from: one kind of order, and how the shop works. */
export interface Load {
  readonly counts: Counts;
  readonly memory: Memory;
  readonly assumed: Assumptions;
  /** Of the stack's own configuration. */
  readonly throttlePerSecond: number;
  readonly apiConcurrency: number | undefined;
  /** From placing to the end, on average: an execution is open for so long. */
  readonly openHours: number;
}

export interface Quota {
  readonly what: string;
  /** In US East (N. Virginia), and in a region where it is lowest. */
  readonly limit: number | ((load: Load) => number);
  readonly lowest?: number;
  /** How much of it an order takes in the second in which it passes. */
  readonly perOrder: (load: Load) => number;
  readonly raise: string;
  readonly source: string;
  /** `copy`: read in a stored copy of AWS's page; `measured`: by our benchmark; `ours`: set by this stack; `memory`: believed. */
  readonly known: `copy of ${string}` | 'measured' | 'ours' | 'memory';
}

export interface Ceiling {
  readonly quota: Quota;
  readonly limit: number;
  readonly ordersPerSecond: number;
  readonly lowestOrdersPerSecond: number;
}

const STEP_FUNCTIONS = 'https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html';
const DYNAMODB = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html';
const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html';
const SECONDS_PER_HOUR = 3_600;
/** core/platform/table/keys.ts: each list is spread over so many partitions. */
const SHARDS = 4;
const PARTITION_WRITE_UNITS = 1_000;
/** A transaction takes two units for each KB written, and a level has less than one. */
const UNITS_PER_LEVEL_WRITE = 2;
/** DynamoDB begins a table that is on demand with four partitions, and so with four shards of its stream. */
const FIRST_STREAM_SHARDS = 4;
const BATCH_SIZE = 100;
/** functions/support/stream.ts */
const LANES_AT_ONCE = 16;

export const quotas: readonly Quota[] = [
  {
    what: "the stack's own throttle of the API",
    limit: ({ throttlePerSecond }) => throttlePerSecond,
    perOrder: ({ counts }) => counts.apiRequests,
    raise:
      'our own setting, `throttle` in `lib/stages.ts`: raise it first, to four requests an order and what your pages look up',
    source: 'lib/config.ts',
    known: 'ours',
  },
  {
    what: "what the stack reserves for the API's function",
    limit: ({ apiConcurrency = Number.POSITIVE_INFINITY }) => apiConcurrency,
    perOrder: ({ counts, memory, assumed }) => secondsByFunction(counts, memory, assumed).api ?? 0,
    raise: 'our own setting, `reservedConcurrency` in `lib/stages.ts`',
    source: 'lib/config.ts',
    known: 'ours',
  },
  {
    what: 'open executions',
    limit: 1_000_000,
    perOrder: ({ counts, openHours }) => counts.executions * openHours * SECONDS_PER_HOUR,
    raise:
      'adjustable, into the millions: ask early, since it is full after weeks and not at a peak; orders that wait for months count too',
    source: STEP_FUNCTIONS,
    known: 'copy of 2023-06',
  },
  {
    what: 'Lambda, concurrent executions',
    limit: 1_000,
    lowest: 10,
    perOrder: ({ counts, memory, assumed }) => runtimeOf(counts, memory, assumed).seconds,
    raise: 'adjustable; a fresh account may have 10, so ask before going live',
    source: LAMBDA,
    known: 'copy of 2025',
  },
  {
    what: 'Step Functions, executions started a second',
    limit: 300,
    lowest: 150,
    perOrder: ({ counts }) => counts.executions,
    raise: 'adjustable; a burst of 1,300 (800) is taken, and a start that is refused is tried again by the stream',
    source: STEP_FUNCTIONS,
    known: 'copy of 2023-06',
  },
  {
    what: 'Step Functions, state transitions a second',
    limit: 1_500,
    lowest: 500,
    perOrder: ({ counts }) => counts.transitions,
    raise:
      'adjustable; new accounts have less, says AWS, and the large regions have 5,000 by now, we believe; executions slow down, nothing fails',
    source: STEP_FUNCTIONS,
    known: 'copy of 2023-06',
  },
  {
    what: 'Step Functions, tasks answered a second',
    limit: 500,
    lowest: 300,
    perOrder: ({ counts }) => counts.taskAnswers,
    raise: 'adjustable; a burst of 3,000 (1,500) is taken, and an answer that is refused is sent again by the stream',
    source: STEP_FUNCTIONS,
    known: 'copy of 2023-06',
  },
  {
    what: 'DynamoDB, a table that has just been made',
    limit: 4_000,
    perOrder: tableUnits,
    raise:
      'grows by itself, to twice the last peak in half an hour; before a sale set the warm throughput of the table',
    source: 'https://repost.aws/knowledge-center/on-demand-table-throttling-dynamodb',
    known: 'copy of 2025',
  },
  {
    what: 'DynamoDB, write units of a table a second',
    limit: 40_000,
    perOrder: tableUnits,
    raise: 'adjustable; each index has as much for itself',
    source: DYNAMODB,
    known: 'copy of 2025',
  },
  {
    what: 'DynamoDB, the partitions of the list of orders by time',
    limit: SHARDS * PARTITION_WRITE_UNITS,
    perOrder: ({ counts }) => counts.writeUnitsByIndex['orders-by-time'] ?? 0,
    raise:
      'fixed; more shards (`SHARDS` in core/platform/table/keys.ts), which needs the attributes of the index written anew',
    source: DYNAMODB,
    known: 'copy of 2025',
  },
  {
    what: 'the stream, read by `on-stock-change`',
    limit: FIRST_STREAM_SHARDS,
    perOrder: streamSeconds,
    raise:
      'shards come with partitions; then `parallelizationFactor` up to 10 in lib/reactors.ts: items stay in order, and all that moves workflows bears it',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html',
    known: 'memory',
  },
  {
    what: 'API Gateway, requests a second',
    limit: 10_000,
    lowest: 2_500,
    perOrder: ({ counts }) => counts.apiRequests,
    raise: 'adjustable',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html',
    known: 'copy of 2025',
  },
  {
    what: 'SNS, ordered messages a second',
    limit: 30_000,
    lowest: 3_000,
    perOrder: ({ counts }) => counts.events,
    raise: 'adjustable; one order (300 a second a group) is never near it',
    source: 'https://docs.aws.amazon.com/general/latest/gr/sns.html',
    known: 'copy of 2025-01',
  },
];

/** Of one SKU, wherever the others are. */
export const skuQuotas: readonly Quota[] = [
  {
    what: 'conflicts between transactions on its level, at 10 ms each',
    limit: 17,
    perOrder: () => 1,
    raise:
      'fixed, and it bends before it breaks: refused transactions are tried again, so orders come in slower and right; split a SKU that sells faster over several locations',
    source: 'bench/README.md, `--hot --conflicts`',
    known: 'measured',
  },
  {
    what: 'write units of its level, were there no conflicts',
    limit: PARTITION_WRITE_UNITS,
    perOrder: ({ counts }) => counts.levelWrites * UNITS_PER_LEVEL_WRITE,
    raise: 'fixed',
    source: DYNAMODB,
    known: 'copy of 2025',
  },
];

/** The lowest first; what this stack does not limit is left out. */
export function ceilingsOf(some: readonly Quota[], load: Load): Ceiling[] {
  const ceilings = some.map((quota) => {
    const limit = typeof quota.limit === 'number' ? quota.limit : quota.limit(load);
    const taken = quota.perOrder(load);
    return { quota, limit, ordersPerSecond: limit / taken, lowestOrdersPerSecond: (quota.lowest ?? limit) / taken };
  });
  return ceilings.filter(({ limit }) => Number.isFinite(limit)).sort((a, b) => a.ordersPerSecond - b.ordersPerSecond);
}

/** Write units of the table itself: an index has its own. */
function tableUnits({ counts }: Load): number {
  return counts.writeUnits - Object.values(counts.writeUnitsByIndex).reduce((sum, units) => sum + units, 0);
}

/** Seconds for which an order keeps a shard's one call busy, in full batches whose lanes are handled side by side. */
function streamSeconds({ counts, memory, assumed }: Load): number {
  const records = counts.streamRecords['on-stock-change'] ?? 0;
  const slower = Math.max(1, MEGABYTES_PER_VCPU / (memory['on-stock-change'] ?? MEGABYTES_PER_VCPU));
  const calls = counts.executions + counts.taskAnswers;
  // What is computed is computed by one thread; what is waited for is waited for side by side.
  const perOrderMs = calls * (assumed.cpuMsPerCall * slower + assumed.waitMs.service / LANES_AT_ONCE);
  const perBatchMs = assumed.cpuMsPerInvocation * slower * (records / BATCH_SIZE);
  return ((perOrderMs + perBatchMs) * assumed.durationFactor) / 1000;
}
