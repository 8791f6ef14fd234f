import { type Evidence, lost, OPEN, shipmentsIn } from './evidence.ts';
import { executions, orders, places, returns, steps } from './judge-orders.ts';
import { arrivals, crossings, receipts } from './judge-stock.ts';
import { alerts, dates, events, pegs, timelines } from './judge-telling.ts';
import type { Breach } from './ledger.ts';

/**
 * Compares what the table says in a quiet moment with what those outside were told, and with what the workflow does. The rows are looked
 * through again and again: slow, and too simple to be wrong.
 */
export function judge(evidence: Evidence): Breach[] {
  return [
    ...orders(evidence),
    ...places(evidence),
    ...receipts(evidence),
    ...arrivals(evidence),
    ...returns(evidence),
    ...steps(evidence),
    ...executions(evidence),
    ...timelines(evidence),
    ...alerts(evidence),
    ...events(evidence),
    ...dates(evidence),
    ...pegs(evidence),
    ...crossings(evidence),
  ];
}

/** At the very end: everything has come to an end, and the shelves hold what nobody wants. */
export function judgeEnd({ rows, ledger }: Evidence): Breach[] {
  const open = shipmentsIn(rows).filter(({ status }) => OPEN.includes(status));
  const held = ledger.levels.filter(({ allocated, backordered }) => allocated !== 0 || backordered !== 0);
  return [
    ...open.map(({ shipmentId, status }) => lost(`${shipmentId} is ${status} for ever`)),
    ...held.map(({ where }) => lost(`${where} is held, and everything has ended`)),
    ...ledger.queue.map(({ shipmentId }) => lost(`${shipmentId} is in a queue, and everything has ended`)),
  ];
}
