import { randomUUID } from 'node:crypto';
import type { FunctionContext } from '../engine/engine.ts';
import type { CompleteMapping } from './mapping.ts';
import type { StreamRecord } from './stream-record.ts';

/** What came of a batch: how many of its records, from the first on, are done; and what kept the others. */
export interface BatchResult {
  requestId: string;
  done: number;
  error?: unknown;
}

/** Calls the function with a batch, as Lambda does. Never throws: what the function throws is the result. */
export async function invoke(mapping: CompleteMapping, batch: StreamRecord[]): Promise<BatchResult> {
  const requestId = randomUUID();
  try {
    const response = await callWithTimeout(mapping, batch, requestId);
    const done = mapping.reportBatchItemFailures ? firstFailure(response, batch) : batch.length;
    if (done === batch.length) return { requestId, done };
    return { requestId, done, error: `reported ${batch[done]?.sequence} as failed` };
  } catch (error) {
    return { requestId, done: 0, error };
  }
}

/** A function that runs into its timeout is given up, but unlike in Lambda it cannot be stopped. */
async function callWithTimeout(mapping: CompleteMapping, batch: StreamRecord[], requestId: string) {
  const { functionName, functionTimeoutSeconds: seconds } = mapping;
  const deadline = performance.now() + seconds * 1000;
  const context: FunctionContext = {
    awsRequestId: requestId,
    functionName,
    getRemainingTimeInMillis: () => Math.max(0, deadline - performance.now()),
  };
  // Each call has records of its own, as it has in Lambda, where they come as JSON.
  const event = { Records: structuredClone(batch.map((record) => record.delivered)) };
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => timeout.reject(new Error(`Task timed out after ${seconds.toFixed(2)} seconds`)),
    seconds * 1000,
  );
  try {
    return await Promise.race([mapping.handler(event, context), timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The place of the first record that the function reported, or the batch's length if it reported none. A report that cannot be
 * understood fails the whole batch.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
function firstFailure(response: unknown, batch: StreamRecord[]): number {
  const failures = (response as { batchItemFailures?: unknown } | null | undefined)?.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return 0;
  const places = failures.map((failure: { itemIdentifier?: unknown } | null) =>
    batch.findIndex((record) => record.delivered.dynamodb?.SequenceNumber === failure?.itemIdentifier),
  );
  // A record that is not of this batch has place -1.
  return Math.max(0, Math.min(batch.length, ...places));
}
