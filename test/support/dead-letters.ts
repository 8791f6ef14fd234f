import type { DeadLetter } from '../../local/dead-letters/dead-letter.ts';
import { toDeadLetter } from '../../local/streams/give-up.ts';

export const ARRIVED_AT = Date.parse('2026-11-24T10:00:00.000Z');

/** A batch of one record that `on-record` gave up. */
export function aDeadLetter(sequence = 1n, createdAtMs = ARRIVED_AT): DeadLetter {
  const delivered = { eventID: `event-${sequence}`, dynamodb: { SequenceNumber: String(sequence) } };
  return toDeadLetter(
    {
      functionName: 'on-record',
      streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/fillrate/stream/1',
      shardId: 'shardId-1',
      records: [{ sequence, createdAtMs, sizeBytes: 1, delivered }],
      condition: 'RetryAttemptsExhausted',
      requestId: 'r',
      invocations: 11,
    },
    new Date(createdAtMs + 60_000),
  );
}
