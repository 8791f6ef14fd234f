import { z } from 'zod';

/**
 * What Lambda writes to a mapping's failure destination in S3, an object for each batch that it gave up: which records of the stream they
 * are and, as `payload`, the very event that the function was called with.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export const DeadLetter = z.object({
  requestContext: z.object({
    requestId: z.string(),
    functionArn: z.string().startsWith('arn:'),
    condition: z.string().describe('`RetryAttemptsExhausted`, `RecordAgeExceeded`.'),
    approximateInvokeCount: z.int(),
  }),
  responseContext: z
    .object({ statusCode: z.int(), executedVersion: z.string(), functionError: z.string() })
    .partial()
    .optional(),
  version: z.string(),
  timestamp: z.string().describe('When it was given up.'),
  DDBStreamBatchInfo: z.object({
    shardId: z.string(),
    startSequenceNumber: z.string().regex(/^\d+$/, 'expected digits'),
    endSequenceNumber: z.string().regex(/^\d+$/, 'expected digits'),
    approximateArrivalOfFirstRecord: z.string(),
    approximateArrivalOfLastRecord: z.string(),
    batchSize: z.int(),
    streamArn: z.string(),
  }),
  payload: z.string('expected the event; a destination other than S3 is not sent it'),
});
export type DeadLetter = z.infer<typeof DeadLetter>;

/** Where dead letters lie: a bucket, a directory with the same names in it, or memory. */
export interface DeadLetters {
  /** For people. */
  readonly description: string;
  /** The names of all that are there. */
  keys(): AsyncIterable<string>;
  /** The letter as it was written; undefined if it is no longer there. */
  read(key: string): Promise<string | undefined>;
  /** Whether it is there or not. */
  remove(key: string): Promise<void>;
}
