import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { functionArn } from '../engine/names.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import { invoke } from './invoke.ts';
import { type CompleteMapping, isWanted } from './mapping.ts';
import { ShardCursor } from './shard-cursor.ts';
import type { StreamRecord } from './stream-record.ts';

/** What became of the dead letters: their records are handled, failed again, or are no longer in the stream. */
export interface RedriveResult {
  handled: number;
  failed: number;
  gone: number;
}

/** Hands the records of each dead letter to its function once more. A letter whose records were handled is taken out. */
export async function redrive(
  client: DynamoDBStreamsClient,
  deadLetters: DeadLetters,
  mappings: CompleteMapping[],
): Promise<RedriveResult> {
  const result: RedriveResult = { handled: 0, failed: 0, gone: 0 };
  for (const letter of deadLetters.all()) {
    const mapping = mappings.find(
      ({ functionName }) => functionArn(functionName) === letter.requestContext.functionArn,
    );
    const records = mapping && (await readRange(client, letter, mapping));
    if (!mapping || !records) result.gone++;
    else if (await handlesAll(mapping, records)) {
      await deadLetters.remove(letter);
      result.handled++;
    } else result.failed++;
  }
  return result;
}

async function handlesAll(mapping: CompleteMapping, records: StreamRecord[]) {
  const { done } = await invoke(mapping, records);
  return done === records.length;
}

/** The records that a dead letter speaks of; nothing if the stream has dropped the first of them. */
async function readRange(client: DynamoDBStreamsClient, letter: DeadLetter, mapping: CompleteMapping) {
  const { streamArn, shardId, startSequenceNumber, endSequenceNumber } = letter.DDBStreamBatchInfo;
  const first = BigInt(startSequenceNumber);
  const last = BigInt(endSequenceNumber);
  const cursor = new ShardCursor({ client, streamArn, shardId }, first - 1n);
  const found: StreamRecord[] = [];
  while (cursor.position < last) {
    const page = await cursor.next();
    if (page.length === 0) break;
    found.push(...page.filter((record) => record.sequence <= last && isWanted(mapping, record)));
  }
  return found[0]?.sequence === first ? found : undefined;
}
