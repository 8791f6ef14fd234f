import type { Happening } from '../orders/happenings.ts';
import {
  byLine,
  type EndReason,
  isDecided,
  linesOf,
  pathOf,
  type ShipmentLine,
  type ShipmentPromise,
  type ShipmentRow,
  shipmentKey,
  someIsThere,
  unitsOf,
} from '../orders/shipments.ts';
import { changeShipment, moveShipment } from '../orders/transition.ts';
import { InvalidInput } from '../orders/workflow-errors.ts';
import { count } from '../platform/metrics.ts';
import type { Services } from '../platform/services.ts';
import type { Decision, Seen } from '../platform/table/decide.ts';
import { keys } from '../platform/table/keys.ts';
import { check, type Update, type Write } from '../platform/table/writes.ts';
import { promiseFromStock } from '../promises/date.ts';
import { renewPromise } from '../promises/renew.ts';
import { changeLevel, type StockRow } from '../stock/levels.ts';
import { enqueue } from '../stock/queue.ts';
import { decideLine, type LineDecision, type LineTaken } from './decide-line.ts';
import { LINES_PER_TRANSACTION } from './release.ts';

/** The way that a shipment takes in the workflow. `elsewhere`: another execution walks it. `ended`: before it was reserved. */
export type Outcome = 'reserved' | 'backordered' | 'split' | 'rejected' | 'ended' | 'elsewhere';

export type Step =
  | { readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly kind: 'rejected'; readonly reason: EndReason }
  /** Decided and marked; other lines are left. */
  | { readonly kind: 'more' };

/** Decides the next lines. `row` is the shipment as it is, or as it is presumed to be: the write holds only if it is so. */
export function reserveChunk(services: Services, row: ShipmentRow, executionName: string): Promise<Step> {
  const key = shipmentKey(row.shipmentId);
  return services.table.decide<Step>((seen) => {
    const image = seen.get<ShipmentRow>(key);
    if (image === null) throw new InvalidInput(`there is no shipment ${row.shipmentId}`);
    const current = image ?? row;
    if (current.executionName !== executionName) return { answer: { kind: 'done', outcome: 'elsewhere' } };
    if (current.status !== 'placed') return { answer: { kind: 'done', outcome: outcomeOf(current) } };
    return decideChunk(services, seen, current);
  });
}

function decideChunk(services: Services, seen: Seen, row: ShipmentRow): Decision<Step> {
  const undecided = linesOf(row).filter((line) => !isDecided(line));
  const chunk = undecided.slice(0, LINES_PER_TRANSACTION);
  const taken = new Map<string, LineTaken>();
  for (const line of chunk) {
    const stock = seen.get<StockRow>(keys.stock(line.sku, row.location));
    const decision: LineDecision = decideLine(stock, line, row.ifShort);
    if (decision.kind === 'refused') {
      const { code, detail } = decision;
      return { answer: { kind: 'rejected', reason: { code, detail, sku: line.sku } } };
    }
    taken.set(line.sku, decision);
  }
  const after = linesOf(row).map((line) => afterTaking(line, taken.get(line.sku)));
  const isLast = chunk.length === undecided.length;
  if (isLast && after.every(({ allocated, waiting }) => allocated + waiting === 0)) {
    return {
      answer: { kind: 'rejected', reason: { code: 'out-of-stock', detail: 'None of what was ordered is there.' } },
    };
  }
  const { shipment, others, answer } = isLast
    ? finish(services, seen, row, after)
    : { shipment: changeShipment(services, row), others: [], answer: { kind: 'more' } as const };
  for (const line of after) if (taken.has(line.sku)) shipment.set(pathOf(line), line);
  shipment.set('linesWaiting', after.filter(({ waiting }) => waiting > 0).length);
  const stock = [...taken].flatMap(([sku, decision]) => takeLine(services, row, sku, decision));
  return { answer, writes: [shipment, ...others, ...stock] };
}

function afterTaking(line: ShipmentLine, taken: LineTaken | undefined): ShipmentLine {
  return taken ? { ...line, allocated: taken.allocate, waiting: taken.wait, cancelled: taken.drop } : line;
}

/** One line's level with its movement, and its place in the queue where it has to wait. */
function takeLine(
  services: Services,
  row: ShipmentRow,
  sku: string,
  { allocate, wait, conditions }: LineTaken,
): Write[] {
  if (allocate + wait === 0) return [check(keys.stock(sku, row.location), ...conditions)];
  const deltas = { available: -allocate, allocated: allocate, backordered: wait };
  const cause = { type: 'reserve' as const, shipmentId: row.shipmentId };
  const level = changeLevel(services, { sku, location: row.location }, deltas, cause, conditions);
  return wait > 0 ? [...level, enqueue(row, sku, wait)] : level;
}

/** The last chunk moves the shipment on. */
function finish(
  services: Services,
  seen: Seen,
  row: ShipmentRow,
  after: readonly ShipmentLine[],
): { shipment: Update; others: Write[]; answer: Step } {
  const waits = after.some((line) => line.waiting > 0);
  const promise = promiseFromStock(services);
  const status = waits ? 'backordered' : 'reserved';
  const { row: shipment, order, event } = moveShipment(services, seen, row, status, said(after, promise));
  // Lines of earlier chunks may have been looked at already, and those of this one have all been there.
  const { attributes, events } = waits
    ? renewPromise(services, row, after, 'reserved')
    : { attributes: { promise, toldPromisedAt: promise.promisedAt }, events: [] };
  shipment.setAll({ ...attributes }).onCommit(() => countDecided(after));
  return {
    shipment,
    others: [order, event, ...events],
    answer: { kind: 'done', outcome: outcomeOf({ ...row, status, lines: byLine(after) }) },
  };
}

/** What the fill rate is computed from, once for each shipment. */
function countDecided(lines: readonly ShipmentLine[]): void {
  for (const { allocated, waiting, cancelled } of lines) {
    count('UnitsAllocated', allocated);
    count('UnitsBackordered', waiting);
    count('UnitsRefused', cancelled);
  }
}

/** A timeline names this many lines. */
const LINES_NAMED = 5;

function said(after: readonly ShipmentLine[], { promisedAt }: ShipmentPromise): Happening {
  const waiting = after.filter((line) => line.waiting > 0);
  if (waiting.length > 0) {
    const units = unitsOf(waiting, 'waiting');
    return { type: 'backordered', detail: `Waits for ${named(units)}.`, facts: { waiting: units } };
  }
  const dropped = unitsOf(after, 'cancelled');
  if (dropped.length === 0) {
    return { type: 'reserved', detail: 'Everything is in stock and set aside.', facts: { promisedAt } };
  }
  const detail = `What is in stock is set aside. Not there, and left out as the order asked for: ${named(dropped)}.`;
  return { type: 'reserved', detail, facts: { promisedAt, dropped } };
}

function named(units: readonly { sku: string; quantity: number }[]): string {
  const first = units.slice(0, LINES_NAMED).map(({ sku, quantity }) => `${quantity} of ${sku}`);
  const others = units.length - first.length;
  return `${first.join(', ')}${others > 0 ? ` and ${others} more lines` : ''}`;
}

/** Read off what the table says of the shipment, so that a repeat gives the same. */
function outcomeOf({ status, ifShort, lines }: Pick<ShipmentRow, 'status' | 'ifShort' | 'lines'>): Outcome {
  switch (status) {
    case 'backordered': {
      return ifShort === 'split' && someIsThere({ lines }) ? 'split' : 'backordered';
    }
    case 'reserved':
    case 'picking':
    case 'packing':
    case 'shipping':
      return 'reserved';
    case 'rejected':
      return 'rejected';
    default:
      return 'ended';
  }
}
