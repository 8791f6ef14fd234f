import type { Services } from '../platform/services.ts';
import { Seen } from '../platform/table/decide.ts';
import { equals } from '../platform/table/expressions.ts';
import { indexed, indexes, type Key, keys, shardsOf } from '../platform/table/keys.ts';
import { create, remove, update } from '../platform/table/writes.ts';

const ROWS_PER_PAGE = 200;

/** From which place of a queue on dates may have moved, and why, in a word for the customer. */
export interface DateMove {
  /** The sort key of the place. */
  readonly from: string;
  readonly reason: string;
}

/** How far a round through a queue has come that takes more than one call. Each step's record in the stream makes the next one. */
export interface RoundRow extends Key, DateMove {
  readonly sku: string;
  readonly location: string;
  /** Tells one round from a later one of the same queue. */
  readonly roundId: string;
  readonly version: number;
  /** What has moved dates since it began: another round, from there. This one goes on first, so that its far end is reached. */
  readonly again?: DateMove;
  readonly changedAt: string;
  readonly stockShard: string;
  readonly stockSort: string;
}

export interface QueueOf {
  readonly sku: string;
  readonly location: string;
}

/** Leaves a round for the stream to make; where one is under way, another one after it. */
export async function startRound(services: Services, { sku, location }: QueueOf, move: DateMove): Promise<void> {
  const { table, now, newId } = services;
  const key = keys.repromise(sku, location);
  await table.decide((seen) => {
    const { from, reason } = move;
    const changedAt = now().toISOString();
    const underWay = seen.get<RoundRow>(key);
    if (!underWay) {
      const round = { ...key, sku, location, from, reason, roundId: newId(), version: 1, changedAt };
      return { answer: undefined, writes: [create<RoundRow>({ ...round, ...indexed.repromise(sku, location) })] };
    }
    return { answer: undefined, writes: [changeRound(services, underWay).set('again', earlier(underWay.again, move))] };
  });
}

/** Notes how far a round has come; `next` is the place to go on from, undefined where it has reached the end. */
export async function stepRound(services: Services, round: RoundRow, next: string | undefined): Promise<void> {
  const key = keys.repromise(round.sku, round.location);
  await services.table.decide(
    (seen) => {
      const current = seen.get<RoundRow>(key);
      const isElsewhere = current?.roundId !== round.roundId || current.from !== round.from;
      if (!current || isElsewhere) return { answer: undefined };
      if (next !== undefined) return { answer: undefined, writes: [changeRound(services, current).set('from', next)] };
      const { again } = current;
      if (!again) return { answer: undefined, writes: [remove(current, ...isStill(current))] };
      const anew = changeRound(services, current)
        .setAll({ ...again, roundId: services.newId() })
        .remove('again');
      return { answer: undefined, writes: [anew] };
    },
    new Seen().set(key, round),
  );
}

/** All rounds that are under way. */
export function roundsUnderWay({ table }: Services): AsyncGenerator<RoundRow> {
  return table.listAll<RoundRow>({
    index: indexes.stockByLocation,
    partitions: shardsOf('PROMISES'),
    limit: ROWS_PER_PAGE,
  });
}

/** Of two moves one that covers both, with the word of whichever begins further ahead, or came later. */
export function earlier(move: DateMove | undefined, other: DateMove): DateMove {
  return move && move.from < other.from ? move : other;
}

function changeRound({ now }: Services, round: RoundRow) {
  const change = update(round).add('version', 1).set('changedAt', now().toISOString());
  return change.when(...isStill(round));
}

function isStill({ roundId, version }: RoundRow) {
  return [equals('roundId', roundId), equals('version', version)];
}
