import { linesOf, type ShipmentRow, someIsThere, unitsOf } from '../orders/shipments.ts';
import { type OrderStatus, orderStatus } from '../orders/statuses.ts';
import { noSuchOrder, shipmentsOf } from '../orders/track.ts';
import { changeShipment, say } from '../orders/transition.ts';
import { type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import { conflict, type Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { Seen } from '../platform/table/decide.ts';
import type { Write } from '../platform/table/writes.ts';
import { allocate, allocatePart } from './allocate.ts';
import { lastSeen, levelsWithUnits, SHIPMENTS_PER_CHOICE, seenOf, waitsUndecided } from './choices.ts';

/** What of an order leaves now. The rest of it follows in shipments of its own. */
export interface SplitChosen {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly leaving: readonly Leaving[];
}

interface Leaving {
  readonly shipmentId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

/**
 * The customer takes what is there now, and waits for the rest: what the order's waiting shipments hold, and what they find on the
 * shelf where nobody is ahead of them. The workflow of each then opens a backorder for the rest of it, and goes on to be picked.
 */
export async function chooseSplit(
  services: Services,
  orderId: string,
  request?: IdempotentRequest,
): Promise<SplitChosen | Refusal> {
  const { answered, recall, remember } = idempotency<SplitChosen>(services, request);
  const first = answered(await recall(new Seen()));
  if (first) return first;
  const waiting = (await shipmentsOf(services, orderId)).filter(({ status }) => status === 'backordered');
  for (const shipment of waiting.filter(waitsUndecided)) await takeFromShelf(services, shipment);
  const shipments = await shipmentsOf(services, orderId);
  if (shipments.length === 0) return noSuchOrder(orderId);
  const seen = await recall(seenOf(shipments));
  return services.table.decide<SplitChosen | Refusal>((seen) => {
    const first = answered(seen);
    if (first) return { answer: first };
    const rows = lastSeen(seen, shipments);
    const leaving = rows.filter((row) => waiting.some(({ number }) => number === row.number) && someIsThere(row));
    const status = orderStatus(rows.map((row) => row.status));
    if (leaving.length === 0) return { answer: nothingThere(orderId, status) };
    const answer = { orderId, status, leaving: leaving.map(leavingOf) };
    const chosen = leaving.filter(waitsUndecided).slice(0, SHIPMENTS_PER_CHOICE);
    return { answer, writes: [...remember(answer), ...chosen.flatMap((row) => choose(services, row))] };
  }, seen);
}

/** What is due to the queue's head is given to it, whoever that is; what is left is less than the next head waits for. */
async function takeFromShelf(services: Services, shipment: ShipmentRow): Promise<void> {
  for (const { sku, location } of await levelsWithUnits(services, shipment)) {
    while ((await allocate(services, sku, location)) > 0);
    await allocatePart(services, sku, shipment);
  }
}

function choose(services: Services, row: ShipmentRow): Write[] {
  const change = changeShipment(services, row).set('splitChosenAt', services.now().toISOString()).remove('choiceSince');
  const event = say(services, row.shipmentId, {
    type: 'split-chosen',
    detail: 'What is there is to leave now, the rest is to follow.',
    facts: {},
  });
  return [change, event];
}

function leavingOf(row: ShipmentRow): Leaving {
  return { shipmentId: row.shipmentId, lines: unitsOf(linesOf(row), 'allocated') };
}

function nothingThere(orderId: string, status: OrderStatus): Refusal {
  return conflict('nothing-to-split', `order ${orderId} is ${status}: nothing that it waits for can leave now`);
}
