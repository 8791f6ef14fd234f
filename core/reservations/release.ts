import * as z from 'zod';
import { raiseAlert } from '../alerts/alert.ts';
import type { Happening } from '../orders/happenings.ts';
import { ShipmentId } from '../orders/schema.ts';
import {
  type EndReason,
  isDecided,
  isHeld,
  linesOf,
  pathOf,
  type ShipmentLine,
  type ShipmentRow,
  shipmentKey,
  waiterOf,
  withoutPlace,
} from '../orders/shipments.ts';
import { isFulfilled, isOpen, mayBecome, type ShipmentStatus, type UnfulfilledEnd } from '../orders/statuses.ts';
import { changeShipment, moveShipment } from '../orders/transition.ts';
import { count } from '../platform/metrics.ts';
import type { Services } from '../platform/services.ts';
import { MAX_TRANSACTION_WRITES, Seen } from '../platform/table/decide.ts';
import { atLeast } from '../platform/table/expressions.ts';
import type { Update, Write } from '../platform/table/writes.ts';
import { changeLevel } from '../stock/levels.ts';
import { dequeue } from '../stock/queue.ts';

/** A line takes up to three writes (level, movement, place in the queue); shipment, order, timeline, an alert and a remembered answer five more. */
export const LINES_PER_TRANSACTION = Math.floor((MAX_TRANSACTION_WRITES - 5) / 3);

export const ReleaseStock = z.strictObject({
  shipmentId: ShipmentId,
  end: z.enum(['cancelled', 'expired', 'failed']),
  cause: z.object({ Error: z.string().optional(), Cause: z.string().optional() }).optional(),
});
export type ReleaseStock = z.infer<typeof ReleaseStock>;

/** What the table says of the shipment in the end, which may be another end than was meant. */
export interface StockReleased {
  readonly shipmentId: string;
  readonly status: ShipmentStatus | 'unknown';
}

/** The workflow's undo of everything before it. A shipment that has all its units by the time its wait runs out keeps them. */
export async function releaseStock(
  services: Services,
  { shipmentId, end, cause }: ReleaseStock,
): Promise<StockReleased> {
  const error = cause?.Error ?? 'unknown';
  const reason: EndReason =
    end === 'expired'
      ? { code: 'expired', detail: 'The order waited as long as it was to wait, and stock did not arrive.' }
      : end === 'cancelled'
        ? { code: 'cancelled', detail: 'The order was cancelled.' }
        : { code: error, detail: `The workflow gave up: ${error}.` };
  const status = await endShipment(services, shipmentId, end, reason);
  return { shipmentId, status: status ?? 'unknown' };
}

/**
 * Ends a shipment that has not left: its status says so at once, what it holds goes back in the same transaction or, past
 * {@link LINES_PER_TRANSACTION} lines, in the ones after it. Whoever comes second finds the end that came first.
 *
 * @returns the status in which the shipment is now; undefined where there is no such shipment.
 */
export async function endShipment(
  services: Services,
  shipmentId: string,
  end: UnfulfilledEnd,
  reason: EndReason,
): Promise<ShipmentStatus | undefined> {
  const key = shipmentKey(shipmentId);
  const seen = new Seen().set(key, await services.table.get(key));
  const status = await services.table.decide<ShipmentStatus | undefined>((seen) => {
    const row = seen.get<ShipmentRow>(key);
    if (!row) return { answer: undefined };
    if (!mayBecome(row.status, end)) return { answer: row.status };
    const { row: change, order, event } = moveShipment(services, seen, row, end, saidOf(end, reason));
    change.set('endReason', reason);
    if (end === 'rejected') change.onCommit(() => countRefused(row));
    const writes = [
      change,
      order,
      event,
      ...settleLines(services, row, end, change),
      ...alertOf(services, row, end, reason),
    ];
    return { answer: end, writes };
  }, seen);
  await settle(services, shipmentId);
  return status;
}

/**
 * Finishes what the end of a shipment means for stock: what was shipped leaves the books, what was not goes back, places in the queue
 * are given up. Does nothing for a shipment that is open or settled, so anybody may call it at any time.
 */
export async function settle(services: Services, shipmentId: string): Promise<void> {
  const key = shipmentKey(shipmentId);
  let row = await services.table.get<ShipmentRow>(key);
  while (row && !isOpen(row.status) && unsettledLines(row).length > 0) {
    await services.table.decide(
      (seen) => {
        const current = seen.get<ShipmentRow>(key);
        if (!current || isOpen(current.status) || unsettledLines(current).length === 0) return { answer: undefined };
        const change = changeShipment(services, current);
        return { answer: undefined, writes: [change, ...settleLines(services, current, current.status, change)] };
      },
      new Seen().set(key, row),
    );
    row = await services.table.get<ShipmentRow>(key);
  }
}

/** Whether an ended shipment still holds units, or a place in the queue. */
export function isSettled(row: Pick<ShipmentRow, 'lines'>): boolean {
  return unsettledLines(row).length === 0;
}

/**
 * The stock side of one transaction that ends a shipment or goes on ending it: the next lines' levels and movements. The lines' own
 * marks are added to `change`.
 */
export function settleLines(services: Services, row: ShipmentRow, end: ShipmentStatus, change: Update): Write[] {
  const lines = unsettledLines(row).slice(0, LINES_PER_TRANSACTION);
  const stillWaiting = linesOf(row).filter(({ waiting }) => waiting > 0).length;
  change.set('linesWaiting', stillWaiting - lines.filter(({ waiting }) => waiting > 0).length);
  return lines.flatMap((line) =>
    isFulfilled(end) ? shipLine(services, row, line, change) : releaseLine(services, row, line, change),
  );
}

function unsettledLines(row: Pick<ShipmentRow, 'lines'>): ShipmentLine[] {
  return linesOf(row).filter((line) => isHeld(line) || !isDecided(line));
}

function shipLine(services: Services, row: ShipmentRow, line: ShipmentLine, change: Update): Write[] {
  const { sku, allocated } = line;
  change.set(pathOf(line), { ...line, allocated: 0, shipped: line.shipped + allocated });
  const cause = { type: 'ship' as const, shipmentId: row.shipmentId };
  return changeLevel(services, { sku, location: row.location }, { allocated: -allocated }, cause, [
    atLeast('allocated', allocated),
  ]);
}

function releaseLine(services: Services, row: ShipmentRow, line: ShipmentLine, change: Update): Write[] {
  const { sku, allocated, waiting, quantity, shipped } = line;
  change.set(pathOf(line), { ...withoutPlace(line), allocated: 0, waiting: 0, cancelled: quantity - shipped });
  if (!isHeld(line)) return [];
  const level = changeLevel(
    services,
    { sku, location: row.location },
    { available: allocated, allocated: -allocated, backordered: -waiting },
    { type: 'release', shipmentId: row.shipmentId },
    [atLeast('allocated', allocated), atLeast('backordered', waiting)],
  );
  return waiting > 0 ? [...level, dequeue(waiterOf(row, line), sku)] : level;
}

/** Of one that was never reserved as a whole nothing has been counted before. */
function countRefused(row: Pick<ShipmentRow, 'lines'>): void {
  for (const { quantity } of linesOf(row)) count('UnitsRefused', quantity);
}

function saidOf(end: UnfulfilledEnd, { code, detail, sku }: EndReason): Happening {
  return { type: end, detail, facts: { code, ...(sku !== undefined && { sku }) } };
}

function alertOf(services: Services, row: ShipmentRow, end: UnfulfilledEnd, { detail }: EndReason): Write[] {
  if (end !== 'failed') return [];
  const { orderId, shipmentId, location } = row;
  return [
    raiseAlert(services, location, {
      kind: 'failed-shipment',
      severity: 'critical',
      orderId,
      shipmentId,
      reason: detail,
    }),
  ];
}
