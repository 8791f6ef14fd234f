import {
  type DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { log } from '../../core/platform/log.ts';
import { BEGINNING, type StreamRecord, toStreamRecord } from './stream-record.ts';

export interface ShardAddress {
  client: DynamoDBStreamsClient;
  streamArn: string;
  shardId: string;
}

/** Reads a shard from a position onward, a page at a time. */
export class ShardCursor {
  readonly #shard: ShardAddress;
  #position: bigint;
  #iterator: string | undefined;
  #isAtEnd = false;

  /** @param after the sequence number of the last record that is not wanted. */
  constructor(shard: ShardAddress, after: bigint) {
    this.#shard = shard;
    this.#position = after;
  }

  /** The sequence number of the last record read. */
  get position(): bigint {
    return this.#position;
  }

  /** Whether the shard is closed and read to its end. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /** The next page; empty when there is nothing new. */
  async next(): Promise<StreamRecord[]> {
    if (this.#isAtEnd) return [];
    const { Records = [], NextShardIterator } = await this.#getRecords();
    const records = Records.map((record) => toStreamRecord(record, this.#shard.streamArn)).filter(
      (record) => record.sequence > this.#position,
    );
    this.#position = records.at(-1)?.sequence ?? this.#position;
    this.#iterator = NextShardIterator;
    this.#isAtEnd = !NextShardIterator;
    return records;
  }

  async #getRecords() {
    try {
      this.#iterator ??= await this.#iteratorFor(this.#position);
      return await this.#shard.client.send(new GetRecordsCommand({ ShardIterator: this.#iterator }));
    } catch (error) {
      this.#iterator = await this.#recover(error);
      return await this.#shard.client.send(new GetRecordsCommand({ ShardIterator: this.#iterator }));
    }
  }

  async #recover(error: unknown) {
    if (error instanceof ExpiredIteratorException) return this.#iteratorFor(this.#position);
    if (!(error instanceof TrimmedDataAccessException)) throw error;
    log.warn('the stream has dropped records that were not read yet', { shardId: this.#shard.shardId });
    return this.#iteratorFor(BEGINNING);
  }

  async #iteratorFor(after: bigint) {
    const { client, streamArn, shardId } = this.#shard;
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamArn: streamArn,
        ShardId: shardId,
        ...(after === BEGINNING
          ? { ShardIteratorType: 'TRIM_HORIZON' }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: String(after) }),
      }),
    );
    return ShardIterator;
  }
}

/**
 * Where to go on after a restart: at the checkpoint, unless the stream does not reach up to it. Then the database was set back,
 * its sequence numbers will be used again, and going on would skip records: everything it has is read anew.
 */
export async function resumeAt({ client, streamArn, shardId }: ShardAddress, checkpoint: bigint): Promise<bigint> {
  const iterator = new GetShardIteratorCommand({
    StreamArn: streamArn,
    ShardId: shardId,
    ShardIteratorType: 'AT_SEQUENCE_NUMBER',
    SequenceNumber: String(checkpoint),
  });
  try {
    const { ShardIterator } = await client.send(iterator);
    const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 1 }));
    if (Records.length > 0) return checkpoint;
  } catch (error) {
    // The cursor that starts there meets the same and knows what to do.
    if (error instanceof TrimmedDataAccessException) return checkpoint;
    throw error;
  }
  log.warn('the stream ends before the checkpoint; reading all of it', { shardId });
  return BEGINNING;
}
