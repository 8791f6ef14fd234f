import type { IdempotentRequest } from '../platform/idempotency.ts';
import type { Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { type Confirmation, confirmStep } from './confirm.ts';

/** The carrier has handed the shipment over to the customer. */
export function confirmDelivery(
  services: Services,
  shipmentId: string,
  request?: IdempotentRequest,
): Promise<Confirmation | Refusal> {
  return confirmStep(services, shipmentId, request, {
    step: 'deliver',
    detail: 'Delivered.',
    saysTheSame: () => true,
  });
}
