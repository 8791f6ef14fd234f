import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Reaction } from '../../../core/reactors/change.ts';
import { onChanges } from '../../../functions/support/stream.ts';
import { eventSources } from '../../../local/event-sources.ts';
import { matches } from '../../../local/filter-pattern.ts';
import type { Commit, Record } from './commits.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** What else than in order and once can happen to what the stream delivers, as shares of all deliveries. */
export interface StreamHabits {
  /** Handled, and delivered again at once, as after an answer that was lost. */
  readonly again: number;
  /** Handled, and delivered again hours later, as by a redrive of dead letters. */
  readonly muchLater: number;
  /** Given up after a failure: a dead letter. */
  readonly givenUp: number;
  /** Late by minutes. */
  readonly late: number;
}

export const GOOD_HABITS: StreamHabits = { again: 0, muchLater: 0, givenUp: 0, late: 0 };

type FunctionName = keyof typeof eventSources;

interface LaneOptions {
  readonly functionName: FunctionName;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly habits: () => StreamHabits;
  /** Calls the function for somebody of this name. @throws whatever it throws */
  readonly deliver: (name: string, handle: (react: Reaction) => Promise<unknown>) => Promise<unknown>;
}

/** Items are spread over so many shards; between shards there is no order. */
const SHARDS = 2;
const MAX_FAILURES = 10;
const MINUTE_MS = 60_000;

/** One function's way along the stream: batches in order, one at a time in each shard, again while it fails. */
export class StreamLanes {
  readonly #lanes: Lane[];
  readonly #wanted: (record: Record) => boolean;

  constructor(options: LaneOptions) {
    const { filters } = eventSources[options.functionName];
    this.#wanted = (record) => filters.some((filter) => matches(filter, asDelivered(record)));
    this.#lanes = Array.from({ length: SHARDS }, (_, shard) => new Lane(`${options.functionName}/${shard}`, options));
  }

  add(commit: Commit): void {
    for (const { pk, record } of commit) {
      if (!this.#wanted(record)) continue;
      let hash = 0;
      for (let i = 0; i < pk.length; i++) hash = (hash * 31 + pk.charCodeAt(i)) >>> 0;
      this.#lanes[hash % SHARDS]?.add(record);
    }
  }

  get isIdle(): boolean {
    return this.#lanes.every((lane) => lane.isIdle);
  }
}

class Lane {
  readonly #name: string;
  readonly #options: LaneOptions;
  readonly #records: Record[] = [];
  #failures = 0;
  #deliveries = 0;
  #deadLetters = 0;
  #isBusy = false;

  constructor(name: string, options: LaneOptions) {
    this.#name = name;
    this.#options = options;
  }

  get isIdle(): boolean {
    return !this.#isBusy && this.#records.length === 0 && this.#deadLetters === 0;
  }

  add(record: Record): void {
    this.#records.push(record);
    if (!this.#isBusy) this.#plan();
  }

  #plan(): void {
    const { timeline, random, habits } = this.#options;
    this.#isBusy = true;
    const isLate = random.chance(habits().late);
    const lagMs = isLate ? random.between(MINUTE_MS, 20 * MINUTE_MS) : random.between(2, 60);
    timeline.setTimeout(() => void this.#deliver(), lagMs * (1 + this.#failures));
  }

  async #deliver(): Promise<void> {
    const { random } = this.#options;
    const batch = this.#records.slice(0, random.chance(0.3) ? 1 : 100);
    const done = await this.#handle(`${this.#name} #${++this.#deliveries}`, batch);
    this.#failures = done > 0 || batch.length === 0 ? 0 : this.#failures + 1;
    if (this.#isGivenUp()) this.#giveUp(batch);
    else this.#records.splice(0, this.#isDeliveredAgain(batch, done) ? 0 : done);
    this.#isBusy = false;
    if (this.#records.length > 0) this.#plan();
  }

  #isGivenUp(): boolean {
    const { random, habits } = this.#options;
    const isDrawn = random.chance(habits().givenUp);
    return this.#failures > MAX_FAILURES || (this.#failures > 0 && isDrawn);
  }

  /** What was to be done for the workflow and the queues, the sweeper finds. What was to be told, somebody has to redrive. */
  #giveUp(batch: readonly Record[]): void {
    this.#failures = 0;
    this.#records.splice(0, batch.length);
    if (this.#options.functionName === 'on-stock-change') return;
    this.#deadLetters++;
    this.#redriveSomeTime(`${this.#name} #${this.#deliveries}`, batch);
  }

  #redriveSomeTime(name: string, batch: readonly Record[], tries = 1): void {
    const { random, timeline } = this.#options;
    const redrive = async () => {
      const done = await this.#handle(`${name} redriven ${tries}`, batch);
      if (done < batch.length) this.#redriveSomeTime(name, batch.slice(done), tries + 1);
      else this.#deadLetters--;
    };
    timeline.setTimeout(() => void redrive(), random.between(10, 600) * MINUTE_MS);
  }

  #isDeliveredAgain(batch: readonly Record[], done: number): boolean {
    const { random, habits, timeline } = this.#options;
    const { again, muchLater } = habits();
    if (done > 0 && random.chance(muchLater)) {
      const name = `${this.#name} #${this.#deliveries} again`;
      timeline.setTimeout(() => void this.#handle(name, batch.slice(0, done)), random.between(10, 600) * MINUTE_MS);
    }
    return done > 0 && random.chance(again);
  }

  /** @returns how many records, from the first on, are done */
  async #handle(name: string, batch: readonly Record[]): Promise<number> {
    const event: DynamoDBStreamEvent = { Records: batch.map(asDelivered) };
    try {
      const answer = await this.#options.deliver(name, (react) => onChanges(react)(event));
      const { batchItemFailures } = answer as { batchItemFailures: { itemIdentifier: string }[] };
      const failed = batchItemFailures.map(({ itemIdentifier }) =>
        batch.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === itemIdentifier),
      );
      return Math.min(batch.length, ...failed);
    } catch {
      return 0;
    }
  }
}

/** As it came over the wire it is what Lambda hands over, but for attributes of bytes, of which the table has none. */
function asDelivered(record: Record): DynamoDBRecord {
  return record as DynamoDBRecord;
}
