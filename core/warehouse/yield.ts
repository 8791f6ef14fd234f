import type { Happening } from '../orders/happenings.ts';
import {
  lineOf,
  pathOf,
  type ShipmentLine,
  type ShipmentRow,
  shipmentKey,
  waiterOf,
  withoutExpectation,
} from '../orders/shipments.ts';
import { isOpen, progress } from '../orders/statuses.ts';
import { changeShipment, moveShipment, say } from '../orders/transition.ts';
import type { Services } from '../platform/services.ts';
import { MAX_TRANSACTION_WRITES, type Seen } from '../platform/table/decide.ts';
import type { Update, Write } from '../platform/table/writes.ts';
import { settle } from '../reservations/release.ts';
import type { StockRow } from '../stock/levels.ts';
import { listMovements } from '../stock/movements.ts';
import { enqueue, requeue } from '../stock/queue.ts';

/**
 * A shipment that yields takes five writes (its row, its order, the timeline, its movement and its place in the queue); the level, its
 * own movement and a remembered answer three more.
 */
const YIELDS_PER_TRANSACTION = Math.floor((MAX_TRANSACTION_WRITES - 3) / 5);

const MOVEMENTS_PER_PAGE = 100;

/** A shipment with units of a SKU set aside for it. */
interface Holder {
  readonly row: ShipmentRow;
  readonly line: ShipmentLine;
}

/** Units that a shipment gives up, to wait for them again. */
export interface Yield extends Holder {
  readonly units: number;
}

/** Who yields so many units, the latest promise first; `again` where they were still held for a shipment that has ended. */
export async function latestPromises(
  services: Services,
  stock: StockRow,
  units: number,
): Promise<Yield[] | 'all-in-cartons' | 'again'> {
  const yielding: Yield[] = [];
  if (units === 0) return yielding;
  let left = units;
  for await (const { row, line } of holdersOf(services, stock)) {
    if (!isOpen(row.status)) {
      await settle(services, row.shipmentId);
      return 'again';
    }
    if (isPacked(row)) continue;
    const given = Math.min(left, line.allocated);
    yielding.push({ row, line, units: given });
    left -= given;
    if (left === 0) return yielding;
  }
  return 'all-in-cartons';
}

/** How many of them one transaction holds. It touches an order once: the next shipment of the same order comes with the next. */
export function fitting(yielding: readonly Yield[]): number {
  const orders = new Set<string>();
  for (const { row } of yielding) {
    if (orders.size === YIELDS_PER_TRANSACTION || orders.has(row.orderId)) break;
    orders.add(row.orderId);
  }
  return orders.size;
}

/** The shipment's side of giving up units; the level's is the caller's. */
export function yieldUnits(services: Services, seen: Seen, { row, line, units }: Yield): Write[] {
  const waiting = line.waiting + units;
  const { change, others } = waitingAgain(services, seen, row, said(line.sku, units));
  change
    .set(pathOf(line), { ...withoutExpectation(line), allocated: line.allocated - units, waiting })
    .set('linesWaiting', row.linesWaiting + (line.waiting === 0 ? 1 : 0))
    .remove('promise');
  const place =
    line.waiting === 0
      ? enqueue(row, line.sku, units)
      : requeue(waiterOf(row, line), line.sku, { from: line.waiting, to: waiting });
  return [change, ...others, place];
}

/** A shipment that is still being reserved line by line goes on with that. */
function waitingAgain(
  services: Services,
  seen: Seen,
  row: ShipmentRow,
  happening: Happening,
): { change: Update; others: Write[] } {
  if (row.status === 'placed') return { change: changeShipment(services, row), others: [] };
  if (row.status === 'backordered') {
    return { change: changeShipment(services, row), others: [say(services, row.shipmentId, happening)] };
  }
  const { row: change, order, event } = moveShipment(services, seen, row, 'backordered', happening);
  return { change, others: [order, event] };
}

function said(sku: string, units: number): Happening {
  return {
    type: 'backordered',
    detail: `A count found fewer than were promised: waits for ${units} of ${sku}.`,
    facts: { waiting: [{ sku, quantity: units }] },
  };
}

function isPacked({ status }: ShipmentRow): boolean {
  return (progress(status) ?? 0) >= (progress('packing') ?? 0);
}

/** Who holds the allocated units of a level, whoever was promised them last first. Read off the ledger, back to the first of them. */
async function* holdersOf(services: Services, stock: StockRow): AsyncGenerator<Holder> {
  const { sku, location } = stock;
  const known = new Set<string>();
  let unfound = stock.allocated;
  let cursor: string | undefined;
  do {
    const page = { limit: MOVEMENTS_PER_PAGE, ...(cursor && { cursor }) };
    const { items, nextCursor } = await listMovements(services, { sku, location, ...page });
    const promised = items.filter(({ allocated }) => allocated > 0).flatMap(({ shipmentId }) => shipmentId ?? []);
    const shipmentIds = [...new Set(promised)].filter((shipmentId) => !known.has(shipmentId));
    for (const shipmentId of shipmentIds) known.add(shipmentId);
    for (const holder of await holding(services, shipmentIds, sku)) {
      unfound -= holder.line.allocated;
      yield holder;
    }
    cursor = nextCursor;
  } while (unfound > 0 && cursor !== undefined);
}

/** Those of the shipments that hold units of the SKU, in the given order. */
async function holding({ table }: Services, shipmentIds: readonly string[], sku: string): Promise<Holder[]> {
  const rows = await table.getMany<ShipmentRow>(shipmentIds.map(shipmentKey));
  const rowOf = new Map(rows.map((row) => [row.shipmentId, row]));
  return shipmentIds.flatMap((shipmentId) => {
    const row = rowOf.get(shipmentId);
    const line = row && lineOf(row, sku);
    return row && line && line.allocated > 0 ? [{ row, line }] : [];
  });
}
