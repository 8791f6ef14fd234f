import { type ShardAddress, ShardCursor } from './shard-cursor.ts';
import type { StreamRecord } from './stream-record.ts';
import { Signal } from './waiting.ts';

/** What a shard's log keeps in memory for its readers, by the size of the records in DynamoDB. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/**
 * The newest records of a shard, read once for all who follow it. Whoever falls further behind than is kept reads the stream itself
 * until it has caught up, so that a slow reader costs the others nothing.
 */
export class ShardLog {
  /** Raised when there is more to read, or the end of the shard is reached. */
  readonly grown = new Signal();
  readonly #shard: ShardAddress;
  readonly #tail: ShardCursor;
  #kept: StreamRecord[] = [];
  #keptBytes = 0;
  /** What is kept begins after this sequence number, without a gap. */
  #keptAfter: bigint;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(shard: ShardAddress, after: bigint) {
    this.#shard = shard;
    this.#tail = new ShardCursor(shard, after);
    this.#keptAfter = after;
  }

  get shardId(): string {
    return this.#shard.shardId;
  }

  /** The sequence number of the newest record read. */
  get head(): bigint {
    return this.#tail.position;
  }

  get isAtEnd(): boolean {
    return this.#tail.isAtEnd;
  }

  /** Reads on at the tail, after those who asked before. @returns how many records there were. */
  poll(): Promise<number> {
    const count = this.#reading.then(() => this.#readOn());
    this.#reading = count.catch(() => undefined);
    return count;
  }

  /** The records after a position as far as they are known; nothing if the position is older than what is kept. */
  since(after: bigint): StreamRecord[] | undefined {
    if (after < this.#keptAfter) return undefined;
    return this.#kept.slice(this.#kept.findLastIndex((record) => record.sequence <= after) + 1);
  }

  cursorAfter(after: bigint): ShardCursor {
    return new ShardCursor(this.#shard, after);
  }

  async #readOn() {
    const records = await this.#tail.next();
    this.#kept.push(...records);
    this.#keptBytes += records.reduce((sum, record) => sum + record.sizeBytes, 0);
    this.#forgetOldest();
    if (records.length > 0 || this.isAtEnd) this.grown.raise();
    return records.length;
  }

  #forgetOldest() {
    let count = 0;
    for (const record of this.#kept) {
      if (this.#keptBytes <= MAX_KEPT_BYTES) break;
      this.#keptBytes -= record.sizeBytes;
      this.#keptAfter = record.sequence;
      count++;
    }
    this.#kept.splice(0, count);
  }
}

/** One reader's way along a shard: the common log where it reaches back far enough, the stream itself where it does not. */
export class ShardReader {
  readonly #log: ShardLog;
  #catchingUp: { cursor: ShardCursor; page: StreamRecord[] } | undefined;

  constructor(log: ShardLog) {
    this.#log = log;
  }

  /** Some of the records after a position; empty when there is nothing new. Positions only grow. */
  async after(position: bigint): Promise<StreamRecord[]> {
    const shared = this.#log.since(position);
    if (shared) {
      this.#catchingUp = undefined;
      return shared;
    }
    this.#catchingUp ??= { cursor: this.#log.cursorAfter(position), page: [] };
    const { cursor, page } = this.#catchingUp;
    const rest = page.filter((record) => record.sequence > position);
    this.#catchingUp.page = rest.length > 0 ? rest : await cursor.next();
    return this.#catchingUp.page;
  }
}
