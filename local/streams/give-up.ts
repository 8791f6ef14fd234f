import type { DeadLetter } from '../dead-letters/dead-letter.ts';
import { functionArn } from '../engine/names.ts';
import type { StreamRecord } from './stream-record.ts';

/** Takes what a reader gives up. */
export interface DeadLetterSink {
  /** Resolves when the letter is kept. */
  add(functionName: string, letter: DeadLetter): Promise<void>;
}

export interface FailedBatch {
  functionName: string;
  streamArn: string;
  shardId: string;
  records: StreamRecord[];
  condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  requestId: string;
  invocations: number;
}

/** A batch that is given up, as Lambda writes it to a failure destination in S3. */
export function toDeadLetter(batch: FailedBatch, now: Date): DeadLetter {
  const first = batch.records.at(0);
  const last = batch.records.at(-1);
  return {
    requestContext: {
      requestId: batch.requestId,
      functionArn: functionArn(batch.functionName),
      condition: batch.condition,
      approximateInvokeCount: batch.invocations,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: now.toISOString(),
    DDBStreamBatchInfo: {
      shardId: batch.shardId,
      startSequenceNumber: String(first?.sequence),
      endSequenceNumber: String(last?.sequence),
      approximateArrivalOfFirstRecord: new Date(first?.createdAtMs ?? 0).toISOString(),
      approximateArrivalOfLastRecord: new Date(last?.createdAtMs ?? 0).toISOString(),
      batchSize: batch.records.length,
      streamArn: batch.streamArn,
    },
    payload: JSON.stringify({ Records: batch.records.map(({ delivered }) => delivered) }),
  };
}
