import type { EventRow } from '../orders/order.ts';
import { partsOf } from '../orders/shipments.ts';
import type { OrderedMessage, OrderedTopic } from '../platform/topic.ts';
import { publishedType } from './order-event.ts';

/** Tells the outside what happened, from the timeline's entry alone. A repeat within five minutes is delivered once. */
export async function publishEvent(topic: OrderedTopic, row: EventRow): Promise<void> {
  const message = eventMessage(row);
  if (message) await topic.publish(message);
}

/** Events of an order stay in their order; those of different orders need not wait for each other. */
export function eventMessage({
  sk,
  at,
  type: happening,
  shipmentId,
  detail,
  facts,
}: EventRow): OrderedMessage | undefined {
  const type = publishedType(happening);
  if (type === undefined) return undefined;
  const { orderId } = partsOf(shipmentId);
  const eventId = sk.slice(sk.lastIndexOf('#') + 1);
  return {
    json: { version: 1, eventId, type, at, orderId, shipmentId, detail, ...facts },
    attributes: { type, orderId },
    group: orderId,
    deduplicationId: eventId,
  };
}
