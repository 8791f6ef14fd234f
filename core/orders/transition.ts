import type { Services } from '../platform/services.ts';
import type { Seen } from '../platform/table/decide.ts';
import { equals } from '../platform/table/expressions.ts';
import { indexed, keys } from '../platform/table/keys.ts';
import { create, type Update, update, type Write } from '../platform/table/writes.ts';
import type { Happening } from './happenings.ts';
import type { EventRow, OrderRow } from './order.ts';
import { reportHappening } from './report.ts';
import { partsOf, type ShipmentRow, shipmentKey } from './shipments.ts';
import { isOpen, mayBecome, orderStatus, type ShipmentStatus } from './statuses.ts';

/**
 * A shipment as far as it is known, or as far as it is guessed at in the common case: the write holds only if the status, and the
 * version where one is given, are so, and one that fails brings the row.
 */
export type KnownShipment = Pick<ShipmentRow, 'shipmentId' | 'status'> & Partial<ShipmentRow>;

/** A change of a shipment's row that leaves its status as it is. */
export function changeShipment({ now }: Services, shipment: KnownShipment): Update {
  const { shipmentId, version, status } = shipment;
  const change = update(shipmentKey(shipmentId)).add('version', 1).set('changedAt', now().toISOString());
  change.when(equals('status', status));
  return version === undefined ? change : change.when(equals('version', version));
}

/**
 * Moves a shipment to another status, its order's status with it, and says so in the timeline: all in the caller's transaction. The
 * caller adds to `row` what else changes there.
 */
export function moveShipment(
  services: Services,
  seen: Seen,
  shipment: KnownShipment,
  to: ShipmentStatus,
  happening: Happening,
): { row: Update; order: Update; event: Write } {
  const { shipmentId, status } = shipment;
  if (!mayBecome(status, to)) throw new Error(`${shipmentId}: ${status} may not become ${to}`);
  const { orderId, number } = partsOf(shipmentId);
  const row = changeShipment(services, shipment).set('status', to);
  // An ended shipment stays listed until its execution has been told; a delivery comes after that, or leaves it to be told.
  if (to !== 'delivered') row.set('openShard', indexed.openShipment(isOpen(to) ? to : 'ended', orderId));
  return { row, order: moveOrder(seen, orderId, { [number]: to }), event: say(services, shipmentId, happening) };
}

/** An entry in the timeline of the shipment's order. */
export function say({ now, newId, actor }: Services, shipmentId: string, happening: Happening): Write {
  const at = now().toISOString();
  const { orderId } = partsOf(shipmentId);
  const row: EventRow = { ...keys.event(orderId, at, newId()), at, shipmentId, actor, ...happening };
  return { ...create(row), committed: () => reportHappening(orderId, row) };
}

/**
 * What the moves of shipments, by number, make of their order's status. Most orders have one shipment, and its status is the order's:
 * tried first, without reading the header.
 */
export function moveOrder(seen: Seen, orderId: string, moves: Readonly<Record<number, ShipmentStatus>>): Update {
  const key = keys.order(orderId);
  const order = seen.get<OrderRow>(key);
  const status = orderStatus(Object.values({ ...order?.shipments, ...moves }));
  const change = update(key).setAll({ status, statusShard: indexed.orderStatus(status, orderId) });
  for (const [number, to] of Object.entries(moves)) change.set(['shipments', number], to);
  return change.when(order ? equals('shipments', order.shipments) : equals('shipmentCount', 1));
}
