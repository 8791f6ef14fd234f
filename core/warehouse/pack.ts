import { isDeepStrictEqual } from 'node:util';
import type { IdempotentRequest } from '../platform/idempotency.ts';
import type { Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { type Confirmation, confirmStep } from './confirm.ts';
import type { ConfirmPack } from './schema.ts';

/** The warehouse says that the units are in cartons, and in which. */
export function confirmPack(
  services: Services,
  shipmentId: string,
  { cartons }: ConfirmPack,
  request?: IdempotentRequest,
): Promise<Confirmation | Refusal> {
  const count = cartons ? (cartons.length === 1 ? ' in one carton' : ` in ${cartons.length} cartons`) : '';
  return confirmStep(services, shipmentId, request, {
    step: 'pack',
    detail: `Packed${count}, waiting for the carrier.`,
    saysTheSame: (row) => isDeepStrictEqual(row.cartons, cartons),
    ...(cartons && { attributes: { cartons } }),
  });
}
