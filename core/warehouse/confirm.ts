import type { ShipmentRow } from '../orders/shipments.ts';
import { progress, type ShipmentStatus } from '../orders/statuses.ts';
import { conflict, notFound, type Refusal } from '../platform/refusal.ts';

/** The answer to a confirmation by the warehouse: the status that it brought about. */
export interface Confirmation {
  readonly shipmentId: string;
  readonly status: ShipmentStatus;
}

/** The status in which a shipment waits for each confirmation, and the one that it brings about. */
export const steps = {
  pick: { from: 'picking', to: 'packing' },
  pack: { from: 'packing', to: 'shipping' },
  ship: { from: 'shipping', to: 'shipped' },
  deliver: { from: 'shipped', to: 'delivered' },
} as const;

export function noSuchShipment(shipmentId: string): Refusal {
  return notFound('unknown-shipment', `there is no shipment ${shipmentId}`);
}

/**
 * What is answered when a shipment is not in the status in which it can be confirmed: a confirmation that comes twice gets the answer
 * of the first, one that comes too early or too late is refused.
 */
export function outOfStep(
  { shipmentId, status }: Pick<ShipmentRow, 'shipmentId' | 'status'>,
  step: keyof typeof steps,
  saysTheSame: boolean,
): Confirmation | Refusal {
  const { from, to } = steps[step];
  const isPast = (progress(status) ?? -1) > (progress(from) ?? 0);
  if (isPast && saysTheSame) return { shipmentId, status: to };
  const detail = `${shipmentId} is ${status}; ${step} is confirmed while it is ${from}`;
  return conflict(isPast ? 'confirmed-differently' : 'out-of-step', detail);
}
