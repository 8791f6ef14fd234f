import * as z from 'zod';
import type { OrderRow } from '../orders/order.ts';
import { ShipmentId } from '../orders/schema.ts';
import {
  byLine,
  linesOf,
  partsOf,
  pathOf,
  type ShipmentLine,
  type ShipmentRow,
  shipmentIdOf,
  shipmentKey,
  someIsThere,
  unitsOf,
  waiterOf,
  withoutPlace,
} from '../orders/shipments.ts';
import { isUnfulfilled } from '../orders/statuses.ts';
import { changeShipment, moveOrder, moveShipment, say } from '../orders/transition.ts';
import { OrderCancelled } from '../orders/workflow-errors.ts';
import type { Services } from '../platform/services.ts';
import { type Decision, MAX_TRANSACTION_WRITES, Seen } from '../platform/table/decide.ts';
import { indexed, keys } from '../platform/table/keys.ts';
import { create, type Update, type Write } from '../platform/table/writes.ts';
import { promiseFromStock } from '../promises/date.ts';
import { renewPromise } from '../promises/renew.ts';
import { changeLevel } from '../stock/levels.ts';
import { dequeue, enqueue } from '../stock/queue.ts';

/**
 * A line that moves takes two writes, its old and its new place in the queue, and two more, the level and a movement, where it passes somebody; both shipments, the
 * order and four events take seven.
 */
const linesPerBackorder = (passesSomebody: boolean) =>
  Math.floor((MAX_TRANSACTION_WRITES - 7) / (passesSomebody ? 4 : 2));

export const OpenBackorder = z.strictObject({ shipmentId: ShipmentId });
export type OpenBackorder = z.infer<typeof OpenBackorder>;

/**
 * Moves what a shipment waits for to a shipment of its own, at the same place in the queue, so that what is there can leave now. The
 * stream starts the new shipment's execution. More waiting lines than a transaction holds become several shipments.
 *
 * A shipment that has all it waited for, or has nothing yet, is left as it is, so it can be repeated.
 *
 * @throws OrderCancelled when the shipment has ended in the meantime.
 */
export async function openBackorder(services: Services, { shipmentId }: OpenBackorder): Promise<void> {
  const { table } = services;
  const key = shipmentKey(shipmentId);
  const orderKey = keys.order(partsOf(shipmentId).orderId);
  let waits = true;
  while (waits) {
    const [shipment, order] = await Promise.all([table.get<ShipmentRow>(key), table.get<OrderRow>(orderKey)]);
    const seen = new Seen().set(key, shipment).set(orderKey, order);
    const passed = shipment && order ? await skusPassed(services, shipment, order) : new Set<string>();
    waits = await table.decide<boolean>((seen) => {
      const row = seen.get<ShipmentRow>(key);
      const header = seen.get<OrderRow>(orderKey);
      if (!row || !header) throw new Error(`there is no shipment ${shipmentId}`);
      if (isUnfulfilled(row.status)) throw new OrderCancelled(`${shipmentId} is ${row.status}`);
      if (row.status !== 'backordered' || !someIsThere(row)) return leaveTogether(services, row);
      // Another shipment of the order has moved: whoever is passed has to be looked up again.
      if (header !== order) return { answer: true };
      return moveWaitingLines(services, seen, row, header, passed);
    }, seen);
  }
}

/**
 * Shipments of an order stand one behind the other, by their numbers: what is split off now comes to stand behind what was split off before. These are the
 * SKUs for which somebody of them waits.
 */
async function skusPassed({ table }: Services, { number }: ShipmentRow, order: OrderRow): Promise<ReadonlySet<string>> {
  const { orderId, shipmentCount } = order;
  const between = Array.from({ length: shipmentCount - number }, (_, i) => shipmentIdOf(orderId, number + 1 + i));
  const rows = await Promise.all(between.map((shipmentId) => table.get<ShipmentRow>(shipmentKey(shipmentId))));
  const lines = rows.flatMap((row) => (row ? linesOf(row) : []));
  return new Set(lines.filter(({ waiting }) => waiting > 0).map(({ sku }) => sku));
}

/** Nothing is to be moved: it has all its units by now, or none any more. Whatever had been chosen has been seen to. */
function leaveTogether(services: Services, row: ShipmentRow): Decision<boolean> {
  if (row.splitChosenAt === undefined) return { answer: false };
  return { answer: false, writes: [changeShipment(services, row).remove('splitChosenAt')] };
}

function moveWaitingLines(
  services: Services,
  seen: Seen,
  row: ShipmentRow,
  order: OrderRow,
  passed: ReadonlySet<string>,
): Decision<boolean> {
  const waiting = linesOf(row).filter((line) => line.waiting > 0);
  const moved = waiting.slice(0, linesPerBackorder(waiting.some(({ sku }) => passed.has(sku))));
  const isLast = moved.length === waiting.length;
  const backorder = backorderOf(services, row, order.shipmentCount + 1, moved);
  const { attributes, events } = renewPromise(services, backorder, linesOf(backorder), 'split');
  const stays = isLast
    ? leaveNow(services, seen, row)
    : waitOn(
        services,
        row,
        linesOf(row).filter((line) => !moved.includes(line)),
      );
  const moves = { [backorder.number]: backorder.status, ...(isLast && { [row.number]: 'reserved' as const }) };
  const detail = 'What has to be waited for follows in a shipment of its own.';
  return {
    answer: !isLast,
    writes: [
      withoutWaiting(stays.row, moved).set('linesWaiting', waiting.length - moved.length),
      create<ShipmentRow>({ ...backorder, ...attributes }),
      moveOrder(seen, row.orderId, moves).add('shipmentCount', 1),
      say(services, backorder.shipmentId, {
        type: 'split',
        detail,
        facts: { fromShipmentId: row.shipmentId, lines: unitsOf(moved, 'waiting') },
      }),
      ...stays.events,
      ...events,
      ...moved.flatMap((line) => handOn(row, backorder, line)),
      ...moved.filter(({ sku }) => passed.has(sku)).flatMap(({ sku }) => noteMove(services, backorder, sku)),
    ],
  };
}

/** A line that has still to move to another place does so as a line of the new shipment. */
function handOn(row: ShipmentRow, backorder: ShipmentRow, line: ShipmentLine): Write[] {
  const { sku, waiting } = line;
  return [dequeue(waiterOf(row, line), sku), enqueue(waiterOf(backorder, line), sku, waiting)];
}

/** Whoever was passed may have another date, and so may the line: as with a change of priority the level's version rises, so that all who go by it look again. */
function noteMove(services: Services, { shipmentId, location }: ShipmentRow, sku: string): Write[] {
  return changeLevel(services, { sku, location }, {}, { type: 'priority', shipmentId, reason: 'split' });
}

interface Staying {
  readonly row: Update;
  readonly events: readonly Write[];
}

function leaveNow(services: Services, seen: Seen, row: ShipmentRow): Staying {
  const promise = promiseFromStock(services);
  const { row: change, event } = moveShipment(services, seen, row, 'reserved', {
    type: 'reserved',
    detail: 'What is there leaves now.',
    facts: { promisedAt: promise.promisedAt },
  });
  change.setAll({ promise, toldPromisedAt: promise.promisedAt }).remove('choiceSince', 'splitChosenAt');
  return { row: change, events: [event] };
}

/** What still waits goes into further shipments. */
function waitOn(services: Services, row: ShipmentRow, lines: readonly ShipmentLine[]): Staying {
  const { attributes, events } = renewPromise(services, row, lines, 'split');
  return { row: changeShipment(services, row).setAll({ ...attributes }), events };
}

/** Takes off a shipment's lines what they wait for. */
function withoutWaiting(change: Update, lines: readonly ShipmentLine[]): Update {
  for (const line of lines) {
    const quantity = line.quantity - line.waiting;
    if (quantity === 0) change.remove(pathOf(line));
    else change.set(pathOf(line), { ...withoutPlace(line), quantity, waiting: 0 });
  }
  return change;
}

function backorderOf(
  { now }: Services,
  from: ShipmentRow,
  number: number,
  waiting: readonly ShipmentLine[],
): ShipmentRow {
  const { orderId, location, priority, priorityChange, movesSince, placedAt, waitUntil } = from;
  const shipmentId = shipmentIdOf(orderId, number);
  const lines = waiting.map((line) => ({ ...line, quantity: line.waiting, allocated: 0, cancelled: 0 }));
  return {
    ...shipmentKey(shipmentId),
    orderId,
    shipmentId,
    number,
    status: 'backordered',
    location,
    priority,
    ...(priorityChange && { priorityChange }),
    ...(movesSince && { movesSince }),
    placedAt,
    waitUntil,
    ifShort: 'wait',
    lines: byLine(lines),
    linesWaiting: waiting.length,
    version: 1,
    changedAt: now().toISOString(),
    executionName: shipmentId,
    openShard: indexed.openShipment('backordered', orderId),
    openSort: indexed.openShipmentSort(location, placedAt, shipmentId),
  };
}
