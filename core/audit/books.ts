import { type Booked, type InboundRow, inboundLines, isBooked } from '../inbound/inbound-shipment.ts';
import type { OrderRow } from '../orders/order.ts';
import { linesOf, partsOf, type ShipmentRow, waiterOf } from '../orders/shipments.ts';
import { type Key, kindOf } from '../platform/table/keys.ts';
import type { RoundRow } from '../promises/round.ts';
import type { StockRow } from '../stock/levels.ts';
import type { MovementRow } from '../stock/movements.ts';
import { placeInQueue, type WaitRow } from '../stock/queue.ts';
import type { SupplyRow } from '../stock/supply.ts';

/** The counters of a level, or a sum of changes of them. */
interface Counters {
  available: number;
  allocated: number;
  backordered: number;
  incoming: number;
}

/** What the rest of the table says that a level should be. */
export interface LevelBooks {
  level?: StockRow;
  /** The sum of its movements. */
  moved: Counters;
  /** Units that lines of shipments hold, and wait for. */
  held: number;
  awaited: number;
  /** By the sort key of each place in the queue: the units that it holds more than its line waits for there. */
  readonly places: Map<string, number>;
  /** The queue, and its head. */
  queued: number;
  head?: WaitRow;
  /** Everybody in it, and what they wait for, in any order. */
  readonly queue: WaitRow[];
  /** What is on its way, in any order, and what each inbound shipment says that it has booked of it. */
  readonly supply: SupplyRow[];
  readonly booked: Map<string, Booked>;
  /** Its dates are being computed. */
  round?: RoundRow;
}

/** What the rest of the table says that an order should be. */
export interface OrderBooks {
  header?: Pick<OrderRow, keyof Key | 'status' | 'shipmentCount'>;
  readonly shipments: ShipmentRow[];
  /** The sum of the movements made for it, by SKU and location, and the units that left. */
  readonly moved: Map<string, Counters & { left: number }>;
}

/** The table, added up: one pass over its rows, in any order. */
export class Books {
  readonly levels = new Map<string, LevelBooks>();
  readonly orders = new Map<string, OrderBooks>();
  /** Inbound shipments that their SKUs' rows are not in line with. */
  readonly unbooked: InboundRow[] = [];
  rows = 0;

  add(row: Key): void {
    this.rows++;
    switch (kindOf(row)) {
      case 'stock':
        this.#level(row as StockRow).level = row as StockRow;
        break;
      case 'movement':
        this.#addMovement(row as MovementRow);
        break;
      case 'wait':
        this.#addWaiting(row as WaitRow);
        break;
      case 'supply':
        this.#level(row as SupplyRow).supply.push(row as SupplyRow);
        break;
      case 'repromise':
        this.#level(row as RoundRow).round = row as RoundRow;
        break;
      case 'inbound':
        this.#addInbound(row as InboundRow);
        break;
      case 'shipment':
        this.#addShipment(row as ShipmentRow);
        break;
      case 'order':
        this.#addHeader(row as OrderRow);
        break;
    }
  }

  #addHeader({ pk, sk, orderId, status, shipmentCount }: OrderRow): void {
    this.#order(orderId).header = { pk, sk, status, shipmentCount };
  }

  #addMovement(row: MovementRow): void {
    addTo(this.#level(row).moved, row);
    if (!row.shipmentId) return;
    const { moved } = this.#order(partsOf(row.shipmentId).orderId);
    const key = levelKey(row);
    const sum = moved.get(key) ?? { ...zero(), left: 0 };
    addTo(sum, row);
    if (row.type === 'ship') sum.left -= row.allocated;
    moved.set(key, sum);
  }

  #addWaiting(row: WaitRow): void {
    const books = this.#level(row);
    books.queued += row.quantity;
    books.queue.push(row);
    addUnits(books.places, row.sk, row.quantity);
    if (!books.head || row.sk < books.head.sk) books.head = row;
  }

  #addInbound(row: InboundRow): void {
    const { inboundShipmentId, location } = row;
    const lines = inboundLines(row);
    if (row.booking || !lines.every((line) => isBooked(row, line))) this.unbooked.push(row);
    for (const { sku, booked } of lines) {
      if (booked.outstanding > 0) this.#level({ sku, location }).booked.set(inboundShipmentId, booked);
    }
  }

  #addShipment(row: ShipmentRow): void {
    const { taskToken: _token, ...kept } = row;
    this.#order(row.orderId).shipments.push(kept);
    for (const line of linesOf(row)) {
      const { sku, allocated, waiting } = line;
      if (allocated + waiting === 0) continue;
      const books = this.#level({ sku, location: row.location });
      books.held += allocated;
      books.awaited += waiting;
      if (waiting > 0) addUnits(books.places, placeInQueue(waiterOf(row, line), sku).sk, -waiting);
    }
  }

  #level(of: { sku: string; location: string }): LevelBooks {
    const key = levelKey(of);
    const books = this.levels.get(key) ?? {
      moved: zero(),
      held: 0,
      awaited: 0,
      places: new Map(),
      queued: 0,
      queue: [],
      supply: [],
      booked: new Map(),
    };
    this.levels.set(key, books);
    return books;
  }

  #order(orderId: string): OrderBooks {
    const books = this.orders.get(orderId) ?? { shipments: [], moved: new Map() };
    this.orders.set(orderId, books);
    return books;
  }
}

export function levelKey({ sku, location }: { sku: string; location: string }): string {
  return `${sku} at ${location}`;
}

function zero(): Counters {
  return { available: 0, allocated: 0, backordered: 0, incoming: 0 };
}

/** What adds up to nothing is in order, and not kept. */
function addUnits(places: Map<string, number>, place: string, units: number): void {
  const sum = (places.get(place) ?? 0) + units;
  if (sum === 0) places.delete(place);
  else places.set(place, sum);
}

function addTo(sum: Counters, { available, allocated, backordered, incoming }: Counters): void {
  sum.available += available;
  sum.allocated += allocated;
  sum.backordered += backordered;
  sum.incoming += incoming;
}
