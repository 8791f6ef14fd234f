import { type LineExpectation, lineOf, linesOf, type ShipmentRow } from '../orders/shipments.ts';
import { type Peg, peg } from '../promises/peg.ts';
import type { StockRow } from '../stock/levels.ts';
import type { SupplyRow } from '../stock/supply.ts';
import type { Books, LevelBooks } from './books.ts';
import type { Violation } from './checks.ts';

/** What is wrong with the dates of those who wait. What has changed since `settledBefore` is not judged: its dates may be on their way. */
export function checkDates(books: Books, settledBefore: string): Violation[] {
  const shipments = new Map(
    [...books.orders.values()].flatMap((order) => order.shipments.map((row) => [row.shipmentId, row])),
  );
  const isSettled = (row: StockRow | ShipmentRow) => row.changedAt < settledBefore;
  const found: Violation[] = [];
  for (const [subject, { level, round, ...queue }] of books.levels) {
    if (!level || round || !isSettled(level)) continue;
    for (const [shipmentId, pegged] of pegsOf(level, queue)) {
      const shipment = shipments.get(shipmentId);
      if (shipment?.status !== 'backordered' || !isSettled(shipment)) continue;
      const wrong = [wrongWithLine(shipment, level.sku, pegged), wrongWithPromise(shipment)];
      for (const detail of wrong) if (detail) found.push({ promise: 'always-told', subject, detail, row: level });
    }
  }
  return found;
}

function pegsOf(level: StockRow, { queue, supply }: Pick<LevelBooks, 'queue' | 'supply'>): [string, Peg<SupplyRow>][] {
  const bySortKey = (a: { sk: string }, b: { sk: string }) => (a.sk < b.sk ? -1 : 1);
  const waiting = queue.toSorted(bySortKey);
  const pegs = peg(waiting, level.backordered - level.available, supply.toSorted(bySortKey));
  return waiting.map(({ shipmentId }, i) => [shipmentId, pegs[i] ?? null]);
}

/** Units that are there are handed over, which is the check of the queue's head. */
function wrongWithLine(shipment: ShipmentRow, sku: string, pegged: Peg<SupplyRow>): string | undefined {
  const expected = lineOf(shipment, sku)?.expected;
  if (pegged === 'here' || (expected !== undefined && name(expected) === name(pegged))) return undefined;
  return `${shipment.shipmentId} counts on ${name(expected)}, where ${name(pegged)} is what covers it`;
}

function wrongWithPromise({ shipmentId, promise, toldPromisedAt, ...row }: ShipmentRow): string | undefined {
  const waiting = linesOf(row).filter((line) => line.waiting > 0);
  const expected = waiting.flatMap((line) => (line.expected === undefined ? [] : [line.expected]));
  // A line that nobody has looked at is told of by itself.
  if (expected.length < waiting.length) return undefined;
  const last = expected.includes(null)
    ? null
    : expected
        .map((arrival) => arrival?.expectedAt)
        .toSorted()
        .at(-1);
  const basis = promise?.basis.kind === 'inbound' ? promise.basis.expectedAt : null;
  if (promise === undefined || basis !== last)
    return `${shipmentId} is promised on ${basis}, its lines wait until ${last}`;
  if ((toldPromisedAt ?? null) === null && promise !== null) return `${shipmentId} has a date of which nobody was told`;
  return undefined;
}

function name(arrival: LineExpectation | null | undefined): string {
  return arrival
    ? `${arrival.inboundShipmentId} of ${arrival.expectedAt}`
    : arrival === null
      ? 'nothing'
      : 'what nobody has looked at';
}
