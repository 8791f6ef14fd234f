import { type ShipmentRow, shipmentKey } from '../orders/shipments.ts';
import type { ShipmentStatus } from '../orders/statuses.ts';
import { changeShipment, say } from '../orders/transition.ts';
import { asUtc } from '../platform/clock.ts';
import { type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import { conflict, type Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { Seen } from '../platform/table/decide.ts';
import { noSuchShipment } from './confirm.ts';
import type { DelayShipment } from './schema.ts';

export interface DelayNoted {
  readonly shipmentId: string;
  readonly status: ShipmentStatus;
  readonly deliveryExpectedAt: string;
}

/** The carrier says that a shipment which has left will be late, and when it is expected. The same date again is no news. */
export async function noteDelay(
  services: Services,
  shipmentId: string,
  delay: DelayShipment,
  request?: IdempotentRequest,
): Promise<DelayNoted | Refusal> {
  const { answered, recall, remember } = idempotency<DelayNoted>(services, request);
  const deliveryExpectedAt = asUtc(delay.expectedAt);
  const key = shipmentKey(shipmentId);
  const seen = await recall(new Seen().set(key, await services.table.get(key)));
  return services.table.decide<DelayNoted | Refusal>((seen) => {
    const first = answered(seen);
    if (first) return { answer: first };
    const row = seen.get<ShipmentRow>(key);
    if (!row) return { answer: noSuchShipment(shipmentId) };
    const answer: DelayNoted = { shipmentId, status: 'shipped', deliveryExpectedAt };
    // Also of one that has arrived since: the word came before that, and comes again.
    if (row.deliveryExpectedAt === deliveryExpectedAt) return { answer };
    if (row.status !== 'shipped') return { answer: notUnderWay(row) };
    const change = changeShipment(services, row).set('deliveryExpectedAt', deliveryExpectedAt);
    const { reason } = delay;
    const detail = `The carrier is late, expected by ${deliveryExpectedAt.slice(0, 10)}: ${reason}.`;
    const event = say(services, shipmentId, {
      type: 'delayed',
      detail,
      facts: { expectedAt: deliveryExpectedAt, reason },
    });
    return { answer, writes: [...remember(answer), change, event] };
  }, seen);
}

function notUnderWay({ shipmentId, status }: ShipmentRow): Refusal {
  return conflict('out-of-step', `${shipmentId} is ${status}; a delay is noted while it is shipped`);
}
