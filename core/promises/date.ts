import type { ShipmentLine, ShipmentPromise } from '../orders/shipments.ts';
import type { Services } from '../platform/services.ts';

const HOUR_MS = 3600 * 1000;

/** The time at which units that are here by `since` will have left the house. */
function afterHandling({ promises }: Services, since: Date): string {
  return new Date(since.getTime() + promises.handlingHours * HOUR_MS).toISOString();
}

/** What is promised of a shipment that has all its units. */
export function promiseFromStock(services: Services): ShipmentPromise {
  return { promisedAt: afterHandling(services, services.now()), basis: { kind: 'stock' } };
}

/** What is promised on an arrival. One that is a little late may still come any minute. */
export function promiseFromArrival(
  services: Services,
  arrival: { readonly sku: string; readonly inboundShipmentId: string; readonly expectedAt: string },
): ShipmentPromise {
  const { sku, inboundShipmentId, expectedAt } = arrival;
  const since = new Date(Math.max(Date.parse(expectedAt), services.now().getTime()));
  return { promisedAt: afterHandling(services, since), basis: { kind: 'inbound', sku, inboundShipmentId, expectedAt } };
}

/**
 * What is promised of a shipment that waits: it leaves when the last of its lines has its units. Null where a line is covered by
 * nothing, undefined where one has not been looked at yet.
 */
export function promiseOfWaiting(
  services: Services,
  lines: readonly ShipmentLine[],
): ShipmentPromise | null | undefined {
  const waiting = lines.filter((line) => line.waiting > 0);
  if (waiting.some(({ expected }) => expected === undefined)) return undefined;
  const arrivals = waiting.flatMap(({ sku, expected }) => (expected ? [{ sku, ...expected }] : []));
  const [last] = arrivals.toSorted((a, b) => (a.expectedAt < b.expectedAt ? 1 : -1));
  return last && arrivals.length === waiting.length ? promiseFromArrival(services, last) : null;
}

/** Whether a date is far enough from what the customer was told to be worth a message. */
export function hasMoved({ promises }: Services, told: string | null, date: string | null): boolean {
  if (told === null || date === null) return told !== date;
  return Math.abs(Date.parse(date) - Date.parse(told)) > promises.toleranceHours * HOUR_MS;
}
