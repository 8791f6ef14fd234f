import { isDeepStrictEqual } from 'node:util';
import type { LineExpectation } from '../orders/shipments.ts';
import type { Services } from '../platform/services.ts';
import { keys } from '../platform/table/keys.ts';
import type { StockRow } from '../stock/levels.ts';
import { queueFrom, type WaitRow } from '../stock/queue.ts';
import { type SupplyRow, supplyOf } from '../stock/supply.ts';
import { type Peg, peg } from './peg.ts';

/** A queue that changes each time is read this often; somebody has to come back for it later. */
const MAX_READINGS = 10;

/** One of those who wait, and with which arrival the line has its units: `here` when they are there and only have to be handed over. */
export interface DatedPlace {
  readonly wait: WaitRow;
  readonly expected: LineExpectation | null | 'here';
}

/** The end of a queue, from a place on, and what its lines can expect, as both were at one moment. */
export interface QueueView {
  readonly level: StockRow;
  readonly places: readonly DatedPlace[];
  readonly supply: readonly SupplyRow[];
}

/**
 * Reads a queue and what is coming. That takes several requests, so the level is read before and after them, and what changed a date
 * in between makes it read again. Units that are handed to the head meanwhile do no harm: places are counted from the end.
 *
 * @param from the sort key of the first place to look at
 * @param known the level at some time before now, where it is at hand
 * @returns undefined for a queue that changes faster than it can be read.
 */
export async function viewQueue(
  services: Services,
  { sku, location }: { sku: string; location: string },
  from: string,
  known?: StockRow,
): Promise<QueueView | undefined> {
  const key = keys.stock(sku, location);
  const readLevel = async (): Promise<StockRow> => {
    const level = await services.table.get<StockRow>(key);
    if (!level) throw new Error(`there is no level of ${sku} at ${location}`);
    return level;
  };
  let before = known ?? (await readLevel());
  for (let reading = 0; reading < MAX_READINGS; reading++) {
    const [waiting, supply] = await Promise.all([
      queueFrom(services, sku, location, from),
      before.incoming > 0 ? supplyOf(services, sku, location) : [],
    ]);
    const level = await readLevel();
    if (isAsDated(level, before) && (await isReadOnce(services, level, from, waiting))) {
      const pegs = peg(waiting, level.backordered - level.available, supply);
      const places = waiting.map((wait, i) => ({ wait, expected: expectationOf(pegs[i] ?? null) }));
      return { level, places, supply };
    }
    before = level;
  }
  return undefined;
}

/** Whether nothing has changed a date between two looks at a level. */
export function isAsDated(level: StockRow, before: StockRow): boolean {
  return level.datesVersion === before.datesVersion;
}

/**
 * A split hands a place on to the order's next shipment, just behind, and leaves the level alone. Where that happened while the queue
 * was read, it may be there twice; read again, it is there once. An order that really waits twice is read the same again.
 */
async function isReadOnce(
  services: Services,
  { sku, location }: StockRow,
  from: string,
  waiting: readonly WaitRow[],
): Promise<boolean> {
  if (new Set(waiting.map(({ orderId }) => orderId)).size === waiting.length) return true;
  const again = await queueFrom(services, sku, location, from);
  return isDeepStrictEqual(again, waiting);
}

function expectationOf(found: Peg<SupplyRow>): DatedPlace['expected'] {
  if (found === 'here' || found === null) return found;
  const { expectedAt, inboundShipmentId } = found;
  return { expectedAt, inboundShipmentId };
}
