import { type ShipmentRow, shipmentKey } from '../orders/shipments.ts';
import { moveShipment } from '../orders/transition.ts';
import { type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import type { Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { type Confirmation, noSuchShipment, outOfStep } from './confirm.ts';

/** The carrier has handed the shipment over to the customer. */
export function confirmDelivery(
  services: Services,
  shipmentId: string,
  request?: IdempotentRequest,
): Promise<Confirmation | Refusal> {
  const { answered, remember } = idempotency<Confirmation>(services, request);
  const key = shipmentKey(shipmentId);
  return services.table.decide<Confirmation | Refusal>((seen) => {
    const first = answered(seen);
    if (first) return { answer: first };
    const seenRow = seen.get<ShipmentRow>(key);
    if (seenRow === null) return { answer: noSuchShipment(shipmentId) };
    const row = seenRow ?? { shipmentId, status: 'shipped' as const };
    if (row.status !== 'shipped') return { answer: outOfStep(row, 'deliver', true) };
    const delivered = { type: 'delivered', detail: 'Delivered.' };
    const { row: change, order, event } = moveShipment(services, seen, row, 'delivered', delivered);
    const answer: Confirmation = { shipmentId, status: 'delivered' };
    return { answer, writes: [...remember(answer), change, order, event] };
  });
}
