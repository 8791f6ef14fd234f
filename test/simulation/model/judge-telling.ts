import type { Row } from '../world/commits.ts';
import { type Evidence, linesIn, OPEN, shipmentsIn, sum } from './evidence.ts';
import type { Breach } from './ledger.ts';

const DAY_MS = 24 * 3600 * 1000;
const PUBLISHED = ['placed', 'backordered', 'promised', 'promise-moved', 'shipped', 'cancelled', 'expired', 'rejected'];

/** Every end is told once, and no other. */
export function timelines({ rows }: Evidence): Breach[] {
  const events = rows.filter(({ sk }) => sk.startsWith('EVENT#'));
  return shipmentsIn(rows).flatMap(({ shipmentId, status }) => {
    const ends = events.filter(
      (event) =>
        event.shipmentId === shipmentId &&
        ['shipped', 'rejected', 'cancelled', 'expired', 'failed'].includes(event.type),
    );
    const expected = OPEN.includes(status) ? [] : [status === 'delivered' ? 'shipped' : status];
    const told = ends.map(({ type }) => type);
    if (told.join() === expected.join()) return [];
    return [{ promise: 'always told', detail: `${shipmentId} is ${status}, and its timeline says ${told.join(', ')}` }];
  });
}

/** An alert that was decided has been sent; a level that is low is known to be. */
export function alerts({ rows, published }: Evidence): Breach[] {
  return rows
    .filter(({ pk }) => pk.startsWith('ALERT#'))
    .filter(({ alertId, sentAt }) => !sentAt || !published.some(({ Message }) => Message.includes(alertId)))
    .map(({ alertId }) => ({ promise: 'always told', detail: `the alert ${alertId} was not sent` }));
}

/** What happened is told to the outside, an order's events in their order at first. */
export function events({ rows, published }: Evidence): Breach[] {
  const told = new Set(published.map(({ MessageDeduplicationId }) => MessageDeduplicationId));
  return rows
    .filter(({ sk, type }) => sk.startsWith('EVENT#') && PUBLISHED.includes(type))
    .filter(({ sk }) => !told.has(sk.split('#')[2]))
    .map(({ shipmentId, type }) => ({ promise: 'always told', detail: `nobody was told: ${shipmentId} ${type}` }));
}

/** Each message that a date has moved goes on from the message before, and the last one says what the shipment says. */
export function dates({ rows }: Evidence): Breach[] {
  const timeline = rows.filter(({ sk }) => sk.startsWith('EVENT#')).sort((a, b) => (a.sk < b.sk ? -1 : 1));
  return shipmentsIn(rows).flatMap(({ shipmentId, status, toldPromisedAt = null }) => {
    let told: string | null = null;
    const breaches: Breach[] = [];
    for (const { type, facts } of timeline.filter((event) => event.shipmentId === shipmentId)) {
      if (type === 'promise-moved' && facts.from !== told) {
        const detail = `${shipmentId} was told a move from ${facts.from}, after it had been told ${told}`;
        breaches.push({ promise: 'always told', detail });
      }
      const isSmall = facts.from && facts.to && Math.abs(Date.parse(facts.to) - Date.parse(facts.from)) <= DAY_MS;
      if (type === 'promise-moved' && isSmall) {
        breaches.push({ promise: 'always told', detail: `${shipmentId} was told of a move within the tolerance` });
      }
      if (type === 'promise-moved') told = facts.to;
      if (facts.promisedAt) told = facts.promisedAt;
    }
    if (status === 'backordered' && told !== toldPromisedAt) {
      const detail = `${shipmentId} was told ${told}, and says that it was ${toldPromisedAt}`;
      breaches.push({ promise: 'always told', detail });
    }
    return breaches;
  });
}

/** Whoever waits counts on the first arrival with which there is enough for all who are ahead, and for himself. */
export function pegs({ rows }: Evidence): Breach[] {
  const waiting = rows.filter(({ sk }) => sk.startsWith('WAIT#')).sort((a, b) => (a.sk < b.sk ? -1 : 1));
  return waiting.flatMap((place) => {
    const isHere = (row: Row) => row.sku === place.sku && row.location === place.location;
    const needed = sum(
      waiting.filter((other) => isHere(other) && other.sk <= place.sk),
      'quantity',
    );
    const arrivals = rows.filter(
      ({ sk, overdue, inboundShipmentId }) => sk.startsWith('INBOUND#') && inboundShipmentId && !overdue,
    );
    let there = rows.find((row) => row.sk.startsWith('STOCK#') && isHere(row)).available;
    const covering = arrivals
      .filter(isHere)
      .sort((a, b) => (a.sk < b.sk ? -1 : 1))
      .find(({ quantity }) => {
        there += quantity;
        return there >= needed;
      });
    const line = linesIn(shipmentsIn(rows).filter(({ shipmentId }) => shipmentId === place.shipmentId)).find(
      ({ sku }) => sku === place.sku,
    );
    const counted = line?.expected?.inboundShipmentId;
    if (counted === covering?.inboundShipmentId) return [];
    const detail = `${place.shipmentId} counts on ${counted} for ${place.sku}, where ${covering?.inboundShipmentId} is what covers it`;
    return [{ promise: 'always told', detail }];
  });
}
