import { AsyncLocalStorage } from 'node:async_hooks';
import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { SERVICE } from './environment.ts';

/**
 * All that a line may carry beside its sentence: identifiers, codes and counts. Anything else is left out when the line is written, so
 * that a row handed over by mistake does not take a customer's name into the log.
 */
export const FIELDS = [
  'function_name',
  'function_request_id',
  'requestId',
  'method',
  'route',
  'status',
  'milliseconds',
  'orderId',
  'shipmentId',
  'executionName',
  'sku',
  'skus',
  'location',
  'inboundShipmentId',
  'alertId',
  'stage',
  'pk',
  'sk',
  'code',
  'from',
  'to',
  'units',
  'rows',
  'orders',
  'violations',
  'notJudged',
  'promise',
  'subject',
  'executionsStarted',
  'executionsReplaced',
  'tasksTold',
  'placesTaken',
  'linesAllocated',
  'inboundBooked',
  'datesMoved',
  'function',
  'shardId',
  'records',
  'failures',
  'condition',
  'sequenceNumbers',
  'path',
] as const;

export type LogFields = Readonly<
  Partial<Record<(typeof FIELDS)[number], string | number | readonly string[] | null | undefined>>
>;

const CONTEXT = new AsyncLocalStorage<LogFields>();

/**
 * Puts these fields on every line that `work` writes, however late, and on none that is written beside it. Powertools' own `appendKeys`
 * is one set for the whole process, in which lanes that are handled at the same time would take each other's ids.
 */
export function about<Result>(fields: LogFields, work: () => Result): Result {
  return CONTEXT.run({ ...CONTEXT.getStore(), ...fields }, work);
}

/** The words of Powertools for what it knows, and the listed fields. */
class Formatter extends LogFormatter {
  override formatAttributes(known: UnformattedAttributes, given: LogAttributes): LogItem {
    const { logLevel: level, message, timestamp, serviceName: service, xRayTraceId: xray_trace_id } = known;
    const base = { level, message, timestamp: this.formatTimestamp(timestamp), service, xray_trace_id };
    return new LogItem({ attributes: { ...base, ...listed({ ...CONTEXT.getStore(), ...given }), ...errorOf(given) } });
  }
}

function listed(fields: LogAttributes): LogAttributes {
  return Object.fromEntries(FIELDS.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])));
}

function errorOf({ error }: LogAttributes): LogAttributes {
  return error instanceof Error ? { error: told(error) } : {};
}

/** What an error says, and nothing that it carries: an SDK's has the rows that it is about among its properties. */
function told(error: Error): LogAttributes {
  const { name, message, stack, cause } = error;
  const awsRequestId = (error as { $metadata?: { requestId?: string } }).$metadata?.requestId;
  return {
    name,
    message,
    stack,
    ...(awsRequestId && { awsRequestId }),
    ...(cause instanceof Error && { cause: told(cause) }),
  };
}

/**
 * The error without what it carries, for whoever prints errors whole: Lambda's runtime does with what a handler throws. Name, message
 * and stack stay, by which the workflow catches it and people find it.
 */
export function bare(thrown: unknown): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name, message, stack } = error;
  const bared = new Error(message);
  for (const [property, value] of Object.entries({ name, stack })) {
    Object.defineProperty(bared, property, { value, configurable: true, writable: true, enumerable: false });
  }
  return bared;
}

/** How lines are written: a sentence, and what it is about. */
interface Log {
  debug: Say;
  info: Say;
  warn: Say;
  error: Say;
  setLogLevel(level: 'DEBUG' | 'INFO' | 'WARN' | 'SILENT'): void;
}

type Say = (sentence: string, fields?: LogFields & { readonly error?: unknown }) => void;

/** Structured logs with identifiers, never with customer data. */
export const log: Log = new Logger({ serviceName: SERVICE, logFormatter: new Formatter() }) as Log;
