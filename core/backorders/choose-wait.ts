import type { ShipmentRow } from '../orders/shipments.ts';
import { type OrderStatus, orderStatus } from '../orders/statuses.ts';
import { noSuchOrder, shipmentsOf } from '../orders/track.ts';
import { changeShipment, say } from '../orders/transition.ts';
import { type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import { conflict, type Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import type { Write } from '../platform/table/writes.ts';
import { lastSeen, SHIPMENTS_PER_CHOICE, seenOf, waitsUndecided } from './choices.ts';

export interface WaitChosen {
  readonly orderId: string;
  readonly status: OrderStatus;
}

/** The customer goes on waiting, though the date has moved. Nothing else changes: who does not answer waits, too. */
export async function chooseWait(
  services: Services,
  orderId: string,
  request?: IdempotentRequest,
): Promise<WaitChosen | Refusal> {
  const { answered, recall, remember } = idempotency<WaitChosen>(services, request);
  const shipments = await shipmentsOf(services, orderId);
  if (shipments.length === 0) return noSuchOrder(orderId);
  return services.table.decide<WaitChosen | Refusal>(
    (seen) => {
      const first = answered(seen);
      if (first) return { answer: first };
      const rows = lastSeen(seen, shipments);
      const answer = { orderId, status: orderStatus(rows.map((row) => row.status)) };
      if (!rows.some(waitsUndecided)) return { answer: nothingWaits(answer) };
      const asked = rows.filter((row) => waitsUndecided(row) && row.choiceSince !== undefined);
      const chosen = asked.slice(0, SHIPMENTS_PER_CHOICE).flatMap((row) => choose(services, row));
      return { answer, writes: [...remember(answer), ...chosen] };
    },
    await recall(seenOf(shipments)),
  );
}

function choose(services: Services, row: ShipmentRow): Write[] {
  const event = say(services, row.shipmentId, {
    type: 'wait-chosen',
    detail: 'The customer goes on waiting.',
    facts: {},
  });
  return [changeShipment(services, row).remove('choiceSince'), event];
}

function nothingWaits({ orderId, status }: WaitChosen): Refusal {
  return conflict('nothing-waits', `order ${orderId} is ${status}: there is nothing to wait for`);
}
