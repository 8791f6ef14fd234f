import type { ShipmentRow } from '../orders/shipments.ts';
import { progress, type ShipmentStatus } from '../orders/statuses.ts';
import { conflict, notFound, type Refusal } from '../platform/refusal.ts';

/** The answer to a confirmation by the warehouse. */
export interface Confirmation {
  readonly shipmentId: string;
  readonly status: ShipmentStatus;
}

/** The status in which a shipment waits for each confirmation. */
export const CONFIRMED_IN = { pick: 'picking', pack: 'packing', ship: 'shipping', deliver: 'shipped' } as const;

export function noSuchShipment(shipmentId: string): Refusal {
  return notFound('unknown-shipment', `there is no shipment ${shipmentId}`);
}

/**
 * What is answered when a shipment is not in the status in which it can be confirmed: a confirmation that comes twice gets the answer
 * of the first, one that comes too early or too late is refused.
 */
export function outOfStep(
  { shipmentId, status }: Pick<ShipmentRow, 'shipmentId' | 'status'>,
  step: keyof typeof CONFIRMED_IN,
  saysTheSame: boolean,
): Confirmation | Refusal {
  const isPast = (progress(status) ?? -1) > (progress(CONFIRMED_IN[step]) ?? 0);
  if (isPast && saysTheSame) return { shipmentId, status };
  const detail = `${shipmentId} is ${status}; ${step} is confirmed while it is ${CONFIRMED_IN[step]}`;
  return conflict(isPast ? 'confirmed-differently' : 'out-of-step', detail);
}
