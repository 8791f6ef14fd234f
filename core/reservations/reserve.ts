import * as z from 'zod';
import { type ShipmentRow, shipmentKey } from '../orders/shipments.ts';
import type { Services } from '../platform/services.ts';
import { readInput } from './input.ts';
import { endShipment, LINES_PER_TRANSACTION, settle } from './release.ts';
import { type Outcome, reserveChunk } from './reserve-chunk.ts';

export const ReserveStock = z.strictObject({ executionName: z.string().min(1), input: z.unknown() });
export type ReserveStock = z.infer<typeof ReserveStock>;

/** What the workflow goes on with. */
export interface StockReserved {
  readonly outcome: Outcome;
  readonly orderId: string;
  readonly shipmentId: string;
  readonly waitUntil: string;
}

/**
 * Allocates each line of a shipment, queues it, or rejects the whole: in one transaction, or, past {@link LINES_PER_TRANSACTION}
 * lines, in chunks that mark what they did, so that it can be cut off and repeated. A shipment that is no longer `placed` was done by
 * an earlier attempt, whose outcome is returned.
 *
 * @throws InvalidInput for an execution whose input is no order, OrderIdTaken for one that brings an order whose id another has.
 */
export async function reserveStock(services: Services, { executionName, input }: ReserveStock): Promise<StockReserved> {
  let row = await readInput(services, executionName, input);
  const { orderId, shipmentId, waitUntil } = row;
  const answer = (outcome: Outcome): StockReserved => ({ outcome, orderId, shipmentId, waitUntil });
  for (;;) {
    const step = await reserveChunk(services, row, executionName);
    if (step.kind === 'done') {
      // The attempt that rejected it may have been cut off before all its lines were given back.
      if (step.outcome === 'rejected') await settle(services, shipmentId);
      return answer(step.outcome);
    }
    if (step.kind === 'rejected') {
      const status = await endShipment(services, shipmentId, 'rejected', step.reason);
      return answer(status === 'rejected' ? 'rejected' : 'ended');
    }
    const next = await services.table.get<ShipmentRow>(shipmentKey(shipmentId));
    if (next === undefined) throw new Error(`the shipment ${shipmentId} is gone`);
    row = next;
  }
}
