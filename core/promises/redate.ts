import { isDeepStrictEqual } from 'node:util';
import {
  type LineExpectation,
  lineOf,
  linesOf,
  pathOf,
  type ShipmentLine,
  type ShipmentRow,
  shipmentKey,
} from '../orders/shipments.ts';
import { isOpen } from '../orders/statuses.ts';
import { changeShipment } from '../orders/transition.ts';
import { forEachConcurrently } from '../platform/concurrently.ts';
import type { Services } from '../platform/services.ts';
import { type Decision, Seen } from '../platform/table/decide.ts';
import { keys, prefixes } from '../platform/table/keys.ts';
import type { StockRow } from '../stock/levels.ts';
import type { WaitRow } from '../stock/queue.ts';
import { type DatedPlace, isAsDated, type QueueView, viewQueue } from './queue-view.ts';
import { renewPromise } from './renew.ts';

/** How much is done at once. */
export interface Pace {
  /** Shipments that are read, and written, before somebody asks whether the dates still are what they were. */
  readonly placesPerPage: number;
  /** Places that are looked at in one call. */
  readonly placesPerCall: number;
}

/** DynamoDB hands out a hundred rows at once; ten times that is a matter of seconds. */
export const PACE: Pace = { placesPerPage: 100, placesPerCall: 1000 };

const WRITES_AT_ONCE = 16;
/** A page that is overtaken each time is tried this often; somebody has to come back for it later. */
const MAX_TRIES = 10;

export interface Redated {
  /** Lines whose date was another one before. */
  readonly moved: number;
  /** The sort key of the place to go on from; undefined where nobody is left. */
  readonly next: string | undefined;
}

/**
 * Writes to the shipments of those who wait what they can expect: one request for each line whose date has moved, none for others.
 *
 * What was written is right if no date has changed since the view was taken; that is asked after each page, and one that was overtaken
 * is done again on a new view. So whoever writes last has seen everything that had changed by then, however many do this at once.
 * It stops when it has looked at as many places as one call should.
 */
export async function redate(services: Services, view: QueueView, reason: string, pace: Pace): Promise<Redated> {
  let { level, places } = toBeDated(view);
  let looked = 0;
  let moved = 0;
  let tries = 0;
  while (looked < pace.placesPerCall && tries < MAX_TRIES) {
    const page = places.slice(0, pace.placesPerPage);
    const [first] = page;
    if (!first) break;
    const { written, isRight } = await redatePage(services, level, page, reason);
    moved += written.length;
    if (isRight) {
      places = places.slice(page.length);
      looked += page.length;
      tries = 0;
      continue;
    }
    tries++;
    const anew = await viewAgain(services, level, first.wait, written);
    if (!anew) break;
    ({ level, places } = toBeDated(anew));
  }
  return { moved, next: places[0]?.wait.sk };
}

interface ToBeDated {
  readonly level: StockRow;
  readonly places: readonly (DatedPlace & { readonly expected: LineExpectation | null })[];
}

/** Those whose units are there are told when they get them, which is what happens next. */
function toBeDated({ level, places }: QueueView): ToBeDated {
  return {
    level,
    places: places.flatMap(({ wait, expected }) => (expected === 'here' ? [] : [{ wait, expected }])),
  };
}

/** From the page's first place on; or, where one that was written to has left its place, perhaps to one further ahead, from the head on. */
async function viewAgain(
  services: Services,
  level: StockRow,
  first: WaitRow,
  written: readonly WaitRow[],
): Promise<QueueView | undefined> {
  const view = await viewQueue(services, level, first.sk);
  const places = new Set(view?.places.map(({ wait }) => wait.sk));
  if (!view || written.every(({ sk }) => places.has(sk))) return view;
  return viewQueue(services, level, prefixes.wait(level.location), view.level);
}

async function redatePage(
  services: Services,
  level: StockRow,
  page: ToBeDated['places'],
  reason: string,
): Promise<{ written: WaitRow[]; isRight: boolean }> {
  const { table } = services;
  const shipments = await table.getMany<ShipmentRow>(page.map(({ wait }) => shipmentKey(wait.shipmentId)));
  const shipmentOf = new Map(shipments.map((row) => [row.shipmentId, row]));
  const written: WaitRow[] = [];
  let isOvertaken = false;
  await forEachConcurrently(page, WRITES_AT_ONCE, async ({ wait, expected }) => {
    const key = shipmentKey(wait.shipmentId);
    const done = await table.decide<Done>(
      (seen) => redateLine(services, seen.get<ShipmentRow>(key), wait.sku, expected, reason),
      new Seen().set(key, shipmentOf.get(wait.shipmentId)),
    );
    if (done === 'written') written.push(wait);
    if (done === 'waits-no-more') isOvertaken = true;
  });
  if (isOvertaken || written.length === 0) return { written, isRight: !isOvertaken };
  const now = await table.get<StockRow>(keys.stock(level.sku, level.location));
  return { written, isRight: now !== undefined && isAsDated(now, level) };
}

type Done = 'written' | 'was-right' | 'waits-no-more';

function redateLine(
  services: Services,
  row: ShipmentRow | null | undefined,
  sku: string,
  expected: LineExpectation | null,
  reason: string,
): Decision<Done> {
  const line = row && lineOf(row, sku);
  if (!row || !line || line.waiting === 0) return { answer: 'waits-no-more' };
  // One whose end was cut off leaves the queue soon.
  if (!isOpen(row.status) || isDeepStrictEqual(line.expected, expected)) return { answer: 'was-right' };
  const change = changeShipment(services, row).set([...pathOf(line), 'expected'], expected);
  // A shipment that has not been reserved as a whole may yet be rejected: nothing is promised of it before.
  if (row.status !== 'backordered') return { answer: 'written', writes: [change] };
  const lines = linesOf(row).map((other): ShipmentLine => (other.line === line.line ? { ...line, expected } : other));
  const { attributes, events } = renewPromise(services, row, lines, reason);
  return { answer: 'written', writes: [change.setAll({ ...attributes }), ...events] };
}
