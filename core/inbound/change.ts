import { asUtc } from '../platform/clock.ts';
import { type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import { conflict, invalid, isRefusal, notFound, type Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { Seen } from '../platform/table/decide.ts';
import { equals } from '../platform/table/expressions.ts';
import { keys } from '../platform/table/keys.ts';
import type { Update } from '../platform/table/writes.ts';
import { unitsBySku } from '../stock/sku-lines.ts';
import type { InboundChanged } from './announce.ts';
import { book } from './book.ts';
import { changeInbound, type InboundRow, inboundLines, isOpen, isOverdue, linesByNumber } from './inbound-shipment.ts';
import type { CancelInbound, MoveInbound, ReceiveInbound } from './schema.ts';

/** Gives an inbound shipment another date. Those who wait for it are promised anew. */
export function moveInbound(
  services: Services,
  inboundShipmentId: string,
  move: MoveInbound,
  request?: IdempotentRequest,
): Promise<InboundChanged | Refusal> {
  const to = asUtc(move.expectedAt);
  return change(services, inboundShipmentId, request, (row, now) => {
    if (row.expectedAt === to && row.lastMove?.reason === move.reason) return 'as-it-is';
    if (!isOpen(row)) return closed(row);
    const at = now.toISOString();
    const moved = changeInbound(row, now, { status: row.status, expectedAt: to });
    moved.set('lastMove', { at, from: row.expectedAt, to, reason: move.reason });
    return isOverdue(services, { expectedAt: to }) ? moved.set('overdueSince', at) : moved.remove('overdueSince');
  });
}

/** Nothing more of it will come. What has been received stays. */
export function cancelInbound(
  services: Services,
  inboundShipmentId: string,
  { reason }: CancelInbound,
  request?: IdempotentRequest,
): Promise<InboundChanged | Refusal> {
  return change(services, inboundShipmentId, request, (row, now) => {
    if (row.status === 'cancelled') return 'as-it-is';
    if (!isOpen(row)) return closed(row);
    const { expectedAt } = row;
    return changeInbound(row, now, { status: 'cancelled', expectedAt }).set('cancelReason', reason);
  });
}

/**
 * Units of it are here, as many as were announced, fewer, or more: they are free to promise. It is `received` when nothing is
 * outstanding, or when nothing more will come.
 */
export function receiveInbound(
  services: Services,
  inboundShipmentId: string,
  { lines, complete }: ReceiveInbound,
  request?: IdempotentRequest,
): Promise<InboundChanged | Refusal> {
  return change(services, inboundShipmentId, request, (row, now) => {
    if (!isOpen(row)) return closed(row);
    const stranger = strangerAmong(row, lines);
    if (stranger) return stranger;
    const came = unitsBySku(lines);
    const after = inboundLines(row).map((line) => ({ ...line, received: line.received + (came.get(line.sku) ?? 0) }));
    const isWhole = after.every(({ received, quantity }) => received >= quantity);
    const status = complete || isWhole ? 'received' : 'partly-received';
    // All lines at once: an expression does not hold a path for each.
    return changeInbound(row, now, { status, expectedAt: row.expectedAt }).set('lines', linesByNumber(after));
  });
}

function strangerAmong(row: InboundRow, lines: ReceiveInbound['lines']): Refusal | undefined {
  const announced = new Set(inboundLines(row).map(({ sku }) => sku));
  const i = lines.findIndex(({ sku }) => !announced.has(sku));
  if (i < 0) return undefined;
  const detail = `${lines[i]?.sku} is not on ${row.inboundShipmentId}: receive it as stock of its own`;
  return invalid('not-in-inbound-shipment', detail, `lines[${i}].sku`);
}

/** Its day has passed without an arrival: nothing is promised on it until it has a new one. */
export function markOverdue(services: Services, inboundShipmentId: string): Promise<InboundChanged | Refusal> {
  return change(services, inboundShipmentId, undefined, (row, now) => {
    if (!isOpen(row) || row.overdueSince !== undefined || !isOverdue(services, row)) return 'as-it-is';
    const { status, expectedAt } = row;
    return changeInbound(row, now, { status, expectedAt }).set('overdueSince', now.toISOString());
  });
}

type Decided = Update | Refusal | 'as-it-is';

/** One change of what the shipment says, and its booking. A repeat finishes a booking that was cut off. */
async function change(
  services: Services,
  inboundShipmentId: string,
  request: IdempotentRequest | undefined,
  decideOn: (row: InboundRow, now: Date) => Decided,
): Promise<InboundChanged | Refusal> {
  const { table, now } = services;
  const { answered, recall, remember } = idempotency<InboundChanged>(services, request);
  const key = keys.inbound(inboundShipmentId);
  const seen = await recall(new Seen().set(key, await table.get(key)));
  const answer = await table.decide<InboundChanged | Refusal>((seen) => {
    const first = answered(seen);
    if (first) return { answer: first };
    const row = seen.get<InboundRow>(key);
    if (!row) return { answer: noSuchInbound(inboundShipmentId) };
    const decided = decideOn(row, now());
    const answer = { inboundShipmentId };
    if (decided === 'as-it-is') return { answer };
    if ('refused' in decided) return { answer: decided };
    return { answer, writes: [...remember(answer), decided.when(equals('version', row.version))] };
  }, seen);
  if (!isRefusal(answer)) await book(services, inboundShipmentId);
  return answer;
}

export function noSuchInbound(inboundShipmentId: string): Refusal {
  return notFound('unknown-inbound-shipment', `there is no inbound shipment ${inboundShipmentId}`);
}

function closed({ inboundShipmentId, status }: InboundRow): Refusal {
  return conflict('inbound-shipment-closed', `${inboundShipmentId} is ${status}: nothing more is expected of it`);
}
