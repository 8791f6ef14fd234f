import { isDeepStrictEqual } from 'node:util';
import { type ShipmentRow, shipmentKey } from '../orders/shipments.ts';
import { moveShipment } from '../orders/transition.ts';
import { type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import type { Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { Seen } from '../platform/table/decide.ts';
import { isSettled, LINES_PER_TRANSACTION, settle, settleLines } from '../reservations/release.ts';
import { type Confirmation, noSuchShipment, outOfStep } from './confirm.ts';
import type { ConfirmShip } from './schema.ts';

/** The carrier has the cartons: the units leave the books. */
export async function confirmShip(
  services: Services,
  shipmentId: string,
  tracking: ConfirmShip,
  request?: IdempotentRequest,
): Promise<Confirmation | Refusal> {
  const { answered, remember } = idempotency<Confirmation>(services, request);
  const key = shipmentKey(shipmentId);
  const seen = new Seen().set(key, await services.table.get(key));
  let settled = true;
  const confirmed = await services.table.decide<Confirmation | Refusal>((seen) => {
    const first = answered(seen);
    if (first) return { answer: first };
    const row = seen.get<ShipmentRow>(key);
    if (!row) return { answer: noSuchShipment(shipmentId) };
    if (row.status !== 'shipping') {
      settled = isSettled(row);
      return { answer: outOfStep(row, 'ship', isDeepStrictEqual(row.tracking, tracking)) };
    }
    const shipped = {
      type: 'shipped' as const,
      detail: `Left with ${tracking.carrier}, tracking number ${tracking.trackingNumber}.`,
      facts: tracking,
    };
    const { row: change, order, event } = moveShipment(services, seen, row, 'shipped', shipped);
    change.set('tracking', tracking);
    const stock = settleLines(services, row, 'shipped', change);
    settled = Object.keys(row.lines).length <= LINES_PER_TRANSACTION;
    const answer: Confirmation = { shipmentId, status: 'shipped' };
    return { answer, writes: [...remember(answer), change, order, event, ...stock] };
  }, seen);
  if (!settled) await settle(services, shipmentId);
  return confirmed;
}
