import { allocate } from '../backorders/allocate.ts';
import { isMoving, takePlaces } from '../backorders/take-places.ts';
import { book } from '../inbound/book.ts';
import { markOverdue } from '../inbound/change.ts';
import { isOverdue } from '../inbound/inbound-shipment.ts';
import { openInbound, unbookedInbound } from '../inbound/list.ts';
import { type OpenShipment, openShipments } from '../orders/open-shipments.ts';
import { isOpen, ShipmentStatus } from '../orders/statuses.ts';
import { isUnwalked, signalFor } from '../orders/tasks.ts';
import { log } from '../platform/log.ts';
import { gauge } from '../platform/metrics.ts';
import type { Services } from '../platform/services.ts';
import { indexes, shardsOf } from '../platform/table/keys.ts';
import type { Workflow } from '../platform/workflow.ts';
import { checkDates, goOn, isToBeChecked } from '../promises/repromise.ts';
import { roundsUnderWay } from '../promises/round.ts';
import type { StockRow } from '../stock/levels.ts';
import { remindWorkflow } from './shipment-changed.ts';

/** What changed less than this long ago is still the stream's. */
const GRACE_MS = 60_000;
const ROWS_PER_PAGE = 200;

/** What the sweeper did that the stream should have done. In health all are 0. */
export interface Repairs {
  executionsStarted: number;
  tasksTold: number;
  placesTaken: number;
  linesAllocated: number;
  inboundBooked: number;
  datesMoved: number;
}

/** How things stand, as far as a sweep that goes over all of it sees. */
interface Found {
  readonly openShipments: Map<string, number>;
  unitsWaiting: number;
  /** Since when the shipment waits that has waited longest. */
  waitsSince: string | undefined;
}

/** Looks at everything that is open, and does what has been left undone for longer than the stream takes. */
export async function sweep(services: Services, workflow: Workflow): Promise<Repairs> {
  const repairs: Repairs = {
    executionsStarted: 0,
    tasksTold: 0,
    placesTaken: 0,
    linesAllocated: 0,
    inboundBooked: 0,
    datesMoved: 0,
  };
  const settledBefore = new Date(services.now().getTime() - GRACE_MS).toISOString();
  const found: Found = { openShipments: new Map(), unitsWaiting: 0, waitsSince: undefined };
  for (const list of [...ShipmentStatus.options.filter(isOpen), 'ended'] as const) {
    for await (const shipment of openShipments(services, list)) {
      noteShipment(found, list, shipment);
      if (shipment.changedAt < settledBefore) await sweepShipment(services, workflow, shipment, repairs);
    }
  }
  for await (const stock of levels(services)) {
    found.unitsWaiting += stock.backordered;
    if (stock.backordered <= 0 || stock.changedAt >= settledBefore) continue;
    if (stock.available > 0) repairs.linesAllocated += await allocate(services, stock.sku, stock.location);
    if (isToBeChecked(stock)) repairs.datesMoved += await checkDates(services, stock);
  }
  for await (const round of roundsUnderWay(services)) {
    if (round.changedAt < settledBefore) repairs.datesMoved += await goOn(services, round);
  }
  for await (const { inboundShipmentId, changedAt } of unbookedInbound(services)) {
    if (changedAt >= settledBefore) continue;
    await book(services, inboundShipmentId);
    repairs.inboundBooked++;
  }
  await markAllOverdue(services);
  report(services, repairs, found);
  return repairs;
}

function noteShipment(found: Found, list: string, { placedAt }: OpenShipment): void {
  found.openShipments.set(list, (found.openShipments.get(list) ?? 0) + 1);
  if (list !== 'backordered') return;
  if (found.waitsSince === undefined || placedAt < found.waitsSince) found.waitsSince = placedAt;
}

function report({ now }: Services, repairs: Repairs, { openShipments, unitsWaiting, waitsSince }: Found): void {
  const total = Object.values(repairs).reduce((sum, count) => sum + count, 0);
  if (total > 0) log.warn('the sweeper did what the stream should have done', { ...repairs });
  gauge('SweeperRepairs', total);
  for (const [kind, count] of Object.entries(repairs)) if (count > 0) gauge('SweeperRepairsByKind', count, kind);
  for (const stage of ShipmentStatus.options.filter(isOpen)) {
    gauge('OpenShipments', openShipments.get(stage) ?? 0, stage);
  }
  gauge('UnitsWaiting', unitsWaiting);
  gauge('OldestWait', waitsSince === undefined ? 0 : Math.round((now().getTime() - Date.parse(waitsSince)) / 1000));
}

/** What is overdue is nobody's neglect but the calendar's: it is no repair. */
async function markAllOverdue(services: Services): Promise<void> {
  for await (const inbound of openInbound(services)) {
    if (inbound.overdueSince === undefined && isOverdue(services, inbound)) {
      await markOverdue(services, inbound.inboundShipmentId);
    }
  }
}

async function sweepShipment(
  services: Services,
  workflow: Workflow,
  shipment: OpenShipment,
  repairs: Repairs,
): Promise<void> {
  const { shipmentId, status } = shipment;
  if (isMoving(shipment)) {
    await takePlaces(services, shipmentId);
    repairs.placesTaken++;
  }
  if (isOpen(status) && !isUnwalked(shipment) && !signalFor(shipment)) return;
  if (!(await remindWorkflow(services, workflow, shipmentId))) return;
  if (isUnwalked(shipment)) repairs.executionsStarted++;
  else repairs.tasksTold++;
}

function levels({ table }: Services): AsyncGenerator<StockRow> {
  return table.listAll<StockRow>({
    index: indexes.stockByLocation,
    partitions: shardsOf('STOCK'),
    limit: ROWS_PER_PAGE,
  });
}
