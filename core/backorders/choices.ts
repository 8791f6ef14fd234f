import { linesOf, type ShipmentRow, shipmentKey, someIsThere } from '../orders/shipments.ts';
import { isOpen } from '../orders/statuses.ts';
import type { Services } from '../platform/services.ts';
import { MAX_TRANSACTION_WRITES, Seen } from '../platform/table/decide.ts';
import { keys } from '../platform/table/keys.ts';
import type { StockRow } from '../stock/levels.ts';
import { headOfQueue } from '../stock/queue.ts';

/**
 * A choice takes two writes for each shipment, its row and the timeline, and a remembered answer one more. An order of more shipments
 * than that, which nobody has seen yet, is asked again for the rest.
 */
export const SHIPMENTS_PER_CHOICE = Math.floor((MAX_TRANSACTION_WRITES - 1) / 2);

/** What a customer may do with an order: cancel what has not left, take what is there now, go on waiting though the date has moved. */
export type Choice = 'cancel' | 'split' | 'wait';

/** What may be chosen for an order with these shipments, as things stand. */
export async function choicesOf(services: Services, shipments: readonly ShipmentRow[]): Promise<Choice[]> {
  const undecided = shipments.filter(waitsUndecided);
  const choices: Choice[] = [];
  if (shipments.some(({ status }) => isOpen(status))) choices.push('cancel');
  if (undecided.some(({ choiceSince }) => choiceSince !== undefined)) choices.push('wait');
  if (await canSplit(services, undecided)) choices.push('split');
  return choices;
}

/** A shipment that waits, and whose customer has not chosen to take what is there. */
export function waitsUndecided({ status, splitChosenAt }: ShipmentRow): boolean {
  return status === 'backordered' && splitChosenAt === undefined;
}

async function canSplit(services: Services, shipments: readonly ShipmentRow[]): Promise<boolean> {
  if (shipments.some(someIsThere)) return true;
  for (const shipment of shipments) {
    for (const { sku, location } of await levelsWithUnits(services, shipment)) {
      const head = await headOfQueue(services, sku, location);
      if (head?.shipmentId === shipment.shipmentId) return true;
    }
  }
  return false;
}

/** Where units are free of what a shipment waits for, whoever may be ahead of it. */
export async function levelsWithUnits({ table }: Services, shipment: ShipmentRow): Promise<StockRow[]> {
  const waiting = linesOf(shipment).filter((line) => line.waiting > 0);
  const levels = await table.getMany<StockRow>(waiting.map(({ sku }) => keys.stock(sku, shipment.location)));
  return levels.filter(({ available }) => available > 0);
}

/** What is known of an order's shipments, to decide on them together. */
export function seenOf(shipments: readonly ShipmentRow[]): Seen {
  const seen = new Seen();
  for (const row of shipments) seen.set(shipmentKey(row.shipmentId), row);
  return seen;
}

/** The same shipments as they were seen last. None is ever deleted. */
export function lastSeen(seen: Seen, shipments: readonly ShipmentRow[]): ShipmentRow[] {
  return shipments.map((row) => seen.get<ShipmentRow>(shipmentKey(row.shipmentId)) ?? row);
}
