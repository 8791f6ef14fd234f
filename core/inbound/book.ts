import type { Services } from '../platform/services.ts';
import { type Decision, MAX_TRANSACTION_WRITES, Seen } from '../platform/table/decide.ts';
import { equals } from '../platform/table/expressions.ts';
import { indexed, keys } from '../platform/table/keys.ts';
import { overwrite, remove, update, type Write } from '../platform/table/writes.ts';
import { type Cause, changeLevel } from '../stock/levels.ts';
import type { SupplyRow } from '../stock/supply.ts';
import {
  type Booked,
  type InboundLine,
  type InboundRow,
  inboundLines,
  isBooked,
  linesByNumber,
  wanted,
} from './inbound-shipment.ts';

/**
 * Brings the rows of an inbound shipment's SKUs in line with what the shipment says, in as many transactions as it takes. Looks at the
 * state alone, so anybody may call it at any time, and whoever was cut off is finished by the next.
 */
export async function book(services: Services, inboundShipmentId: string): Promise<void> {
  const { table } = services;
  const key = keys.inbound(inboundShipmentId);
  let row = await table.get<InboundRow>(key);
  while (row?.booking) {
    row = await table.decide((seen) => bookLines(services, seen.get<InboundRow>(key)), new Seen().set(key, row));
  }
}

/** Books as many lines as a transaction holds; answers the row as it is then, while it has more of them. */
function bookLines(services: Services, row: InboundRow | null | undefined): Decision<InboundRow | undefined> {
  if (!row?.booking) return { answer: undefined };
  const { inboundShipmentId, location, status, expectedAt, version } = row;
  const unbooked = inboundLines(row).filter((line) => !isBooked(row, line));
  const { booked, writes } = fitting(services, row, unbooked);
  const header = update(row).add('version', 1).when(equals('version', version));
  header.set('changedAt', services.now().toISOString());
  for (const line of booked) header.set(['lines', String(line.line), 'booked'], line.booked);
  if (booked.length < unbooked.length) {
    const lines = { ...row.lines, ...linesByNumber(booked) };
    return { answer: { ...row, lines, version: version + 1 }, writes: [header, ...writes] };
  }
  header.remove('booking').setAll(indexed.inbound(status, location, expectedAt, inboundShipmentId));
  return { answer: undefined, writes: [header, ...writes] };
}

/** The first of the lines, as many as fit into a transaction beside the shipment itself. */
function fitting(services: Services, row: InboundRow, lines: readonly InboundLine[]) {
  const booked: InboundLine[] = [];
  const writes: Write[] = [];
  for (const line of lines) {
    const ofLine = bookLine(services, row, line);
    if (1 + writes.length + ofLine.length > MAX_TRANSACTION_WRITES) break;
    writes.push(...ofLine);
    booked.push({ ...line, booked: wanted(row, line) });
  }
  return { booked, writes };
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
  const { booked } = line;
  const came = now.received - booked.received;
  const isMissed = now.outstanding < booked.outstanding - came;
  const missed = row.cancelReason ?? 'under-delivery';
  if (came > 0) return { type: 'receipt', reference, ...(isMissed && { reason: missed }) };
  return { type: 'inbound', reference, reason: isMissed ? missed : reasonOf(row, booked) };
}

function reasonOf({ overdueSince, lastMove }: InboundRow, booked: Booked): string {
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
