import { linesOf } from '../orders/shipments.ts';
import { isFulfilled, isOpen, type OrderStatus, orderStatus } from '../orders/statuses.ts';
import { noSuchOrder, shipmentsOf } from '../orders/track.ts';
import { conflict, type Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { endShipment } from './release.ts';

export interface OrderCancellation {
  readonly orderId: string;
  readonly status: OrderStatus;
  /** Units that will not be sent, and those that had left already. */
  readonly unitsCancelled: number;
  readonly unitsShipped: number;
}

/**
 * Cancels whatever of an order has not left. What has left stays shipped; where nothing is left to cancel, it is refused, but a
 * cancellation that comes twice gets the same answer.
 */
export async function cancelOrder(services: Services, orderId: string): Promise<OrderCancellation | Refusal> {
  const reason = { code: 'cancelled', detail: `Cancelled by ${services.actor}.` };
  let shipments = await shipmentsOf(services, orderId);
  if (shipments.length === 0) return noSuchOrder(orderId);
  // At least once, as an earlier try may have been cut off halfway, and again where a shipment was split in the meantime.
  do {
    for (const { shipmentId } of shipments) await endShipment(services, shipmentId, 'cancelled', reason);
    shipments = await shipmentsOf(services, orderId);
  } while (shipments.some(({ status }) => isOpen(status)));
  const status = orderStatus(shipments.map((shipment) => shipment.status));
  if (!shipments.some((shipment) => shipment.status === 'cancelled')) {
    const why = shipments.every((shipment) => isFulfilled(shipment.status))
      ? 'it has left the house'
      : 'it has ended already';
    return conflict('not-cancellable', `order ${orderId} is ${status}: ${why}`);
  }
  const lines = shipments.flatMap(linesOf);
  return {
    orderId,
    status,
    unitsCancelled: lines.reduce((sum, { cancelled }) => sum + cancelled, 0),
    unitsShipped: lines.reduce((sum, { shipped }) => sum + shipped, 0),
  };
}
