import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { FunctionContext } from '../engine/engine.ts';
import { FilterPattern, matches } from '../filter-pattern.ts';
import type { StreamRecord } from './stream-record.ts';

/**
 * What connects a function to the stream, with the names and the meanings of Lambda's event source mapping. Always starts at
 * TRIM_HORIZON, one batch at a time per shard.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
 */
export interface EventSourceMapping {
  /** Names the mapping's checkpoint, too: one mapping per function. */
  functionName: string;
  handler: (event: DynamoDBStreamEvent, context: FunctionContext) => Promise<unknown>;
  /** A record that none of them matches is passed over. */
  filters?: FilterPattern[];
  batchSize?: number;
  /** How often a batch is tried again before it becomes a dead letter. Without it: until its records are too old. */
  maximumRetryAttempts?: number;
  /** Without it: as long as the stream keeps records. */
  maximumRecordAgeSeconds?: number;
  /** Whether a batch that failed is halved, until the record that fails is alone. Halving is not counted as a retry. */
  bisectBatchOnFunctionError?: boolean;
  /** Whether the function may say from which record on a batch failed. */
  reportBatchItemFailures?: boolean;
  functionTimeoutSeconds?: number;
  /** How long to wait after so many failures in a row without any progress. */
  backoffMs?: (failures: number) => number;
}

const DEFAULT_BATCH_SIZE = 100;
const STREAM_RETENTION_SECONDS = 24 * 60 * 60;
const DEFAULT_TIMEOUT_SECONDS = 60;
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 10_000;

export type CompleteMapping = Required<EventSourceMapping>;

/** @throws if a filter is not one that Lambda would take. */
export function withDefaults(mapping: EventSourceMapping): CompleteMapping {
  return {
    batchSize: DEFAULT_BATCH_SIZE,
    maximumRetryAttempts: Number.POSITIVE_INFINITY,
    maximumRecordAgeSeconds: STREAM_RETENTION_SECONDS,
    bisectBatchOnFunctionError: false,
    reportBatchItemFailures: false,
    functionTimeoutSeconds: DEFAULT_TIMEOUT_SECONDS,
    backoffMs: fullJitter,
    ...mapping,
    filters: (mapping.filters ?? []).map((filter) => FilterPattern.parse(filter)),
  };
}

export function isWanted({ filters }: CompleteMapping, record: StreamRecord): boolean {
  return filters.length === 0 || filters.some((pattern) => matches(pattern, record.delivered));
}

function fullJitter(failures: number) {
  return Math.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
}
