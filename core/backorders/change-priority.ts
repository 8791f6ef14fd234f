import { byLine, linesOf, type ShipmentLine, type ShipmentRow } from '../orders/shipments.ts';
import { isOpen, type OrderStatus, orderStatus } from '../orders/statuses.ts';
import { noSuchOrder, shipmentsOf } from '../orders/track.ts';
import { changeShipment, say } from '../orders/transition.ts';
import { type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import { conflict, isRefusal, type Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import type { Write } from '../platform/table/writes.ts';
import { lastSeen, SHIPMENTS_PER_CHOICE, seenOf } from './choices.ts';
import type { ChangePriority } from './schema.ts';
import { takePlaces } from './take-places.ts';

export interface PriorityChanged {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly priority: number;
}

/**
 * Serves an order before or after others than it would have been: all its open shipments, those too that may have to wait later. The
 * shipments say so at once; their lines take their new places right after, and `movesSince` says that there are some left to do so.
 */
export async function changePriority(
  services: Services,
  orderId: string,
  change: ChangePriority,
  request?: IdempotentRequest,
): Promise<PriorityChanged | Refusal> {
  const { answered, recall, remember } = idempotency<PriorityChanged>(services, request);
  const shipments = await shipmentsOf(services, orderId);
  if (shipments.length === 0) return noSuchOrder(orderId);
  const changed = await services.table.decide<PriorityChanged | Refusal>(
    (seen) => {
      const first = answered(seen);
      if (first) return { answer: first };
      const rows = lastSeen(seen, shipments);
      const status = orderStatus(rows.map((row) => row.status));
      const open = rows.filter((row) => isOpen(row.status));
      if (open.length === 0) return { answer: conflict('order-ended', `order ${orderId} is ${status}: nothing waits`) };
      const answer = { orderId, status, priority: change.priority };
      const others = open.filter(({ priority }) => priority !== change.priority).slice(0, SHIPMENTS_PER_CHOICE);
      return { answer, writes: [...remember(answer), ...others.flatMap((row) => reprioritize(services, row, change))] };
    },
    await recall(seenOf(shipments)),
  );
  if (!isRefusal(changed)) for (const { shipmentId } of shipments) await takePlaces(services, shipmentId);
  return changed;
}

function reprioritize(services: Services, row: ShipmentRow, { priority, reason }: ChangePriority): Write[] {
  const { actor } = services;
  const at = services.now().toISOString();
  const change = changeShipment(services, row).setAll({ priority, priorityChange: { at, actor, reason } });
  const lines = linesOf(row);
  if (lines.some(({ waiting }) => waiting > 0)) {
    change.setAll({ lines: byLine(lines.map((line) => withOldPlace(row, line, priority))), movesSince: at });
  }
  const event = say(services, row.shipmentId, {
    type: 'priority-changed',
    detail: `Moved from priority ${row.priority} to ${priority} by ${actor}: ${reason}.`,
    facts: { from: row.priority, to: priority, reason },
  });
  return [change, event];
}

/** A line stays where it is in the queue until it is moved. */
function withOldPlace(row: ShipmentRow, line: ShipmentLine, to: number): ShipmentLine {
  const { priority: from = row.priority, ...rest } = line;
  return line.waiting === 0 || from === to ? rest : { ...rest, priority: from };
}
