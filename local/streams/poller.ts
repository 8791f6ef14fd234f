import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeStreamCommand, type DynamoDBStreamsClient, type Shard } from '@aws-sdk/client-dynamodb-streams';
import { log } from '../../core/platform/log.ts';
import { DeadLetterDirectory } from '../dead-letters/directory.ts';
import { DeadLetterMemory } from '../dead-letters/memory.ts';
import { Checkpoints } from './checkpoints.ts';
import { Lane } from './lane.ts';
import { type CompleteMapping, type EventSourceMapping, withDefaults } from './mapping.ts';
import { resumeAt, type ShardAddress } from './shard-cursor.ts';
import { ShardLog } from './shard-log.ts';
import { BEGINNING } from './stream-record.ts';
import { Sleeper } from './waiting.ts';

/** Where in the state directory the dead letters lie. */
export const DEAD_LETTERS = 'dead-letters';
/** How often the stream is asked while records come, and while none have come for a second or two. */
const BUSY_INTERVAL_MS = 8;
const IDLE_INTERVAL_MS = 150;
const SLOWDOWN = 1.1;
const AFTER_ERROR_MS = 1_000;
/** How soon a closed shard's successors are looked for again. */
const SHARDS_INTERVAL_MS = 1_000;

/** A shard that is followed, or was to its end. */
interface FollowedShard {
  shard: ShardLog;
  parentId: string | undefined;
  lanes: Lane[];
  /** When each lane, in the order of the mappings, has come to the end. */
  laneEnds: Promise<void>[];
  isDone: boolean;
}

export interface StreamPollerOptions {
  client: DynamoDBStreamsClient;
  streamArn: string;
  mappings: EventSourceMapping[];
  /** Where checkpoints and dead letters are kept; without it, in memory. */
  stateDirectory?: string;
  now?: () => Date;
}

/** Reads a DynamoDB stream and hands its records to functions, as Lambda's event source mappings do. */
export class StreamPoller {
  readonly #client: DynamoDBStreamsClient;
  readonly #streamArn: string;
  readonly #mappings: CompleteMapping[];
  readonly #checkpoints: Checkpoints;
  /** What its readers gave up. */
  readonly deadLetters: DeadLetterDirectory | DeadLetterMemory;
  readonly #now: () => Date;
  readonly #shards = new Map<string, FollowedShard>();
  #following: Promise<void> = Promise.resolve();
  readonly #sleepers = new Set<Sleeper>();
  readonly #running = new Set<Promise<void>>();
  #isClosing = false;

  private constructor(options: StreamPollerOptions, checkpoints: Checkpoints) {
    this.#client = options.client;
    this.#streamArn = options.streamArn;
    this.#mappings = options.mappings.map(withDefaults);
    this.#now = options.now ?? (() => new Date());
    this.#checkpoints = checkpoints;
    this.deadLetters = options.stateDirectory
      ? new DeadLetterDirectory(join(options.stateDirectory, DEAD_LETTERS))
      : new DeadLetterMemory();
  }

  static async start(options: StreamPollerOptions): Promise<StreamPoller> {
    const { stateDirectory, mappings } = options;
    const names = new Set(mappings.map(({ functionName }) => functionName));
    if (names.size < mappings.length) throw new Error('Each mapping needs a function of its own');
    if (stateDirectory) await mkdir(stateDirectory, { recursive: true });
    const poller = new StreamPoller(
      options,
      await Checkpoints.open(stateDirectory && join(stateDirectory, 'stream-checkpoints.json')),
    );
    await poller.#followNewShards();
    return poller;
  }

  /** Looks for new records now. Whoever writes may call it, and need not wait for the next look. */
  poke(): void {
    for (const sleeper of this.#sleepers) sleeper.wake();
  }

  /** Resolves when each function has handled all that is in the stream, including what came in meanwhile. */
  async idle(): Promise<void> {
    let isCaughtUp = false;
    while (!isCaughtUp && !this.#isClosing) {
      isCaughtUp = true;
      for (const { shard, lanes } of [...this.#shards.values()]) {
        await shard.poll();
        const { head } = shard;
        await Promise.all(lanes.map((lane) => lane.reached(head)));
        await shard.poll();
        isCaughtUp &&= shard.head === head;
      }
    }
  }

  /** Ends after the calls in progress, with the checkpoints on disk. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const { lanes } of this.#shards.values()) for (const lane of lanes) lane.stop();
    this.poke();
    await Promise.all(this.#running);
    await this.#checkpoints.flush();
  }

  /** One call at a time, so that no shard is followed twice. */
  #followNewShards(): Promise<void> {
    const followed = this.#following.then(async () => {
      const shards = await this.#listShards();
      const listed = new Set(shards.map((shard) => shard.ShardId));
      for (const [shardId, { isDone }] of this.#shards) {
        if (isDone && !listed.has(shardId)) this.#shards.delete(shardId);
      }
      this.#checkpoints.retain(this.#streamArn, listed);
      for (const shard of shards) if (!this.#shards.has(shard.ShardId)) await this.#follow(shard);
    });
    this.#following = followed.catch(() => undefined);
    return followed;
  }

  /** Oldest first, so that parents come before their children. */
  async #listShards() {
    const shards: (Shard & { ShardId: string })[] = [];
    let last: string | undefined;
    do {
      const { StreamDescription: page } = await this.#client.send(
        new DescribeStreamCommand({ StreamArn: this.#streamArn, ExclusiveStartShardId: last }),
      );
      for (const shard of page?.Shards ?? []) if (shard.ShardId) shards.push({ ...shard, ShardId: shard.ShardId });
      last = page?.LastEvaluatedShardId;
    } while (last);
    return shards.sort((a, b) => a.ShardId.localeCompare(b.ShardId));
  }

  async #follow({ ShardId: shardId, ParentShardId }: Shard & { ShardId: string }) {
    const address: ShardAddress = { client: this.#client, streamArn: this.#streamArn, shardId };
    const positions: bigint[] = [];
    // The common log begins where the foremost is; those behind it read the stream themselves until they have caught up.
    let foremost = BEGINNING;
    for (const { functionName } of this.#mappings) {
      const checkpoint = this.#checkpoints.get(functionName, this.#streamArn, shardId);
      const position = checkpoint === undefined ? BEGINNING : await resumeAt(address, checkpoint);
      positions.push(position);
      if (position > foremost) foremost = position;
    }
    const shard = new ShardLog(address, foremost);
    const lanes = this.#mappings.map((mapping, index) => this.#newLane(mapping, shard, positions[index] ?? BEGINNING));
    const parent = this.#shards.get(ParentShardId ?? '');
    const laneEnds = lanes.map(async (lane, index) => {
      await parent?.laneEnds[index];
      await lane.run();
    });
    const followed: FollowedShard = { shard, parentId: ParentShardId, lanes, laneEnds, isDone: false };
    this.#shards.set(shardId, followed);
    this.#track(this.#tail(shard));
    this.#track(
      Promise.all(laneEnds).then(() => {
        followed.isDone = true;
      }),
    );
  }

  #newLane(mapping: CompleteMapping, shard: ShardLog, after: bigint) {
    return new Lane({
      mapping,
      streamArn: this.#streamArn,
      shard,
      after,
      deadLetters: this.deadLetters,
      saveCheckpoint: (position) =>
        this.#checkpoints.set(mapping.functionName, this.#streamArn, shard.shardId, position),
      now: this.#now,
    });
  }

  #track(work: Promise<void>) {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }

  /** Keeps a shard's log up to date until the shard is closed, and then turns to its successors. */
  async #tail(shard: ShardLog) {
    const sleeper = new Sleeper();
    this.#sleepers.add(sleeper);
    let interval = BUSY_INTERVAL_MS;
    while (!this.#isClosing && !shard.isAtEnd) {
      interval = await this.#look(shard, interval);
      if (!shard.isAtEnd) await sleeper.sleep(interval);
    }
    while (!this.#isClosing && !this.#hasSuccessor(shard)) {
      await this.#followNewShards().catch((error: unknown) => log.error('the stream cannot be read', { error }));
      if (!this.#hasSuccessor(shard)) await sleeper.sleep(SHARDS_INTERVAL_MS);
    }
    this.#sleepers.delete(sleeper);
  }

  #hasSuccessor({ shardId }: ShardLog) {
    return [...this.#shards.values()].some(({ parentId }) => parentId === shardId);
  }

  /** Reads what is new. @returns how long to wait before the next look, in milliseconds. */
  async #look(shard: ShardLog, interval: number) {
    try {
      const found = await shard.poll();
      return found > 0 ? BUSY_INTERVAL_MS : Math.min(interval * SLOWDOWN, IDLE_INTERVAL_MS);
    } catch (error) {
      log.error('the stream cannot be read', { shardId: shard.shardId, error });
      return AFTER_ERROR_MS;
    }
  }
}
