import { asUtc } from '../platform/clock.ts';
import { fingerprintOf, type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import { conflict, invalid, isRefusal, type Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { indexed, keys } from '../platform/table/keys.ts';
import { create } from '../platform/table/writes.ts';
import type { StockRow } from '../stock/levels.ts';
import { unitsBySku } from '../stock/sku-lines.ts';
import { book } from './book.ts';
import { BOOKING, type InboundLine, type InboundRow, isOverdue, linesByNumber } from './inbound-shipment.ts';
import type { AnnounceInbound } from './schema.ts';

export interface InboundChanged {
  readonly inboundShipmentId: string;
}

/**
 * Takes note of stock on its way in. An announcement whose id is there already is the same come twice, and gets the first answer, or is
 * refused as `inbound-shipment-id-taken`.
 */
export async function announceInbound(
  services: Services,
  announced: AnnounceInbound,
  request?: IdempotentRequest,
): Promise<InboundChanged | Refusal> {
  const { table, newId } = services;
  const unknown = await unknownSku(services, announced);
  if (unknown) return unknown;
  const { answered, remember } = idempotency<InboundChanged>(services, request);
  const inboundShipmentId = announced.inboundShipmentId ?? newId();
  const fingerprint = fingerprintOf(announced);
  const answer = await table.decide<InboundChanged | Refusal>((seen) => {
    const first = answered(seen);
    if (first) return { answer: first };
    const there = seen.get<InboundRow>(keys.inbound(inboundShipmentId));
    if (there && there.fingerprint !== fingerprint) return { answer: taken(inboundShipmentId) };
    const answer = { inboundShipmentId };
    if (there) return { answer };
    const row = newRow(services, announced, { inboundShipmentId, fingerprint });
    return { answer, writes: [...remember(answer), create(row)] };
  });
  if (!isRefusal(answer)) await book(services, answer.inboundShipmentId);
  return answer;
}

async function unknownSku({ table }: Services, { location, lines }: AnnounceInbound): Promise<Refusal | undefined> {
  const skus = new Set(lines.map(({ sku }) => sku));
  const levels = await table.getMany<StockRow>([...skus].map((sku) => keys.stock(sku, location)));
  const known = new Set(levels.map(({ sku }) => sku));
  const i = lines.findIndex(({ sku }) => !known.has(sku));
  if (i < 0) return undefined;
  return invalid('sku-not-kept', `${lines[i]?.sku} is not kept at ${location}: put the item first`, `lines[${i}].sku`);
}

function taken(inboundShipmentId: string): Refusal {
  return conflict('inbound-shipment-id-taken', `another inbound shipment has the id ${inboundShipmentId} already`);
}

function newRow(
  services: Services,
  { location, lines, reference, ...announced }: AnnounceInbound,
  { inboundShipmentId, fingerprint }: { inboundShipmentId: string; fingerprint: string },
): InboundRow {
  const at = services.now().toISOString();
  const expectedAt = asUtc(announced.expectedAt);
  return {
    ...keys.inbound(inboundShipmentId),
    inboundShipmentId,
    location,
    status: 'expected',
    expectedAt,
    ...(reference && { reference }),
    ...(isOverdue(services, { expectedAt }) && { overdueSince: at }),
    lines: linesByNumber(linesOf(lines, expectedAt)),
    booking: true,
    createdAt: at,
    changedAt: at,
    version: 1,
    fingerprint,
    ...indexed.inbound(BOOKING, location, expectedAt, inboundShipmentId),
  };
}

function linesOf(announced: AnnounceInbound['lines'], expectedAt: string): InboundLine[] {
  const nothing = { expectedAt, outstanding: 0, received: 0, overdue: false };
  return [...unitsBySku(announced)].map(([sku, quantity], line) => {
    return { line, sku, quantity, received: 0, booked: nothing };
  });
}
