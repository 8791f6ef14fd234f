import type { HappeningType } from '../orders/happenings.ts';
import type { EventRow, OrderRow } from '../orders/order.ts';
import { partsOf, type ShipmentRow } from '../orders/shipments.ts';
import type { AnswerRow } from '../platform/idempotency.ts';
import { type Key, kindOf, type RowKind } from '../platform/table/keys.ts';
import type { StockRow } from '../stock/levels.ts';
import type { MovementRow, MovementType } from '../stock/movements.ts';

/** What stands where something about the customer stood. No hash of a request is this word, so a repeat of one is not recognized. */
export const ERASED = '[erased]';

/** Whose data goes. */
export interface Person {
  readonly email: string;
  /** Ids of the orders that were placed under the address, as far as they are to be erased. */
  readonly orderIds: ReadonlySet<string>;
}

/** The facts of a happening that may say something of its customer: a parcel's number, or what somebody wrote about their order. */
const FACTS_OF_CUSTOMER: Record<HappeningType, readonly string[]> = {
  placed: [],
  reserved: [],
  backordered: [],
  promised: [],
  'promise-moved': [],
  'wait-chosen': [],
  'split-chosen': [],
  allocated: [],
  split: [],
  'priority-changed': ['reason'],
  picking: [],
  packing: [],
  shipping: [],
  shipped: ['trackingNumber'],
  delayed: ['reason'],
  delivered: [],
  returned: [],
  rejected: [],
  cancelled: [],
  expired: [],
  failed: [],
};

/** Whether the reason of a movement is what somebody wrote about the one order that it was made for. */
const REASON_OF_CUSTOMER: Record<MovementType, boolean> = {
  receipt: false,
  count: false,
  reserve: false,
  allocate: false,
  release: false,
  'write-off': false,
  ship: false,
  return: true,
  inbound: false,
  priority: true,
};

type Row = Key & Record<string, unknown>;

/** How a row reads without its customer; rows that are not about one of the orders stay as they are. */
const WITHOUT_CUSTOMER: Partial<Record<RowKind, (row: never, person: Person) => object>> = {
  order: withoutName,
  shipment: withoutParcel,
  event: withoutWords,
  movement: (row: MovementRow, person: Person) => (isOf(person, row.shipmentId) ? withoutReason(row) : row),
  stock: withoutLastReason,
  answer: withoutAnswer,
};

/**
 * The row without what it says of the person; keys stay. Of the orders' own rows and of what was made for them, everything that can
 * say something of a customer; of all other rows the address itself, wherever somebody wrote it.
 */
export function redact<R extends Key>(row: R, person: Person): R {
  // Whatever another order is delivered to is not this person's, or is still needed.
  if (kindOf(row) === 'order' && !person.orderIds.has((row as unknown as OrderRow).orderId)) return row;
  const ofKind = WITHOUT_CUSTOMER[kindOf(row)] as ((row: R, person: Person) => R) | undefined;
  const ofOrder = ofKind ? ofKind(row, person) : row;
  if (!JSON.stringify(ofOrder).toLowerCase().includes(person.email.toLowerCase())) return ofOrder;
  const { pk, sk, ...rest } = ofOrder;
  return { pk, sk, ...(withoutAddress(rest, addressIn(person.email)) as object) } as R;
}

/** The names of the attributes in which a row differs from another. */
export function differences(row: object, other: object): string[] {
  if (row === other) return [];
  const [a, b] = [row as Row, other as Row];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => !isSame(a[name], b[name]));
}

/** Whether a key says the address: that of a request that its client, or whose client, is named so. */
export function isNamedAfter({ pk }: Key, email: string): boolean {
  const name = pk.toLowerCase();
  const address = email.toLowerCase();
  return name.includes(address) || name.includes(encodeURIComponent(address).toLowerCase());
}

export function isSameAddress(email: string, other: string): boolean {
  return email.toLowerCase() === other.toLowerCase();
}

function isOf({ orderIds }: Person, shipmentId: string | undefined): boolean {
  return shipmentId !== undefined && orderIds.has(partsOf(shipmentId).orderId);
}

function withoutName({ customer: _customer, shipTo: _shipTo, trackSecret: _trackSecret, ...rest }: OrderRow): object {
  return { ...rest, fingerprint: ERASED };
}

function withoutParcel(row: ShipmentRow, { orderIds }: Person): object {
  if (!orderIds.has(row.orderId)) return row;
  const { tracking, priorityChange, ...rest } = row;
  return {
    ...rest,
    ...(tracking && { tracking: { ...tracking, trackingNumber: ERASED } }),
    ...(priorityChange && { priorityChange: { ...priorityChange, reason: ERASED } }),
  };
}

function withoutWords(row: EventRow, person: Person): object {
  const names = FACTS_OF_CUSTOMER[row.type];
  if (names.length === 0 || !isOf(person, row.shipmentId)) return row;
  const facts = Object.fromEntries(Object.entries(row.facts).map(([k, v]) => [k, names.includes(k) ? ERASED : v]));
  return { ...row, detail: ERASED, facts };
}

function withoutReason<Told extends { readonly type: MovementType; readonly reason?: string }>(told: Told): Told {
  return told.reason !== undefined && REASON_OF_CUSTOMER[told.type] ? { ...told, reason: ERASED } : told;
}

function withoutLastReason(row: StockRow, person: Person): object {
  const { lastCause } = row;
  return lastCause && isOf(person, lastCause.shipmentId) ? { ...row, lastCause: withoutReason(lastCause) } : row;
}

/** An answer holds a tracking link, and the fingerprint is a hash of what the customer gave. The key stays taken until it expires. */
function withoutAnswer(row: AnswerRow, person: Person): object {
  const { answer, ...rest } = row;
  const { orderId, shipmentId } = (answer ?? {}) as { orderId?: string; shipmentId?: string };
  const isTheirs = (orderId !== undefined && person.orderIds.has(orderId)) || isOf(person, shipmentId);
  return isTheirs ? { ...rest, fingerprint: ERASED } : row;
}

/** Finds an address in a text, but not within another one that ends or begins with it. */
function addressIn(email: string): RegExp {
  const literally = email.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w.%+-])${literally}(?!\\w|\\.\\w|-[\\w-]*\\.\\w)`, 'gi');
}

function withoutAddress(value: unknown, address: RegExp): unknown {
  if (typeof value === 'string') return value.replace(address, ERASED);
  if (Array.isArray(value)) return value.map((each) => withoutAddress(each, address));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutAddress(each, address)]));
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
