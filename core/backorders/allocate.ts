import {
  lineOf,
  linesOf,
  pathOf,
  type ShipmentLine,
  type ShipmentRow,
  shipmentKey,
  withoutPlace,
} from '../orders/shipments.ts';
import { isOpen } from '../orders/statuses.ts';
import { changeShipment, moveShipment } from '../orders/transition.ts';
import { count } from '../platform/metrics.ts';
import type { Services } from '../platform/services.ts';
import { type Decision, Seen } from '../platform/table/decide.ts';
import { equals } from '../platform/table/expressions.ts';
import { keys } from '../platform/table/keys.ts';
import type { Update, Write } from '../platform/table/writes.ts';
import { promiseFromStock } from '../promises/date.ts';
import { renewPromise } from '../promises/renew.ts';
import { settle } from '../reservations/release.ts';
import { changeLevel, type StockRow } from '../stock/levels.ts';
import { dequeue, headOfQueue, requeue, type WaitRow } from '../stock/queue.ts';

/** How many lines one call serves. Each of them changes the level, and the stream then calls again while more can be served. */
const LINES_PER_CALL = 100;

/**
 * Gives what is free of a SKU at a location to the head of its queue, as often as it fits; says how many lines got their units. It
 * looks at the state and at no event: called too often or too late it does no harm.
 */
export async function allocate(services: Services, sku: string, location: string): Promise<number> {
  let served = 0;
  while (served < LINES_PER_CALL) {
    const step = await serveHead(services, sku, location, wholeLine);
    if (step === 'nothing-to-do') break;
    if (step === 'served') served++;
  }
  return served;
}

/**
 * Gives a shipment what is free of a SKU, though it is less than it waits for: only where it is the head of the queue, so that nobody
 * is passed over. It waits for the rest at the same place.
 */
export async function allocatePart(services: Services, sku: string, shipment: ShipmentRow): Promise<void> {
  const { shipmentId, location } = shipment;
  const part = (head: WaitRow, available: number) =>
    head.shipmentId === shipmentId ? Math.min(head.quantity, available) : 0;
  while ((await serveHead(services, sku, location, part)) === 'again');
}

type Step = 'served' | 'again' | 'nothing-to-do';

/** How many of the available units the head of the queue gets. */
type Share = (head: WaitRow, available: number) => number;

const wholeLine: Share = ({ quantity }, available) => (quantity <= available ? quantity : 0);

/**
 * The level is read before the head, and the write holds only if the level has not changed since: whoever joined the queue in between
 * changed it. So the head that is served is the head at the moment of the write.
 */
async function serveHead(services: Services, sku: string, location: string, share: Share): Promise<Step> {
  const { table } = services;
  const stock = await table.get<StockRow>(keys.stock(sku, location));
  if (!stock || stock.available <= 0 || stock.backordered <= 0) return 'nothing-to-do';
  const head = await headOfQueue(services, sku, location);
  const units = head ? share(head, stock.available) : 0;
  if (head === undefined || units === 0) return 'nothing-to-do';
  const key = shipmentKey(head.shipmentId);
  const shipment = await table.get<ShipmentRow>(key);
  if (!shipment) throw new Error(`${head.shipmentId} waits for ${sku} but is not there`);
  if (!isOpen(shipment.status)) {
    // Its end was cut off before it had left this queue.
    await settle(services, shipment.shipmentId);
    return 'again';
  }
  return table.decide((seen) => give(services, seen, stock, head, units), new Seen().set(key, shipment));
}

function give(services: Services, seen: Seen, stock: StockRow, head: WaitRow, units: number): Decision<Step> {
  const { sku, location } = stock;
  const shipment = seen.get<ShipmentRow>(shipmentKey(head.shipmentId));
  const line = shipment && lineOf(shipment, sku);
  const levelHasChanged = seen.get(keys.stock(sku, location)) !== undefined;
  if (levelHasChanged || !shipment || line?.waiting !== head.quantity) return { answer: 'again' };
  const waiting = head.quantity - units;
  const served = {
    ...(waiting > 0 ? line : withoutPlace(line)),
    allocated: line.allocated + units,
    waiting,
  };
  const { row, others } = shipmentWith(services, seen, shipment, served);
  row.onCommit(() => count('UnitsServed', units));
  row.set(pathOf(line), served).set('linesWaiting', shipment.linesWaiting - (waiting > 0 ? 0 : 1));
  const level = changeLevel(
    services,
    stock,
    { available: -units, allocated: units, backordered: -units },
    { type: 'allocate', shipmentId: head.shipmentId },
    [equals('version', stock.version)],
  );
  const place = waiting > 0 ? requeue(head, sku, { from: head.quantity, to: waiting }) : dequeue(head, sku);
  return { answer: 'served', writes: [row, ...others, ...level, place] };
}

/** The last line to be served makes a shipment ready; before it, what is promised rests on the lines that still wait. */
function shipmentWith(
  services: Services,
  seen: Seen,
  shipment: ShipmentRow,
  served: ShipmentLine,
): { row: Update; others: readonly Write[] } {
  if (shipment.status === 'backordered' && shipment.linesWaiting === 1 && served.waiting === 0) {
    const promise = promiseFromStock(services);
    const { row, order, event } = moveShipment(services, seen, shipment, 'reserved', {
      type: 'allocated',
      detail: 'What was waited for is here and set aside.',
      facts: { promisedAt: promise.promisedAt },
    });
    row.setAll({ promise, toldPromisedAt: promise.promisedAt }).remove('choiceSince', 'splitChosenAt');
    return { row, others: [order, event] };
  }
  const row = changeShipment(services, shipment);
  if (shipment.status !== 'backordered') return { row, others: [] };
  const lines = linesOf(shipment).map((line) => (line.line === served.line ? served : line));
  const { attributes, events } = renewPromise(services, shipment, lines, 'allocated');
  return { row: row.setAll({ ...attributes }), others: events };
}
