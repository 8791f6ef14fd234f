import type { OrderRow } from '../orders/order.ts';
import type { ShipmentRow } from '../orders/shipments.ts';
import { isOpen } from '../orders/statuses.ts';
import type { Services } from '../platform/services.ts';
import { Seen } from '../platform/table/decide.ts';
import { equals, exists } from '../platform/table/expressions.ts';
import { indexes, type Key, keys, kindOf, partitions, prefixes, shardsOf } from '../platform/table/keys.ts';
import { create, update, type Write } from '../platform/table/writes.ts';
import { differences, isNamedAfter, isSameAddress, type Person, redact } from './redact.ts';

/** An order may be dated this long before its row is there: it was tried for as long. */
const PLACING_TAKES_MS = 15 * 60_000;
const ORDERS_PER_PAGE = 100;
/** The sort key of all orders' headers. */
const { sk: HEADER } = keys.order('');

type ErasureServices = Pick<Services, 'table' | 'now' | 'newId' | 'actor'>;

/** What a customer's address leads to. */
export interface CustomerOrders {
  /** Ended or on their way to the customer: these can be erased. */
  readonly ended: readonly string[];
  /** Still to be sent: the warehouse needs the address. */
  readonly open: readonly Pick<OrderRow, 'orderId' | 'status'>[];
  /** Executions that an order was handed over to: their input holds it as it was given, and nobody can change that. */
  readonly executions: readonly string[];
}

/** That a customer's data was erased, without a word of whose. */
interface ErasureRow extends Key {
  readonly erasureId: string;
  readonly erasedAt: string;
  readonly orders: number;
  readonly actor: string;
}

/** What an erasure has done, or would do. */
export interface Erasure {
  readonly orders: number;
  /** Rows other than the orders' own headers, of which a part was erased. */
  readonly rows: number;
  /** Idempotency keys that say the address themselves, and until when the last of them is kept (epoch seconds). */
  readonly keys: { readonly count: number; readonly until: number };
}

export interface Progress {
  /** Called with the number of rows read so far; may throw to end it. */
  readonly onRows?: (rows: number) => void;
}

/** Finds all orders of an address, in whatever case it was written; reads the whole table for it. */
export async function findOrders(
  services: Pick<Services, 'table'>,
  email: string,
  { onRows = () => {} }: Progress = {},
): Promise<CustomerOrders> {
  const headers: OrderRow[] = [];
  let rows = 0;
  for await (const header of services.table.scan<OrderRow>(HEADER)) {
    onRows(++rows);
    if (isOrderOf(header, email)) headers.push(header);
  }
  const executions: string[] = [];
  for (const { orderId } of headers) {
    for await (const row of shipmentsOf(services, orderId)) {
      if (row.executionName !== row.shipmentId) executions.push(row.executionName);
    }
  }
  return {
    ended: headers.filter((header) => !isStillOpen(header)).map(({ orderId }) => orderId),
    open: headers.filter(isStillOpen).map(({ orderId, status }) => ({ orderId, status })),
    executions,
  };
}

/** Says what {@link eraseCustomer} would do, and does nothing. */
export function previewErasure(
  { table }: Pick<Services, 'table'>,
  person: Person,
  { onRows = () => {} }: Progress = {},
): Promise<Erasure> {
  return sweepTable({ table }, person, onRows, async () => true);
}

/**
 * Erases what the table says of a customer: the names and addresses of the orders, their tracking links, and every word that was
 * written about them. What was ordered, moved and sent stays, so that the books add up. It can be cut off and repeated: the headers, by which
 * the orders are found, go last; and anybody may work on the table meanwhile.
 *
 * @param person the orders have to be ended; what is written about them afterwards, such as the reason of a return, is not looked at.
 */
export async function eraseCustomer(
  services: ErasureServices,
  person: Person,
  { onRows = () => {} }: Progress = {},
): Promise<Erasure> {
  const swept = await sweepTable(services, person, onRows, (row) => eraseFrom(services, row, person));
  let rows = swept.rows;
  const erasureId = services.newId();
  const orderIds = [...person.orderIds];
  for (const [i, orderId] of orderIds.entries()) {
    // Whatever has been written about the order since the table was read.
    for await (const row of services.table.partition<Key>(partitions.order(orderId))) {
      if (kindOf(row) !== 'order' && (await eraseFrom(services, row, person))) rows++;
    }
    const erasedAt = services.now().toISOString();
    const isLast = i === orderIds.length - 1;
    const { actor } = services;
    const record = { ...keys.erasure(erasedAt, erasureId), erasureId, erasedAt, orders: orderIds.length, actor };
    await eraseHeader(services, orderId, person, erasedAt, isLast ? [create<ErasureRow>(record)] : []);
  }
  return { ...swept, orders: orderIds.length, rows };
}

/** The orders of an address that were placed while the table was read, and may have been missed. */
export async function ordersPlacedSince({ table }: Pick<Services, 'table'>, email: string, since: Date) {
  const from = new Date(since.getTime() - PLACING_TAKES_MS).toISOString();
  const found: string[] = [];
  const list = { index: indexes.ordersByTime, partitions: shardsOf('ORDER'), newestFirst: true };
  for await (const { orderId, placedAt } of table.listAll<OrderRow>({ ...list, limit: ORDERS_PER_PAGE })) {
    if (placedAt < from) break;
    const header = await table.get<OrderRow>(keys.order(orderId));
    if (header && isOrderOf(header, email)) found.push(orderId);
  }
  return found;
}

/** Reads all rows but the orders' headers, and has `erase` see to those that say something of the person. */
async function sweepTable(
  { table }: Pick<Services, 'table'>,
  person: Person,
  onRows: (rows: number) => void,
  erase: (row: Key) => Promise<boolean>,
): Promise<Erasure> {
  let read = 0;
  let rows = 0;
  const named = { count: 0, until: 0 };
  for await (const row of table.scan<Key & { expiresAt?: number }>()) {
    onRows(++read);
    if (isNamedAfter(row, person.email)) {
      named.count++;
      named.until = Math.max(named.until, row.expiresAt ?? 0);
    }
    if (kindOf(row) === 'order' || differences(row, redact(row, person)).length === 0) continue;
    if (await erase(row)) rows++;
  }
  return { orders: person.orderIds.size, rows, keys: named };
}

/** Says whether there was still something to erase. */
function eraseFrom({ table }: Pick<Services, 'table'>, row: Key, person: Person): Promise<boolean> {
  return table.decide(
    (seen) => {
      const current = seen.get<Key>(row);
      if (!current) return { answer: false };
      const change = erasureOf(current, person);
      return change ? { answer: true, writes: [change] } : { answer: false };
    },
    new Seen().set(row, row),
  );
}

async function eraseHeader(
  { table }: Pick<Services, 'table'>,
  orderId: string,
  person: Person,
  erasedAt: string,
  others: readonly Write[],
): Promise<void> {
  const key = keys.order(orderId);
  const header = await table.get<OrderRow>(key);
  await table.decide(
    (seen) => {
      const current = seen.get<OrderRow>(key);
      const change = current && erasureOf(current, person);
      return { answer: undefined, writes: [...(change ? [change.set('erasedAt', erasedAt)] : []), ...others] };
    },
    new Seen().set(key, header),
  );
}

/** Writes what is left of a row; fails where one of the attributes has changed. Whoever works with the row's version sees that it has changed. */
function erasureOf(row: Key, person: Person) {
  const left = redact(row, person);
  const names = differences(row, left);
  if (names.length === 0) return undefined;
  const [before, after] = [row as Key & Record<string, unknown>, left as Key & Record<string, unknown>];
  const change = update(row).when(exists('pk'), ...names.map((name) => equals(name, before[name])));
  for (const name of names) {
    if (after[name] === undefined) change.remove(name);
    else change.set(name, after[name]);
  }
  return typeof before.version === 'number' ? change.add('version', 1) : change;
}

function isOrderOf({ customer }: OrderRow, email: string): boolean {
  return customer !== undefined && isSameAddress(customer.email, email);
}

function isStillOpen({ shipments }: OrderRow): boolean {
  return Object.values(shipments).some(isOpen);
}

function shipmentsOf({ table }: Pick<Services, 'table'>, orderId: string): AsyncGenerator<ShipmentRow> {
  return table.partition<ShipmentRow>(partitions.order(orderId), prefixes.shipment);
}
