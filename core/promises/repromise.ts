import type { Services } from '../platform/services.ts';
import { equals } from '../platform/table/expressions.ts';
import { keys, prefixes } from '../platform/table/keys.ts';
import { update } from '../platform/table/writes.ts';
import type { StockRow } from '../stock/levels.ts';
import { viewQueue } from './queue-view.ts';
import { PACE, redate } from './redate.ts';
import { type DateMove, type QueueOf, type RoundRow, startRound, stepRound } from './round.ts';

/**
 * Computes the dates of a queue's lines again, from the place on from which they may have moved. Where that is more than a call should
 * do, or the queue changes too fast to be read, it leaves a round to be made by {@link goOn}.
 *
 * It looks at the state and not at what has changed: called twice, late or side by side, the dates in the end are those of the state in
 * the end, and each customer is told once.
 *
 * @param known the level at some time before now, where it is at hand
 * @returns how many lines' dates have moved so far.
 */
export async function repromise(
  services: Services,
  queue: QueueOf,
  move: DateMove,
  known?: StockRow,
  pace = PACE,
): Promise<number> {
  const view = await viewQueue(services, queue, move.from, known);
  if (!view || view.places.length > pace.placesPerCall) {
    await startRound(services, queue, move);
    return 0;
  }
  const { moved, next } = await redate(services, view, move.reason, pace);
  if (next !== undefined) await startRound(services, queue, { ...move, from: next });
  return moved;
}

/** Goes on with the round through a queue that is under way, if there is one; says how many lines' dates have moved. */
export async function goOn(services: Services, queue: QueueOf, pace = PACE): Promise<number> {
  const round = await services.table.get<RoundRow>(keys.repromise(queue.sku, queue.location));
  const view = round && (await viewQueue(services, round, round.from));
  // A queue that cannot be read, or not be got ahead in, is left to the sweeper for another time.
  if (!view) return 0;
  const { moved, next } = await redate(services, view, round.reason, pace);
  if (next !== round.from) await stepRound(services, round, next);
  return moved;
}

/** Whether dates have moved since somebody last looked at the whole queue of a level. */
export function isToBeChecked({ backordered, datesVersion, datesCheckedVersion }: StockRow): boolean {
  return backordered > 0 && datesVersion !== datesCheckedVersion;
}

/** Looks at a whole queue, whatever its changes were, and notes it: what the stream should have done and has lost. */
export async function checkDates(services: Services, level: StockRow): Promise<number> {
  const { table } = services;
  const { sku, location, datesVersion } = level;
  const moved = await repromise(services, level, { from: prefixes.wait(location), reason: 'correction' }, level);
  const key = keys.stock(sku, location);
  await table.decide((seen) => {
    // Refuted: dates have moved since, and the next sweep looks again.
    if (seen.get(key) !== undefined) return { answer: undefined };
    const note = update(key).set('datesCheckedVersion', datesVersion);
    return { answer: undefined, writes: [note.when(equals('datesVersion', datesVersion))] };
  });
  return moved;
}
