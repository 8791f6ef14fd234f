import { linesOf, pathOf, type ShipmentLine, type ShipmentRow, shipmentKey, waiterOf } from '../orders/shipments.ts';
import { isOpen } from '../orders/statuses.ts';
import { changeShipment } from '../orders/transition.ts';
import type { Services } from '../platform/services.ts';
import { type Decision, MAX_TRANSACTION_WRITES, Seen } from '../platform/table/decide.ts';
import type { Update, Write } from '../platform/table/writes.ts';
import { changeLevel } from '../stock/levels.ts';
import { dequeue, enqueue } from '../stock/queue.ts';

/** A line takes four writes: its level, the movement, its old and its new place in the queue; the shipment takes one more. */
const LINES_PER_MOVE = Math.floor((MAX_TRANSACTION_WRITES - 1) / 4);

/**
 * Moves the lines of a shipment whose priority was changed to their new places, in as many transactions as it takes. Looks at the state
 * alone, so anybody may call it at any time, and whoever was cut off is finished by the next.
 */
export async function takePlaces(services: Services, shipmentId: string): Promise<void> {
  const { table } = services;
  const key = shipmentKey(shipmentId);
  let row = await table.get<ShipmentRow>(key);
  while (row && isMoving(row)) {
    await table.decide((seen) => moveLines(services, seen.get<ShipmentRow>(key)), new Seen().set(key, row));
    row = await table.get<ShipmentRow>(key);
  }
}

/** Whether lines of a shipment are still where they were before its priority was changed. */
export function isMoving({ status, movesSince }: Pick<ShipmentRow, 'status' | 'movesSince'>): boolean {
  return isOpen(status) && movesSince !== undefined;
}

function moveLines(services: Services, row: ShipmentRow | null | undefined): Decision<void> {
  if (!row || !isMoving(row)) return { answer: undefined };
  const moving = linesOf(row).filter((line) => line.waiting > 0 && line.priority !== undefined);
  const lines = moving.slice(0, LINES_PER_MOVE);
  const change = changeShipment(services, row);
  if (lines.length === moving.length) change.remove('movesSince');
  return { answer: undefined, writes: [change, ...lines.flatMap((line) => moveLine(services, row, line, change))] };
}

/** The level stays what it is, but its version rises: whoever has looked at the head of its queue looks again. */
function moveLine(services: Services, row: ShipmentRow, line: ShipmentLine, change: Update): Write[] {
  const { sku, waiting } = line;
  const { actor = services.actor, reason = '' } = row.priorityChange ?? {};
  change.remove([...pathOf(line), 'priority']);
  const cause = { type: 'priority' as const, shipmentId: row.shipmentId, reason };
  const level = changeLevel({ ...services, actor }, { sku, location: row.location }, {}, cause);
  return [...level, dequeue(waiterOf(row, line), sku), enqueue(row, sku, waiting)];
}
