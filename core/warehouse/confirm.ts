import { type ShipmentRow, shipmentKey } from '../orders/shipments.ts';
import { progress, type ShipmentStatus } from '../orders/statuses.ts';
import { moveShipment } from '../orders/transition.ts';
import { type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import { conflict, notFound, type Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';

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

interface StepConfirmed {
  readonly step: 'pack' | 'deliver';
  /** What the timeline says. */
  readonly detail: string;
  /** Whether a row that has moved on was moved by the same confirmation. */
  readonly saysTheSame: (row: ShipmentRow) => boolean;
  /** What else is noted with the shipment. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** A confirmation that hangs on the shipment's status alone: the shipment is presumed to be there, and not read. */
export function confirmStep(
  services: Services,
  shipmentId: string,
  request: IdempotentRequest | undefined,
  { step, detail, saysTheSame, attributes = {} }: StepConfirmed,
): Promise<Confirmation | Refusal> {
  const { answered, remember } = idempotency<Confirmation>(services, request);
  const { from, to } = steps[step];
  return services.table.decide<Confirmation | Refusal>((seen) => {
    const first = answered(seen);
    if (first) return { answer: first };
    const row = seen.get<ShipmentRow>(shipmentKey(shipmentId));
    if (row === null) return { answer: noSuchShipment(shipmentId) };
    if (row && row.status !== from) return { answer: outOfStep(row, step, saysTheSame(row)) };
    const presumed = row ?? { shipmentId, status: from };
    const { row: change, order, event } = moveShipment(services, seen, presumed, to, { type: to, detail, facts: {} });
    const answer: Confirmation = { shipmentId, status: to };
    return { answer, writes: [...remember(answer), change.setAll(attributes), order, event] };
  });
}
