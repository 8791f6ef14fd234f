import type { OrderRow } from '../../core/orders/order.ts';
import { type EndReason, linesOf, partsOf, type ShipmentRow } from '../../core/orders/shipments.ts';
import { isOpen, type OrderStatus } from '../../core/orders/statuses.ts';
import type { Services } from '../../core/platform/services.ts';
import { type Key, kindOf } from '../../core/platform/table/keys.ts';
import type { MovementRow } from '../../core/stock/movements.ts';

/** What became of all orders, added up from the rows of the table. */
export interface Tally {
  readonly orders: ReadonlyMap<OrderStatus, number>;
  readonly unitsOrdered: number;
  readonly unitsShipped: number;
  /** Units shipped that were on the shelf when they were ordered: the numerator of the fill rate. */
  readonly unitsFilledAtOnce: number;
  /** Orders with a line that had to wait, and among them those with a part of its own for what waited. */
  readonly ordersThatWaited: number;
  readonly ordersSplit: number;
  readonly unitsStillWaiting: number;
  readonly longestWait: Wait | undefined;
  readonly refused: readonly Refused[];
  /** Open shipments that wait neither for stock nor for anything else that could still come: there must be none. */
  readonly stuck: readonly string[];
}

/** How long the units of an order waited until they were set aside for it. */
interface Wait {
  readonly orderId: string;
  readonly sku: string;
  readonly milliseconds: number;
}

type Refused = { readonly orderId: string } & EndReason;

/** Reads the whole table once. */
export async function tally({ table }: Pick<Services, 'table'>): Promise<Tally> {
  const headers = new Map<string, OrderRow>();
  const shipments: ShipmentRow[] = [];
  const movements: MovementRow[] = [];
  for await (const row of table.scan<Key>()) {
    if (kindOf(row) === 'order') headers.set((row as OrderRow).orderId, row as OrderRow);
    else if (kindOf(row) === 'shipment') shipments.push(row as ShipmentRow);
    else if (kindOf(row) === 'movement') movements.push(row as MovementRow);
  }
  const lines = shipments.flatMap((shipment) =>
    linesOf(shipment).map((line) => ({ ...line, orderId: shipment.orderId })),
  );
  const waited = movements.filter(({ type, backordered }) => type === 'reserve' && backordered > 0);
  return {
    orders: countBy(headers.values(), ({ status }) => status),
    unitsOrdered: sum(lines, ({ quantity }) => quantity),
    unitsShipped: sum(lines, ({ shipped }) => shipped),
    unitsFilledAtOnce: filledAtOnce(lines, movements),
    ordersThatWaited: new Set(waited.map(orderOf)).size,
    ordersSplit: [...headers.values()].filter(({ shipmentCount }) => shipmentCount > 1).length,
    unitsStillWaiting: sum(lines, ({ waiting }) => waiting),
    longestWait: longestWait(headers, movements),
    refused: refusedOf(shipments),
    stuck: shipments
      .filter(({ status }) => isOpen(status) && status !== 'backordered')
      .map(({ shipmentId }) => shipmentId),
  };
}

type OrderedLine = { orderId: string; sku: string; shipped: number };

/** Of each line, what was reserved when the order came, as far as it has shipped. */
function filledAtOnce(lines: readonly OrderedLine[], movements: readonly MovementRow[]): number {
  const reserved = new Map<string, number>();
  for (const movement of movements) {
    if (movement.type !== 'reserve') continue;
    const key = `${orderOf(movement)} ${movement.sku}`;
    reserved.set(key, (reserved.get(key) ?? 0) + movement.allocated);
  }
  const shipped = Map.groupBy(lines, ({ orderId, sku }) => `${orderId} ${sku}`);
  return sum([...shipped], ([key, parts]) =>
    Math.min(
      reserved.get(key) ?? 0,
      sum(parts, (part) => part.shipped),
    ),
  );
}

function longestWait(headers: ReadonlyMap<string, OrderRow>, movements: readonly MovementRow[]): Wait | undefined {
  const waits = movements
    .filter(({ type }) => type === 'allocate')
    .map((movement) => {
      const orderId = orderOf(movement);
      const placedAt = Date.parse(headers.get(orderId)?.placedAt ?? movement.at);
      return { orderId, sku: movement.sku, milliseconds: Date.parse(movement.at) - placedAt };
    });
  return waits.reduce<Wait | undefined>((longest, wait) => {
    return longest && longest.milliseconds >= wait.milliseconds ? longest : wait;
  }, undefined);
}

function refusedOf(shipments: readonly ShipmentRow[]): Refused[] {
  return shipments
    .flatMap(({ orderId, status, endReason }) =>
      status === 'rejected' && endReason ? [{ orderId, ...endReason }] : [],
    )
    .sort((a, b) => (a.orderId < b.orderId ? -1 : 1));
}

function orderOf({ shipmentId = '' }: MovementRow): string {
  return partsOf(shipmentId).orderId;
}

function countBy<Item, Name>(items: Iterable<Item>, nameOf: (item: Item) => Name): Map<Name, number> {
  return new Map([...Map.groupBy(items, nameOf)].map(([name, group]) => [name, group.length]));
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
