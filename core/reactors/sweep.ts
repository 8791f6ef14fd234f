import { allocate } from '../backorders/allocate.ts';
import { isMoving, takePlaces } from '../backorders/take-places.ts';
import { book } from '../inbound/book.ts';
import { markOverdue } from '../inbound/change.ts';
import { isOverdue } from '../inbound/inbound-shipment.ts';
import { openInbound, unbookedInbound } from '../inbound/list.ts';
import { type OpenShipment, openShipments } from '../orders/open-shipments.ts';
import { resumeShipment } from '../orders/resume.ts';
import { isOpen, ShipmentStatus } from '../orders/statuses.ts';
import { isUnwalked, signalFor } from '../orders/tasks.ts';
import { about, type LogFields, log } from '../platform/log.ts';
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
  executionsReplaced: number;
  tasksTold: number;
  placesTaken: number;
  linesAllocated: number;
  inboundBooked: number;
  datesMoved: number;
}

/**
 * Looks at everything that is open, and does what has been left undone for longer than the stream takes.
 *
 * @throws the first failure of a repair when everything else has been looked at, so that a row that cannot be repaired keeps no other from it.
 */
export async function sweep(services: Services, workflow: Workflow): Promise<Repairs> {
  const run = new Sweep(services, workflow);
  await run.overShipments();
  await run.overLevels();
  await run.overRounds();
  await run.overInbound();
  return run.end();
}

class Sweep {
  readonly #services: Services;
  readonly #workflow: Workflow;
  readonly #settledBefore: string;
  readonly #repairs: Repairs = {
    executionsStarted: 0,
    executionsReplaced: 0,
    tasksTold: 0,
    placesTaken: 0,
    linesAllocated: 0,
    inboundBooked: 0,
    datesMoved: 0,
  };
  readonly #failures: unknown[] = [];
  readonly #openShipments = new Map<string, number>();
  #unitsWaiting = 0;
  /** Since when the shipment waits that has waited longest. */
  #waitsSince: string | undefined;

  constructor(services: Services, workflow: Workflow) {
    this.#services = services;
    this.#workflow = workflow;
    this.#settledBefore = new Date(services.now().getTime() - GRACE_MS).toISOString();
  }

  async overShipments(): Promise<void> {
    let dead: ReadonlySet<string> = new Set();
    await this.#try({}, async () => {
      dead = await this.#workflow.dead();
    });
    for (const list of [...ShipmentStatus.options.filter(isOpen), 'ended'] as const) {
      for await (const shipment of openShipments(this.#services, list)) {
        this.#noteShipment(list, shipment);
        const { shipmentId } = shipment;
        if (!this.#isSettled(shipment)) continue;
        const isDead = dead.has(shipment.executionName) && isOpen(shipment.status);
        await this.#try({ shipmentId }, () => (isDead ? this.#replace(shipment) : this.#sweepShipment(shipment)));
      }
    }
  }

  #noteShipment(list: string, { placedAt }: OpenShipment): void {
    this.#openShipments.set(list, (this.#openShipments.get(list) ?? 0) + 1);
    if (list !== 'backordered') return;
    if (this.#waitsSince === undefined || placedAt < this.#waitsSince) this.#waitsSince = placedAt;
  }

  /** Nobody walks it any more: its execution was stopped by hand, say, or has run for a year. */
  async #replace(shipment: OpenShipment): Promise<void> {
    if (await resumeShipment(this.#services, this.#workflow, shipment)) this.#repairs.executionsReplaced++;
  }

  async #sweepShipment(shipment: OpenShipment): Promise<void> {
    const { shipmentId, status } = shipment;
    if (isMoving(shipment)) {
      await takePlaces(this.#services, shipmentId);
      this.#repairs.placesTaken++;
    }
    if (isOpen(status) && !isUnwalked(shipment) && !signalFor(shipment)) return;
    if (!(await remindWorkflow(this.#services, this.#workflow, shipmentId))) return;
    if (isUnwalked(shipment)) this.#repairs.executionsStarted++;
    else this.#repairs.tasksTold++;
  }

  async overLevels(): Promise<void> {
    for await (const stock of levels(this.#services)) {
      this.#unitsWaiting += stock.backordered;
      const { sku, location } = stock;
      if (stock.backordered > 0 && this.#isSettled(stock)) {
        await this.#try({ sku, location }, () => this.#sweepQueue(stock));
      }
    }
  }

  async #sweepQueue(stock: StockRow): Promise<void> {
    const { sku, location, available } = stock;
    if (available > 0) this.#repairs.linesAllocated += await allocate(this.#services, sku, location);
    if (isToBeChecked(stock)) this.#repairs.datesMoved += await checkDates(this.#services, stock);
  }

  async overRounds(): Promise<void> {
    for await (const round of roundsUnderWay(this.#services)) {
      const { sku, location } = round;
      if (!this.#isSettled(round)) continue;
      await this.#try({ sku, location }, async () => {
        this.#repairs.datesMoved += await goOn(this.#services, round);
      });
    }
  }

  async overInbound(): Promise<void> {
    for await (const inbound of unbookedInbound(this.#services)) {
      const { inboundShipmentId } = inbound;
      if (!this.#isSettled(inbound)) continue;
      await this.#try({ inboundShipmentId }, async () => {
        await book(this.#services, inboundShipmentId);
        this.#repairs.inboundBooked++;
      });
    }
    // What is overdue is nobody's neglect but the calendar's: it is no repair.
    for await (const inbound of openInbound(this.#services)) {
      const { inboundShipmentId, overdueSince } = inbound;
      if (overdueSince !== undefined || !isOverdue(this.#services, inbound)) continue;
      await this.#try({ inboundShipmentId }, () => markOverdue(this.#services, inboundShipmentId));
    }
  }

  #isSettled({ changedAt }: { readonly changedAt: string }): boolean {
    return changedAt < this.#settledBefore;
  }

  #try(ids: LogFields, repair: () => Promise<unknown>): Promise<void> {
    return about(ids, async () => {
      try {
        await repair();
      } catch (error) {
        this.#failures.push(error);
        log.error('the sweeper could not repair it', { error });
      }
    });
  }

  end(): Repairs {
    this.#report();
    if (this.#failures.length > 0) throw this.#failures[0];
    return this.#repairs;
  }

  #report(): void {
    const total = Object.values(this.#repairs).reduce((sum, count) => sum + count, 0);
    if (total > 0) log.warn('the sweeper did what the stream should have done', { ...this.#repairs });
    gauge('SweeperRepairs', total);
    for (const [kind, count] of Object.entries(this.#repairs))
      if (count > 0) gauge('SweeperRepairsByKind', count, kind);
    for (const stage of ShipmentStatus.options.filter(isOpen)) {
      gauge('OpenShipments', this.#openShipments.get(stage) ?? 0, stage);
    }
    gauge('UnitsWaiting', this.#unitsWaiting);
    const [now, since] = [this.#services.now().getTime(), this.#waitsSince];
    gauge('OldestWait', since === undefined ? 0 : Math.round((now - Date.parse(since)) / 1000));
  }
}

function levels({ table }: Services): AsyncGenerator<StockRow> {
  return table.listAll<StockRow>({
    index: indexes.stockByLocation,
    partitions: shardsOf('STOCK'),
    limit: ROWS_PER_PAGE,
  });
}
