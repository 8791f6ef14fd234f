import type { Services } from '../platform/services.ts';
import { type Condition, exists } from '../platform/table/expressions.ts';
import { type Key, keys } from '../platform/table/keys.ts';
import { create, type Update, update, type Write } from '../platform/table/writes.ts';
import { type MovementRow, type MovementType, movementRow } from './movements.ts';

/** The level of one SKU at one location. Units are whole. */
export interface StockRow extends Key {
  readonly sku: string;
  readonly location: string;
  /** Free to promise. */
  readonly available: number;
  /** Promised to shipments and not yet shipped. On hand is `available + allocated`. */
  readonly allocated: number;
  /** Waited for by shipments in the queue. */
  readonly backordered: number;
  /** On inbound shipments, not yet received. */
  readonly incoming: number;
  readonly backorderPolicy: 'deny' | 'allow';
  readonly backorderLimit?: number;
  readonly reorderPoint: number;
  readonly bin: string;
  /** What the last change was about; the record of that change brings it along. */
  readonly lastCause?: Cause;
  /** Rises with every change of the level. */
  readonly version: number;
  /** Rises with every change that can move the date of somebody who waits. Absent until there has been one. */
  readonly datesVersion?: number;
  /** That of the last change after which the sweeper has looked at all dates. */
  readonly datesCheckedVersion?: number;
  readonly changedAt: string;
  /** Set while the merchant has been told that stock is low, until it is well above the reorder point again. */
  readonly lowStockSince?: string;
  /** Set when the bin held less than it should, until it has been counted. */
  readonly countRequestedAt?: string;
}

export interface Deltas {
  readonly available?: number;
  readonly allocated?: number;
  readonly backordered?: number;
  readonly incoming?: number;
}

/** Why a level changes, for the ledger and for whoever waits. */
export interface Cause {
  readonly type: MovementType;
  readonly shipmentId?: string;
  readonly reference?: string;
  readonly reason?: string;
}

/** A part of a change, with a line of the ledger of its own. */
export interface LevelPart {
  readonly deltas: Deltas;
  /** For whom, where that is not the same for all parts. */
  readonly shipmentId?: string;
}

/**
 * The only way in which a level changes: the counters and the movement that explains them, in one transaction. The conditions say
 * what must hold of the level for the change to be right.
 */
export function changeLevel(
  services: Services,
  of: { sku: string; location: string },
  deltas: Deltas,
  cause: Cause,
  conditions: readonly Condition[] = [],
): [level: Update, movement: Write] {
  const [level, ...movements] = changeLevelInParts(services, of, [{ deltas }], cause, conditions);
  return [level, ...(movements as [Write])];
}

/** A change that the ledger tells in several lines. A transaction touches the level once, so they are changed together. */
export function changeLevelInParts(
  services: Services,
  { sku, location }: { sku: string; location: string },
  parts: readonly LevelPart[],
  cause: Cause,
  conditions: readonly Condition[] = [],
): [level: Update, ...movements: Write[]] {
  const at = services.now().toISOString();
  const sum = (counter: keyof Deltas) => parts.reduce((units, { deltas }) => units + (deltas[counter] ?? 0), 0);
  const level = update(keys.stock(sku, location))
    .add('available', sum('available'))
    .add('allocated', sum('allocated'))
    .add('backordered', sum('backordered'))
    .add('incoming', sum('incoming'))
    .add('version', 1)
    .add('datesVersion', movesDates(cause, { backordered: sum('backordered') }) ? 1 : 0)
    .set('changedAt', at)
    .set('lastCause', cause)
    .when(exists('pk'), ...conditions);
  const movements = parts.map(({ deltas, shipmentId }) => {
    const { available = 0, allocated = 0, backordered = 0, incoming = 0 } = deltas;
    const whom = shipmentId !== undefined && { shipmentId };
    const counters = { available, allocated, backordered, incoming };
    return create<MovementRow>(movementRow(services, { sku, location, at, ...counters, ...cause, ...whom }));
  });
  return [level, ...movements];
}

/** Handing units to the queue's head, or shipping them, leaves everybody else as far from their units as they were. */
function movesDates({ type }: Cause, { backordered = 0 }: Deltas): boolean {
  if (type === 'reserve') return backordered > 0;
  return type !== 'allocate' && type !== 'ship';
}

/** What a shopper may be told, of one location or of several together. */
export type Availability = 'in-stock' | 'low-stock' | 'on-backorder' | 'out-of-stock';

const BEST_FIRST: readonly Availability[] = ['in-stock', 'low-stock', 'on-backorder', 'out-of-stock'];

/** Units that the queue waits for are not for a newcomer, even while they are still on the shelf. */
export function availabilityOf(stock: StockRow): Availability {
  const free = stock.backordered > 0 ? 0 : stock.available;
  if (free > stock.reorderPoint) return 'in-stock';
  if (free > 0) return 'low-stock';
  return stock.backorderPolicy === 'allow' ? 'on-backorder' : 'out-of-stock';
}

export function bestAvailability(levels: readonly StockRow[]): Availability {
  const found = new Set(levels.map(availabilityOf));
  return BEST_FIRST.find((availability) => found.has(availability)) ?? 'out-of-stock';
}
