import type { Services } from '../platform/services.ts';
import { indexed, type Key, keys } from '../platform/table/keys.ts';
import { type Update, update } from '../platform/table/writes.ts';
import type { InboundStatus } from './schema.ts';

/** What the SKU's own rows say of a line: its level, and its place among what is on its way. */
export interface Booked {
  readonly expectedAt: string;
  readonly outstanding: number;
  readonly received: number;
  readonly overdue: boolean;
}

/** One SKU of an inbound shipment. */
export interface InboundLine {
  readonly line: number;
  readonly sku: string;
  readonly quantity: number;
  readonly received: number;
  readonly booked: Booked;
}

/**
 * Stock on its way in. The row says what is so; the rows of its SKUs are brought in line with it right after, and `booked` says how
 * far that has come.
 */
export interface InboundRow extends Key {
  readonly inboundShipmentId: string;
  readonly location: string;
  readonly status: InboundStatus;
  readonly expectedAt: string;
  readonly reference?: string;
  /** By their number. */
  readonly lines: Readonly<Record<string, InboundLine>>;
  readonly lastMove?: { readonly at: string; readonly from: string; readonly to: string; readonly reason: string };
  /** Set when its day has passed without an arrival, until it has a new one. */
  readonly overdueSince?: string;
  readonly cancelReason?: string;
  /** Present while the SKUs' rows are still to be brought in line. */
  readonly booking?: true;
  readonly createdAt: string;
  readonly changedAt: string;
  readonly version: number;
  /** A hash of what was announced: the same may come twice, another one may not take its id. */
  readonly fingerprint: string;
  readonly inboundShard: string;
  readonly inboundSort: string;
}

/** The list, beside those of the statuses, of shipments that are still to be booked. */
export const BOOKING = 'booking';

export function isOpen({ status }: Pick<InboundRow, 'status'>): boolean {
  return status === 'expected' || status === 'partly-received';
}

export function inboundLines({ lines }: Pick<InboundRow, 'lines'>): InboundLine[] {
  return Object.values(lines).sort((a, b) => a.line - b.line);
}

export function linesByNumber(lines: readonly InboundLine[]): InboundRow['lines'] {
  return Object.fromEntries(lines.map((line) => [String(line.line), line]));
}

/** Whether its day has passed by more than the tolerance: a delay within it is none. */
export function isOverdue(
  { now, promises }: Pick<Services, 'now' | 'promises'>,
  { expectedAt }: Pick<InboundRow, 'expectedAt'>,
): boolean {
  return Date.parse(expectedAt) + promises.toleranceHours * 3600 * 1000 < now().getTime();
}

/** Units of a line that are still to come. */
export function outstandingOf(row: Pick<InboundRow, 'status'>, { quantity, received }: InboundLine): number {
  return isOpen(row) ? Math.max(0, quantity - received) : 0;
}

/** What the SKU's rows should say of a line. */
export function wanted(row: InboundRow, line: InboundLine): Booked {
  const outstanding = outstandingOf(row, line);
  return {
    expectedAt: row.expectedAt,
    outstanding,
    received: line.received,
    overdue: row.overdueSince !== undefined,
  };
}

export function isBooked(row: InboundRow, line: InboundLine): boolean {
  const { expectedAt, outstanding, received, overdue } = wanted(row, line);
  const { booked } = line;
  if (booked.outstanding !== outstanding || booked.received !== received) return false;
  return outstanding === 0 || (booked.expectedAt === expectedAt && booked.overdue === overdue);
}

/** A change of what is so, that is to be booked after it. `now` is the time of the change. Nothing is late that is not to come. */
export function changeInbound(
  row: InboundRow,
  now: Date,
  { status, expectedAt }: { status: InboundStatus; expectedAt: string },
): Update {
  const { inboundShipmentId, location } = row;
  const change = update(keys.inbound(inboundShipmentId))
    .setAll({ status, expectedAt, booking: true, changedAt: now.toISOString() })
    .setAll(indexed.inbound(BOOKING, location, expectedAt, inboundShipmentId))
    .add('version', 1);
  return isOpen({ status }) ? change : change.remove('overdueSince');
}
