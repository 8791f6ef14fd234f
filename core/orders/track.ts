import { notFound, type Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { partitions, prefixes } from '../platform/table/keys.ts';
import type { EventRow, OrderRow } from './order.ts';
import type { ShipmentRow } from './shipments.ts';

/** Everything that is known of an order: its header, its shipments by number, and its timeline from the beginning. */
export interface TrackedOrder {
  readonly order: OrderRow;
  readonly shipments: readonly ShipmentRow[];
  readonly timeline: readonly EventRow[];
}

export async function trackOrder({ table }: Services, orderId: string): Promise<TrackedOrder | undefined> {
  let order: OrderRow | undefined;
  const shipments: ShipmentRow[] = [];
  const timeline: EventRow[] = [];
  for await (const row of table.partition<OrderRow | ShipmentRow | EventRow>(partitions.order(orderId))) {
    if ('shipmentCount' in row) order = row;
    else if ('lines' in row) shipments.push(row);
    else timeline.push(row);
  }
  if (!order) return undefined;
  return { order, shipments: shipments.sort((a, b) => a.number - b.number), timeline };
}

/** An order's shipments by number; none where there is no such order. */
export async function shipmentsOf({ table }: Services, orderId: string): Promise<ShipmentRow[]> {
  const rows = await Array.fromAsync(table.partition<ShipmentRow>(partitions.order(orderId), prefixes.shipment));
  return rows.sort((a, b) => a.number - b.number);
}

export function noSuchOrder(orderId: string): Refusal {
  return notFound('unknown-order', `there is no order ${orderId}`);
}
