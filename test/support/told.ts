import { expect } from 'vitest';
import { type OrderEvent, orderEvent } from '../../core/events/order-event.ts';
import type { EventRow } from '../../core/orders/order.ts';
import { kindOf } from '../../core/platform/table/keys.ts';
import type { Table } from '../../core/platform/table/table.ts';
import type { FifoMessage } from '../../local/sns/fifo.ts';

/**
 * Everything that the timelines hold has been told to other systems, and nothing else; and of each shipment in the order in which it
 * happened. What happened in one transaction may be told in any order, and what is told again is not news.
 */
export async function expectAllTold(table: Table, messages: readonly FifoMessage[]): Promise<void> {
  const told = new Map<string, OrderEvent>();
  for (const { message, group, deduplicationId } of messages) {
    const event = JSON.parse(message) as OrderEvent;
    expect({ group, deduplicationId }).toEqual({ group: event.orderId, deduplicationId: event.eventId });
    if (!told.has(event.eventId)) told.set(event.eventId, event);
  }
  const happened = await eventsIn(table);
  expect(Object.fromEntries(told)).toEqual(happened);
  for (const [shipmentId, events] of Map.groupBy(told.values(), (event) => event.shipmentId)) {
    const times = events.map(({ at }) => at);
    expect(times, shipmentId).toEqual(times.toSorted());
  }
}

/** What is to be told of, by id. */
async function eventsIn(table: Table): Promise<Record<string, OrderEvent>> {
  const events: Record<string, OrderEvent> = {};
  for await (const row of table.scan<EventRow>()) {
    const event = kindOf(row) === 'event' ? orderEvent(row) : undefined;
    if (event) events[event.eventId] = event;
  }
  return events;
}
