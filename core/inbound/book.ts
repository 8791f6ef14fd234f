import type { Services } from '../platform/services.ts';
import { type Decision, MAX_TRANSACTION_WRITES, Seen } from '../platform/table/decide.ts';
import { equals } from '../platform/table/expressions.ts';
import { indexed, keys } from '../platform/table/keys.ts';
import { overwrite, remove, update, type Write } from '../platform/table/writes.ts';
import { type Cause, changeLevel } from '../stock/levels.ts';
import type { SupplyRow } from '../stock/supply.ts';
import { type Booked, type InboundLine, type InboundRow, inboundLines, isBooked, wanted } from './inbound-shipment.ts';

/** A line takes up to four writes: its level, the movement, its old and its new place among what is on its way. */
const LINES_PER_BOOKING = Math.floor((MAX_TRANSACTION_WRITES - 1) / 4);

/**
 * Brings the rows of an inbound shipment's SKUs in line with what the shipment says, in as many transactions as it takes. Looks at the
 * state alone, so anybody may call it at any time, and whoever was cut off is finished by the next.
 */
export async function book(services: Services, inboundShipmentId: string): Promise<void> {
  const { table } = services;
  const key = keys.inbound(inboundShipmentId);
  let row = await table.get<InboundRow>(key);
  while (row?.booking) {
    await table.decide((seen) => bookLines(services, seen.get<InboundRow>(key)), new Seen().set(key, row));
    row = await table.get<InboundRow>(key);
  }
}

function bookLines(services: Services, row: InboundRow | null | undefined): Decision<void> {
  if (!row?.booking) return { answer: undefined };
  const unbooked = inboundLines(row).filter((line) => !isBooked(row, line));
  const lines = unbooked.slice(0, LINES_PER_BOOKING);
  const { inboundShipmentId, location, status, expectedAt, version } = row;
  const header = update(row).add('version', 1).when(equals('version', version));
  header.set('changedAt', services.now().toISOString());
  for (const line of lines) header.set(['lines', String(line.line), 'booked'], wanted(row, line));
  if (lines.length === unbooked.length) {
    header.remove('booking').setAll(indexed.inbound(status, location, expectedAt, inboundShipmentId));
  }
  return { answer: undefined, writes: [header, ...lines.flatMap((line) => bookLine(services, row, line))] };
}

function bookLine(services: Services, row: InboundRow, line: InboundLine): Write[] {
  const { sku, booked } = line;
  const { location } = row;
  const now = wanted(row, line);
  const deltas = { available: now.received - booked.received, incoming: now.outstanding - booked.outstanding };
  const level = changeLevel(services, { sku, location }, deltas, causeOf(row, line, now));
  return [...level, ...placeAmongArrivals(row, line, now)];
}

/** The ledger says which shipment it was, and why: the word goes on to whoever waits for the units. */
function causeOf(row: InboundRow, line: InboundLine, now: Booked): Cause {
  const reference = row.inboundShipmentId;
  const isShort = row.status === 'received' && line.received < line.quantity;
  if (now.received > line.booked.received) {
    return { type: 'receipt', reference, ...(isShort && { reason: 'under-delivery' }) };
  }
  return { type: 'inbound', reference, reason: isShort ? 'under-delivery' : reasonOf(row, line) };
}

function reasonOf({ cancelReason, overdueSince, lastMove }: InboundRow, { booked }: InboundLine): string {
  if (cancelReason !== undefined) return cancelReason;
  if (booked.outstanding === 0) return 'announced';
  if (overdueSince !== undefined) return 'overdue';
  return lastMove?.reason ?? 'announced';
}

function placeAmongArrivals({ location, inboundShipmentId }: InboundRow, line: InboundLine, now: Booked): Write[] {
  const { sku, booked } = line;
  const before = keys.supply(sku, location, booked.expectedAt, inboundShipmentId);
  const after = keys.supply(sku, location, now.expectedAt, inboundShipmentId);
  const moves = booked.outstanding > 0 && (now.outstanding === 0 || before.sk !== after.sk);
  const supply: SupplyRow = {
    ...after,
    sku,
    location,
    inboundShipmentId,
    expectedAt: now.expectedAt,
    quantity: now.outstanding,
    ...(now.overdue && { overdue: true }),
  };
  return [...(moves ? [remove(before)] : []), ...(now.outstanding > 0 ? [overwrite(supply)] : [])];
}
