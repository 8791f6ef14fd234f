import type { Services } from '../platform/services.ts';
import { equals } from '../platform/table/expressions.ts';
import { type Key, keys, partitions, prefixes } from '../platform/table/keys.ts';
import { create, remove, update, type Write } from '../platform/table/writes.ts';

/** A line's place in the queue for a SKU at a location: by priority, then by the time of placement. */
export interface WaitRow extends Key {
  readonly sku: string;
  readonly location: string;
  readonly orderId: string;
  readonly shipmentId: string;
  /** Units that the line still waits for. */
  readonly quantity: number;
  readonly priority: number;
  readonly placedAt: string;
}

/** Whoever waits: a shipment, with the rank that it had when it was placed. */
export interface Waiter {
  readonly orderId: string;
  readonly shipmentId: string;
  readonly location: string;
  readonly priority: number;
  readonly placedAt: string;
}

export function enqueue(waiter: Waiter, sku: string, quantity: number): Write {
  const { orderId, shipmentId, location, priority, placedAt } = waiter;
  const place = placeInQueue(waiter, sku);
  return create<WaitRow>({ ...place, sku, location, orderId, shipmentId, quantity, priority, placedAt });
}

/** The undo of {@link enqueue}, and what allocation does to the head. */
export function dequeue(waiter: Waiter, sku: string): Write {
  return remove(placeInQueue(waiter, sku));
}

/** All who wait, from a place on, in the order in which they are served. */
export function queueFrom({ table }: Services, sku: string, location: string, place: string): Promise<WaitRow[]> {
  return Array.fromAsync(table.partition<WaitRow>(partitions.sku(sku), prefixes.wait(location), place));
}

/** Another number of units at the same place. */
export function requeue(waiter: Waiter, sku: string, quantity: { from: number; to: number }): Write {
  return update(placeInQueue(waiter, sku)).set('quantity', quantity.to).when(equals('quantity', quantity.from));
}

/** Whoever is served next. */
export async function headOfQueue({ table }: Services, sku: string, location: string): Promise<WaitRow | undefined> {
  const { items } = await table.list<WaitRow>({
    partitions: [partitions.sku(sku)],
    prefix: prefixes.wait(location),
    limit: 1,
  });
  return items[0];
}

/** The key of a line's place in the queue; places sort as whoever holds them is served. */
export function placeInQueue({ location, priority, placedAt, shipmentId }: Waiter, sku: string): Key {
  return keys.wait(sku, location, priority, placedAt, shipmentId);
}
