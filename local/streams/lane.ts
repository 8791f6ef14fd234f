import { randomUUID } from 'node:crypto';
import { log } from '../../core/platform/log.ts';
import { type DeadLetterSink, type FailedBatch, toDeadLetter } from './give-up.ts';
import { invoke } from './invoke.ts';
import { type CompleteMapping, isWanted } from './mapping.ts';
import { type ShardLog, ShardReader } from './shard-log.ts';
import type { StreamRecord } from './stream-record.ts';
import { Signal, Sleeper } from './waiting.ts';

const AFTER_ERROR_MS = 1_000;

export interface LaneOptions {
  mapping: CompleteMapping;
  streamArn: string;
  shard: ShardLog;
  /** The sequence number after which to begin. */
  after: bigint;
  deadLetters: DeadLetterSink;
  saveCheckpoint: (position: bigint) => void;
  now: () => Date;
}

/** A batch or what is left of it. */
interface Work {
  records: StreamRecord[];
  /** Failures without progress that count as attempts. */
  failures: number;
}

/** One function's way along one shard: batches in order, one at a time. What blocks it blocks nobody else. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #reader: ShardReader;
  readonly #moved = new Signal();
  readonly #backoff = new Sleeper();
  #position: bigint;
  #isStopping = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#reader = new ShardReader(options.shard);
    this.#position = options.after;
  }

  /** Handles what comes until the shard ends or `stop` is called. */
  async run(): Promise<void> {
    const { shard, mapping } = this.#options;
    while (!this.#isStopping) {
      try {
        const available = await this.#reader.after(this.#position);
        if (available.length > 0) await this.#handle(available);
        else if (this.#position < shard.head) continue;
        else if (shard.isAtEnd) return;
        else if (!this.#isStopping) await shard.grown.wait();
      } catch (error) {
        // Neither the function nor its records are to blame: the stream cannot be read, or a dead letter not be kept.
        log.error('stream processing is held up', { function: mapping.functionName, shardId: shard.shardId, error });
        await this.#backoff.sleep(AFTER_ERROR_MS);
      }
    }
  }

  /** Ends after the call in progress; what it does not finish is handled again after the next start. */
  stop(): void {
    this.#isStopping = true;
    this.#options.shard.grown.raise();
    this.#backoff.wake();
    this.#moved.raise();
  }

  /** Resolves when everything up to a position is handled, or the lane is stopped. */
  async reached(position: bigint): Promise<void> {
    while (this.#position < position && !this.#isStopping) await this.#moved.wait();
  }

  async #handle(available: StreamRecord[]) {
    const { mapping } = this.#options;
    const batch: StreamRecord[] = [];
    let end = this.#position;
    for (const record of available) {
      if (isWanted(mapping, record)) batch.push(record);
      end = record.sequence;
      if (batch.length === mapping.batchSize) break;
    }
    if (await this.#settle(batch)) this.#advance(end);
  }

  /** Brings each record of a batch to its end: handled, or a dead letter. @returns whether it came to that. */
  async #settle(batch: StreamRecord[]): Promise<boolean> {
    const pending: Work[] = batch.length > 0 ? [{ records: batch, failures: 0 }] : [];
    for (let work = pending.shift(); work; work = pending.shift()) {
      pending.unshift(...(await this.#attempt(work)));
      if (this.#isStopping && pending.length > 0) return false;
    }
    return true;
  }

  /** Tries once. @returns what is left to do, in order. */
  async #attempt({ records, failures }: Work): Promise<Work[]> {
    const { mapping, now } = this.#options;
    const oldest = now().getTime() - mapping.maximumRecordAgeSeconds * 1000;
    const young = records.findIndex((record) => record.createdAtMs >= oldest);
    if (young !== 0) {
      const split = young === -1 ? records.length : young;
      await this.#giveUp('RecordAgeExceeded', records.slice(0, split), failures);
      return split === records.length ? [] : [{ records: records.slice(split), failures }];
    }

    const { done, error, requestId } = await invoke(mapping, records);
    const lastDone = records[done - 1];
    if (lastDone) this.#advance(lastDone.sequence);
    const rest = records.slice(done);
    if (rest.length === 0) return [];
    log.warn('a batch failed', { function: mapping.functionName, records: rest.length, failures, error });
    return this.#afterFailure({ records: rest, failures: done > 0 ? 0 : failures }, requestId, done > 0);
  }

  async #afterFailure({ records, failures }: Work, requestId: string, hasProgress: boolean): Promise<Work[]> {
    const { mapping } = this.#options;
    if (mapping.bisectBatchOnFunctionError && (hasProgress || records.length > 1)) {
      if (hasProgress) return [{ records, failures }];
      const middle = Math.ceil(records.length / 2);
      return [
        { records: records.slice(0, middle), failures },
        { records: records.slice(middle), failures },
      ];
    }
    const counted = failures + 1;
    if (counted > mapping.maximumRetryAttempts) {
      await this.#giveUp('RetryAttemptsExhausted', records, counted, requestId);
      return [];
    }
    if (!this.#isStopping) await this.#backoff.sleep(mapping.backoffMs(counted));
    return [{ records, failures: counted }];
  }

  async #giveUp(
    condition: FailedBatch['condition'],
    records: StreamRecord[],
    invocations: number,
    requestId: string = randomUUID(),
  ) {
    const { mapping, streamArn, shard, deadLetters, now } = this.#options;
    const letter = toDeadLetter(
      {
        functionName: mapping.functionName,
        streamArn,
        shardId: shard.shardId,
        records,
        condition,
        requestId,
        invocations,
      },
      now(),
    );
    await deadLetters.add(mapping.functionName, letter);
    log.error('records became a dead letter', {
      function: mapping.functionName,
      shardId: shard.shardId,
      condition,
      failures: invocations,
      sequenceNumbers: records.map(({ sequence }) => String(sequence)),
    });
    const last = records.at(-1);
    if (last) this.#advance(last.sequence);
  }

  #advance(position: bigint) {
    if (position <= this.#position) return;
    this.#position = position;
    this.#options.saveCheckpoint(position);
    this.#moved.raise();
  }
}
