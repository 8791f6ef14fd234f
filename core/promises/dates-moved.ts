import { type ShipmentRow, shipmentKey } from '../orders/shipments.ts';
import type { Services } from '../platform/services.ts';
import { prefixes } from '../platform/table/keys.ts';
import type { Cause, StockRow } from '../stock/levels.ts';
import type { MovementType } from '../stock/movements.ts';
import { placeInQueue } from '../stock/queue.ts';
import { PACE } from './redate.ts';
import { repromise } from './repromise.ts';
import { type DateMove, earlier } from './round.ts';

/** The word with which a customer is told why a date has moved. */
const REASONS: Record<MovementType, string> = {
  receipt: 'delivery',
  inbound: 'inbound',
  count: 'count',
  return: 'return',
  reserve: 'order-ahead',
  release: 'cancellation-ahead',
  'write-off': 'short-pick',
  priority: 'priority',
  allocate: 'allocated',
  ship: 'shipped',
};

/** Changes that one line of one shipment makes. */
const OF_ONE_LINE: ReadonlySet<MovementType> = new Set(['reserve', 'release', 'write-off']);

/** One change of a level, as the stream tells of it. */
export interface LevelChange {
  readonly before?: StockRow | undefined;
  readonly after: StockRow;
}

/** Computes again the dates that changes of a level, given in their order, may have moved; says how many of them have, so far. */
export async function datesMoved(services: Services, changes: readonly LevelChange[], pace = PACE): Promise<number> {
  const level = changes.at(-1)?.after;
  const moving = changes.filter(({ before, after }) => before && before.datesVersion !== after.datesVersion);
  if (!level || level.backordered <= 0) return 0;
  const [first, ...others] = await movesOf(services, moving);
  if (!first) return 0;
  return repromise(services, level, others.reduce<DateMove>(earlier, first), level, pace);
}

async function movesOf({ table }: Services, changes: readonly LevelChange[]): Promise<DateMove[]> {
  const ids = changes.map(shipmentBehindWhich);
  const known = new Set(ids.flatMap((shipmentId) => shipmentId ?? []));
  const shipments = await table.getMany<ShipmentRow>([...known].map(shipmentKey));
  const shipmentOf = new Map(shipments.map((row) => [row.shipmentId, row]));
  return changes.map(({ after: { sku, location, lastCause } }, i) => {
    const shipment = shipmentOf.get(ids[i] ?? '');
    // One whose priority was changed may have come or gone at its place before that.
    const hasMoved = shipment?.priorityChange !== undefined;
    const from = shipment && !hasMoved ? placeInQueue(shipment, sku).sk : prefixes.wait(location);
    return { from, reason: reasonOf(lastCause) };
  });
}

/** The shipment whose line has come or gone, so that nobody ahead of it is concerned; undefined where everybody may be. */
function shipmentBehindWhich({ before, after: { available, lastCause } }: LevelChange): string | undefined {
  const isOfOneLine = lastCause !== undefined && OF_ONE_LINE.has(lastCause.type);
  return isOfOneLine && available === before?.available ? lastCause.shipmentId : undefined;
}

/** Inbound shipments bring a word of their own; why else the ledger says that a level has changed is for the merchant's eyes. */
function reasonOf(cause: Cause | undefined): string {
  if (cause === undefined) return 'correction';
  const { type, reason } = cause;
  return type === 'inbound' || type === 'receipt' ? (reason ?? REASONS[type]) : REASONS[type];
}
