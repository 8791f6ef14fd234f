import * as z from 'zod';

export const ShipmentStatus = z.enum([
  'placed',
  'backordered',
  'reserved',
  'picking',
  'packing',
  'shipping',
  'shipped',
  'delivered',
  'rejected',
  'cancelled',
  'expired',
  'failed',
]);
export type ShipmentStatus = z.infer<typeof ShipmentStatus>;

export const OrderStatus = z.enum([...ShipmentStatus.options, 'partially-shipped']);
export type OrderStatus = z.infer<typeof OrderStatus>;

/** Which status may follow which. The store's conditions and the tests are read off this. */
export const transitions: Record<ShipmentStatus, readonly ShipmentStatus[]> = {
  placed: ['reserved', 'backordered', 'rejected', 'cancelled', 'failed'],
  backordered: ['reserved', 'cancelled', 'expired', 'failed'],
  reserved: ['picking', 'backordered', 'cancelled', 'failed'],
  picking: ['packing', 'backordered', 'cancelled', 'failed'],
  packing: ['shipping', 'cancelled', 'failed'],
  shipping: ['shipped', 'cancelled', 'failed'],
  shipped: ['delivered'],
  delivered: [],
  rejected: [],
  cancelled: [],
  expired: [],
  failed: [],
};

/** The ends that give back whatever the shipment held. */
export type UnfulfilledEnd = 'rejected' | 'cancelled' | 'expired' | 'failed';

const UNFULFILLED: ReadonlySet<ShipmentStatus> = new Set(['rejected', 'cancelled', 'expired', 'failed']);
const FULFILLED: ReadonlySet<ShipmentStatus> = new Set(['shipped', 'delivered']);

/** From least to most advanced. */
const OPEN: readonly ShipmentStatus[] = ['placed', 'backordered', 'reserved', 'picking', 'packing', 'shipping'];

export function isUnfulfilled(status: ShipmentStatus): status is UnfulfilledEnd {
  return UNFULFILLED.has(status);
}

export function isFulfilled(status: ShipmentStatus): boolean {
  return FULFILLED.has(status);
}

export function isOpen(status: ShipmentStatus): boolean {
  return OPEN.includes(status);
}

export function mayBecome(from: ShipmentStatus, to: ShipmentStatus): boolean {
  return transitions[from].includes(to);
}

/** How far the warehouse and those before it have come: `placed` is 0, `shipped` 6. Ends without a shipment have no progress. */
export function progress(status: ShipmentStatus): number | undefined {
  if (isUnfulfilled(status)) return undefined;
  return status === 'delivered' ? OPEN.length + 1 : status === 'shipped' ? OPEN.length : OPEN.indexOf(status);
}

/** What an order's shipments say together. */
export function orderStatus(shipments: readonly ShipmentStatus[]): OrderStatus {
  const [first = 'placed'] = shipments;
  if (shipments.every((status) => status === first)) return first;
  if (shipments.every(isFulfilled)) return 'shipped';
  if (shipments.some(isFulfilled)) return 'partially-shipped';
  return OPEN.find((status) => shipments.includes(status)) ?? 'cancelled';
}
