import { type Key, keys } from '../platform/table/keys.ts';
import { unitsBySku } from '../stock/sku-lines.ts';
import type { PromiseBasis } from './happenings.ts';
import type { IfShort, OrderLine, PlacedShipment } from './schema.ts';
import type { ShipmentStatus } from './statuses.ts';

/** One SKU of a shipment. `quantity` is the sum of the other counts once the line has been decided, before it all others are 0. */
export interface ShipmentLine {
  /** Its place among the SKUs of the order, from 0, and its name in the row. */
  readonly line: number;
  readonly sku: string;
  readonly quantity: number;
  readonly allocated: number;
  readonly waiting: number;
  readonly shipped: number;
  /** Not there and not waited for, or given back when the shipment ended. */
  readonly cancelled: number;
  /** Of those shipped, what has come back. */
  readonly returned?: number;
  /** The priority of its place in the queue, until it has moved to that of its shipment. */
  readonly priority?: number;
  /** While it waits: the arrival that covers it; null where none does, absent while that has not been looked at. */
  readonly expected?: LineExpectation | null;
}

/** The arrival with which a waiting line has all its units. */
export interface LineExpectation {
  readonly expectedAt: string;
  readonly inboundShipmentId: string;
}

/** By when a shipment is promised to leave the house, and what that rests on. */
export interface ShipmentPromise {
  readonly promisedAt: string;
  readonly basis: PromiseBasis;
}

/** The step of the workflow that waits for the table to say that it is done. */
export type Stage = 'backorder' | 'pick' | 'pack' | 'ship';

export interface Carton {
  readonly weightGrams: number;
  readonly dimensionsMm: { readonly length: number; readonly width: number; readonly height: number };
}

interface Tracking {
  readonly carrier: string;
  readonly trackingNumber: string;
}

/** Why a shipment ended without leaving. */
export interface EndReason {
  /** A stable word for machines: `out-of-stock`, `unknown-sku`, `backorder-limit`, `cancelled`, `expired`, or an error's name. */
  readonly code: string;
  readonly detail: string;
  readonly sku?: string;
}

/** The part of an order that ships together. */
export interface ShipmentRow extends Key {
  readonly orderId: string;
  readonly shipmentId: string;
  readonly number: number;
  readonly status: ShipmentStatus;
  readonly location: string;
  readonly priority: number;
  /** Who changed it last, when and why. */
  readonly priorityChange?: { readonly at: string; readonly actor: string; readonly reason: string };
  /** Set while lines have still to move to their new places in the queue. */
  readonly movesSince?: string;
  readonly placedAt: string;
  /** A shipment that still waits then has expired. */
  readonly waitUntil: string;
  readonly ifShort: IfShort;
  /** By their number in the order: a SKU may be any word, also one that is no good as an attribute's name. */
  readonly lines: Readonly<Record<string, ShipmentLine>>;
  readonly linesWaiting: number;
  /** Rises with every change of the row. */
  readonly version: number;
  readonly changedAt: string;
  /** The one execution that walks this shipment; any other leaves it alone. */
  readonly executionName: string;
  readonly taskStage?: Stage;
  readonly taskToken?: string;
  readonly cartons?: readonly Carton[];
  readonly tracking?: Tracking;
  /** Null while nothing can be promised, absent while that has not been looked at. */
  readonly promise?: ShipmentPromise | null;
  /** The date that the customer was told last; null for the word that there is none. */
  readonly toldPromisedAt?: string | null;
  /** Since when the customer may choose, because a date moved: to wait, to take what is there, or to cancel. */
  readonly choiceSince?: string;
  /** Set when the customer has chosen to take what is there, until the workflow has done so. */
  readonly splitChosenAt?: string;
  /** After it has left: when it is expected at the customer's, once the carrier has said that it is late. */
  readonly deliveryExpectedAt?: string;
  readonly endReason?: EndReason;
  /** Present while the shipment is open, and after its end until its execution has been told. */
  readonly openShard?: string;
  readonly openSort?: string;
}

export function shipmentIdOf(orderId: string, number: number): string {
  return `${orderId}-${number}`;
}

/** The key of a shipment's row, taken from its well-formed id. */
export function shipmentKey(shipmentId: string): Key {
  const { orderId, number } = partsOf(shipmentId);
  return keys.shipment(orderId, number);
}

export function partsOf(shipmentId: string): { orderId: string; number: number } {
  const hyphen = shipmentId.lastIndexOf('-');
  return { orderId: shipmentId.slice(0, hyphen), number: Number(shipmentId.slice(hyphen + 1)) };
}

/** The lines in the order's order. */
export function linesOf({ lines }: Pick<ShipmentRow, 'lines'>): ShipmentLine[] {
  return Object.values(lines).sort((a, b) => a.line - b.line);
}

export function byLine(lines: readonly ShipmentLine[]): Record<string, ShipmentLine> {
  return Object.fromEntries(lines.map((line) => [String(line.line), line]));
}

export function lineOf({ lines }: Pick<ShipmentRow, 'lines'>, sku: string): ShipmentLine | undefined {
  return Object.values(lines).find((line) => line.sku === sku);
}

/** Those of the lines that have units of a kind, with how many. */
export function unitsOf(
  lines: readonly ShipmentLine[],
  kind: 'quantity' | 'allocated' | 'waiting' | 'cancelled',
): { sku: string; quantity: number }[] {
  return lines.filter((line) => line[kind] > 0).map((line) => ({ sku: line.sku, quantity: line[kind] }));
}

/** The place of a line in its shipment's row. */
export function pathOf({ line }: ShipmentLine): readonly string[] {
  return ['lines', String(line)];
}

/** Lines of one SKU become one: a transaction touches a SKU's level once, and the queue holds a place for each SKU. */
export function undecidedLines(lines: readonly OrderLine[]): Record<string, ShipmentLine> {
  return byLine(
    [...unitsBySku(lines)].map(([sku, quantity], line) => {
      return { line, sku, quantity, allocated: 0, waiting: 0, shipped: 0, cancelled: 0 };
    }),
  );
}

/** Whether stock has been allocated, queued for or refused for the line. */
export function isDecided({ allocated, waiting, shipped, cancelled }: ShipmentLine): boolean {
  return allocated + waiting + shipped + cancelled > 0;
}

/** Whether units or a place in the queue still hang on the line. */
export function isHeld({ allocated, waiting }: ShipmentLine): boolean {
  return allocated + waiting > 0;
}

/** Whether units are set aside for a shipment, which could leave without those that it waits for. */
export function someIsThere({ lines }: Pick<ShipmentRow, 'lines'>): boolean {
  return Object.values(lines).some(({ allocated }) => allocated > 0);
}

/** A line of which it has to be looked at anew what it can expect. */
export function withoutExpectation({ expected: _, ...line }: ShipmentLine): ShipmentLine {
  return line;
}

/** A line that waits no longer has no place in the queue, and expects nothing. */
export function withoutPlace({ priority: _, ...line }: ShipmentLine): ShipmentLine {
  return withoutExpectation(line);
}

/** As whom a line of a shipment waits: at the place that it has now. */
export function waiterOf(row: ShipmentRow, { priority = row.priority }: ShipmentLine): ShipmentRow {
  return { ...row, priority };
}

/** What the workflow is told of a shipment when its execution starts. */
export function placedShipment(row: ShipmentRow): PlacedShipment {
  const { orderId, shipmentId, location, priority, placedAt, waitUntil, ifShort } = row;
  const lines = linesOf(row).map(({ sku, quantity }) => ({ sku, quantity }));
  return { orderId, shipmentId, location, priority, placedAt, waitUntil, ifShort, lines };
}
