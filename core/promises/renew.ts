import type { Happening } from '../orders/happenings.ts';
import type { ShipmentLine, ShipmentPromise, ShipmentRow } from '../orders/shipments.ts';
import { say } from '../orders/transition.ts';
import type { Services } from '../platform/services.ts';
import type { Write } from '../platform/table/writes.ts';
import { hasMoved, promiseOfWaiting } from './date.ts';

/** What a shipment's row says of its promise from now on, and what the customer is told of it. */
export interface Renewal {
  readonly attributes: Partial<Pick<ShipmentRow, 'promise' | 'toldPromisedAt' | 'choiceSince'>>;
  readonly events: readonly Write[];
}

/**
 * What becomes of the promise of a shipment whose lines wait as given, for the transaction that changes them. A first date is told; one
 * that moves by more than the tolerance from what was told last is told with the reason, and opens the choice to wait, to take what is
 * there, or to cancel. Small moves add up, as what was told stays what it was.
 */
export function renewPromise(
  services: Services,
  shipment: Pick<ShipmentRow, 'shipmentId' | 'toldPromisedAt'>,
  lines: readonly ShipmentLine[],
  reason: string,
): Renewal {
  const promise = promiseOfWaiting(services, lines);
  if (promise === undefined) return { attributes: {}, events: [] };
  const { shipmentId, toldPromisedAt: told } = shipment;
  const date = promise?.promisedAt ?? null;
  if (told === undefined) {
    const events = promise ? [say(services, shipmentId, promised(promise))] : [];
    return { attributes: { promise, toldPromisedAt: date }, events };
  }
  if (!hasMoved(services, told, date)) return { attributes: { promise }, events: [] };
  return {
    attributes: { promise, toldPromisedAt: date, choiceSince: services.now().toISOString() },
    events: [say(services, shipmentId, moved(told, date, reason))],
  };
}

function promised({ promisedAt, basis }: ShipmentPromise): Happening {
  return { type: 'promised', detail: `Promised to leave by ${day(promisedAt)}.`, facts: { promisedAt, basis } };
}

function moved(from: string | null, to: string | null, reason: string): Happening {
  return { type: 'promise-moved', detail: sayMove(from, to, reason), facts: { from, to, reason } };
}

function sayMove(from: string | null, to: string | null, reason: string): string {
  if (to === null) return `The date of ${from && day(from)} cannot be kept, and there is no new one yet: ${reason}.`;
  return `Now promised to leave by ${day(to)}${from === null ? '' : ` instead of ${day(from)}`}: ${reason}.`;
}

function day(time: string): string {
  return time.slice(0, 10);
}
