import type { ShipmentPromise } from '../orders/shipments.ts';
import type { Services } from '../platform/services.ts';

const HOUR_MS = 3600 * 1000;

/** The time at which units that are here by `since` will have left the house. */
export function afterHandling({ promises }: Services, since: Date): string {
  return new Date(since.getTime() + promises.handlingHours * HOUR_MS).toISOString();
}

/** What is promised of a shipment that has all its units. */
export function promiseFromStock(services: Services): ShipmentPromise {
  return { promisedAt: afterHandling(services, services.now()), basis: { kind: 'stock' } };
}
