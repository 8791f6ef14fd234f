import type { EventRow } from '../orders/order.ts';
import { count } from '../platform/metrics.ts';
import type { OrderedMessage, OrderedTopic } from '../platform/ordered-topic.ts';
import { orderEvent } from './order-event.ts';

/** Tells the outside what happened. A repeat sends the same message, which within five minutes is delivered once. */
export async function publishEvent(topic: OrderedTopic, row: EventRow): Promise<void> {
  const message = eventMessage(row);
  if (!message) return;
  await topic.publish(message);
  count('EventsPublished');
}

/** Events of an order stay in their order; those of different orders need not wait for each other. */
export function eventMessage(row: EventRow): OrderedMessage | undefined {
  const event = orderEvent(row);
  if (!event) return undefined;
  const { eventId, type, orderId } = event;
  const attributes = { type, orderId, ...('location' in event && { location: event.location }) };
  return { json: event, attributes, group: orderId, deduplicationId: eventId };
}
