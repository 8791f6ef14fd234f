import { isMoving } from '../backorders/take-places.ts';
import { type InboundRow, inboundLines, isBooked } from '../inbound/inbound-shipment.ts';
import { isDecided, isHeld, linesOf, type ShipmentRow } from '../orders/shipments.ts';
import { isOpen, isUnfulfilled, orderStatus } from '../orders/statuses.ts';
import { type Key, keys } from '../platform/table/keys.ts';
import { type LevelBooks, levelKey, type OrderBooks } from './books.ts';

/** The promise that was broken, by whom, and how. Promises are numbered as in docs/promises.md. */
export interface Violation {
  readonly promise:
    | 'never-oversold'
    | 'never-jumped'
    | 'never-stranded'
    | 'never-lost-never-doubled'
    | 'always-told'
    | 'always-explained';
  readonly subject: string;
  readonly detail: string;
  /** The row to look at again: one that has changed since the audit began is not judged. */
  readonly row: Key;
}

/** What is wrong with a level, given everything that the table says of it. */
export function checkLevel(subject: string, books: LevelBooks): Violation[] {
  const { level, moved, held, awaited, places, queued, head, supply, booked } = books;
  if (!level) {
    const row = head ?? { pk: subject, sk: '' };
    return [{ promise: 'always-explained', subject, detail: 'movements, lines or a queue, but no level', row }];
  }
  const found: Violation[] = [];
  const say = (promise: Violation['promise'], detail: string) => found.push({ promise, subject, detail, row: level });
  for (const counter of ['available', 'allocated', 'backordered', 'incoming'] as const) {
    if (level[counter] < 0) say('never-oversold', `${counter} is ${level[counter]}`);
    if (level[counter] !== moved[counter]) {
      say('always-explained', `${counter} is ${level[counter]}, its movements add up to ${moved[counter]}`);
    }
  }
  if (level.allocated !== held) say('always-explained', `allocated is ${level.allocated}, shipments hold ${held}`);
  if (level.backordered !== awaited) {
    say('always-explained', `backordered is ${level.backordered}, shipments wait for ${awaited}`);
  }
  const supplied = supply.reduce((sum, { quantity }) => sum + quantity, 0);
  if (level.incoming !== supplied) {
    say('always-explained', `incoming is ${level.incoming}, its arrivals are ${supplied}`);
  }
  for (const id of new Set([...booked.keys(), ...supply.map(({ inboundShipmentId }) => inboundShipmentId)])) {
    const { said, found } = arrivalsOf(id, booked, supply);
    if (said !== found) say('always-explained', `${id} is to bring ${said}, among its arrivals are ${found}`);
  }
  if (queued !== awaited) say('never-stranded', `the queue holds ${queued}, shipments wait for ${awaited}`);
  else if (places.size > 0) say('never-jumped', `${[...places.keys()].join(', ')}: somebody waits at another place`);
  if (head && head.quantity <= level.available) {
    say('never-stranded', `${head.shipmentId} waits for ${head.quantity} while ${level.available} are available`);
  }
  return found;
}

/** What an inbound shipment says of a SKU, and what is found of it among the SKU's arrivals, in the same words. */
function arrivalsOf(inboundShipmentId: string, booked: LevelBooks['booked'], supply: LevelBooks['supply']) {
  const inWords = (quantity: number, expectedAt: string, isOverdue = false) =>
    `${quantity} on ${expectedAt}${isOverdue ? ', overdue' : ''}`;
  const ofIt = booked.get(inboundShipmentId);
  const found = supply.filter((row) => row.inboundShipmentId === inboundShipmentId);
  return {
    said: ofIt ? inWords(ofIt.outstanding, ofIt.expectedAt, ofIt.overdue) : 'none',
    found:
      found.map(({ quantity, expectedAt, overdue }) => inWords(quantity, expectedAt, overdue)).join(' and ') || 'none',
  };
}

/** What is wrong with an inbound shipment that is not booked: with nobody at work on it, its SKUs' rows are in line with it. */
export function checkUnbooked(row: InboundRow): Violation {
  const lines = inboundLines(row).filter((line) => !isBooked(row, line));
  const detail = `${lines.length} lines are not booked`;
  return { promise: 'always-explained', subject: `inbound shipment ${row.inboundShipmentId}`, detail, row };
}

/** What is wrong with an order and its shipments, given the movements made for them. */
export function checkOrder(orderId: string, { header, shipments, moved }: OrderBooks): Violation[] {
  const row = header ?? keys.order(orderId);
  const found: Violation[] = [];
  const say = (detail: string, where: Key = row) =>
    found.push({ promise: 'never-lost-never-doubled', subject: `order ${orderId}`, detail, row: where });
  if (!header)
    return [...found, { promise: 'never-lost-never-doubled', subject: `order ${orderId}`, detail: 'no order', row }];
  const statuses = shipments.map(({ status }) => status);
  if (header.shipmentCount !== shipments.length)
    say(`${shipments.length} shipments, where it counts ${header.shipmentCount}`);
  if (header.status !== orderStatus(statuses))
    say(`is ${header.status} while its shipments are ${statuses.join(', ')}`);
  for (const shipment of shipments) for (const detail of wrongWith(shipment)) say(detail, shipment);
  for (const [level, sums] of sumsOf(shipments)) {
    const { allocated = 0, backordered = 0, left = 0 } = moved.get(level) ?? {};
    const [first = row] = shipments;
    if (sums.allocated !== allocated)
      say(`${level}: its lines hold ${sums.allocated}, its movements say ${allocated}`, first);
    if (sums.waiting !== backordered)
      say(`${level}: its lines wait for ${sums.waiting}, its movements say ${backordered}`, first);
    if (sums.shipped !== left) say(`${level}: ${sums.shipped} shipped, its movements say ${left}`, first);
  }
  return found;
}

function wrongWith(shipment: ShipmentRow): string[] {
  const { shipmentId, status, linesWaiting } = shipment;
  const lines = linesOf(shipment);
  const wrong: string[] = [];
  const waiting = lines.filter((line) => line.waiting > 0).length;
  if (waiting !== linesWaiting) wrong.push(`${shipmentId}: ${waiting} lines wait, where it counts ${linesWaiting}`);
  if (status === 'backordered' && waiting === 0) wrong.push(`${shipmentId} is backordered and waits for nothing`);
  if (isOpen(status) && status !== 'placed' && status !== 'backordered' && waiting > 0) {
    wrong.push(`${shipmentId} is ${status} and still waits`);
  }
  if (isMoving(shipment)) wrong.push(`${shipmentId} has lines that are still at their old places in the queue`);
  if (!isOpen(status) && lines.some(isHeld)) wrong.push(`${shipmentId} has ended as ${status} and still holds stock`);
  if (isUnfulfilled(status) && lines.some(({ shipped }) => shipped > 0))
    wrong.push(`${shipmentId} is ${status} but left`);
  if (new Set(lines.map(({ sku }) => sku)).size < lines.length) wrong.push(`${shipmentId} has two lines of one SKU`);
  for (const line of lines) {
    const { sku, quantity, allocated, waiting, shipped, cancelled, returned = 0 } = line;
    if (returned > shipped) wrong.push(`${shipmentId}: ${returned} of ${shipped} units of ${sku} came back`);
    if (status === 'placed' && !isDecided(line)) continue;
    const sum = allocated + waiting + shipped + cancelled;
    if (sum !== quantity) wrong.push(`${shipmentId}: ${sum} of ${quantity} units of ${sku} are accounted for`);
  }
  return wrong;
}

function sumsOf(
  shipments: readonly ShipmentRow[],
): Map<string, { allocated: number; waiting: number; shipped: number }> {
  const sums = new Map<string, { allocated: number; waiting: number; shipped: number }>();
  for (const shipment of shipments) {
    for (const { sku, allocated, waiting, shipped } of linesOf(shipment)) {
      const key = levelKey({ sku, location: shipment.location });
      const sum = sums.get(key) ?? { allocated: 0, waiting: 0, shipped: 0 };
      sums.set(key, {
        allocated: sum.allocated + allocated,
        waiting: sum.waiting + waiting,
        shipped: sum.shipped + shipped,
      });
    }
  }
  return sums;
}
