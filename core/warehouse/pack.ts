import { isDeepStrictEqual } from 'node:util';
import { type ShipmentRow, shipmentKey } from '../orders/shipments.ts';
import { moveShipment } from '../orders/transition.ts';
import { type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import type { Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { type Confirmation, noSuchShipment, outOfStep } from './confirm.ts';
import type { ConfirmPack } from './schema.ts';

/** The warehouse says that the units are in cartons, and in which. */
export function confirmPack(
  services: Services,
  shipmentId: string,
  { cartons }: ConfirmPack,
  request?: IdempotentRequest,
): Promise<Confirmation | Refusal> {
  const { answered, remember } = idempotency<Confirmation>(services, request);
  const key = shipmentKey(shipmentId);
  return services.table.decide<Confirmation | Refusal>((seen) => {
    const first = answered(seen);
    if (first) return { answer: first };
    const seenRow = seen.get<ShipmentRow>(key);
    if (seenRow === null) return { answer: noSuchShipment(shipmentId) };
    const row = seenRow ?? { shipmentId, status: 'packing' as const };
    if (row.status !== 'packing') {
      return { answer: outOfStep(row, 'pack', isDeepStrictEqual(seenRow?.cartons, cartons)) };
    }
    const count = cartons ? (cartons.length === 1 ? ' in one carton' : ` in ${cartons.length} cartons`) : '';
    const packed = { type: 'shipping', detail: `Packed${count}, waiting for the carrier.` };
    const { row: change, order, event } = moveShipment(services, seen, row, 'shipping', packed);
    if (cartons) change.set('cartons', cartons);
    const answer: Confirmation = { shipmentId, status: 'shipping' };
    return { answer, writes: [...remember(answer), change, order, event] };
  });
}
