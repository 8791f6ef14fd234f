import { allocate } from '../../core/backorders/allocate.ts';
import { changePriority } from '../../core/backorders/change-priority.ts';
import { chooseSplit } from '../../core/backorders/choose-split.ts';
import { openBackorder } from '../../core/backorders/split.ts';
import { announceInbound } from '../../core/inbound/announce.ts';
import { cancelInbound, moveInbound, receiveInbound } from '../../core/inbound/change.ts';
import { linesOf } from '../../core/orders/shipments.ts';
import { openTask } from '../../core/orders/tasks.ts';
import { OrderCancelled, StillWaiting } from '../../core/orders/workflow-errors.ts';
import type { Services } from '../../core/platform/services.ts';
import { MAX_TRANSACTION_WRITES } from '../../core/platform/table/decide.ts';
import { type Key, kindOf } from '../../core/platform/table/keys.ts';
import { overwrite } from '../../core/platform/table/writes.ts';
import { datesMoved, type LevelChange } from '../../core/promises/dates-moved.ts';
import type { Pace } from '../../core/promises/redate.ts';
import { goOn } from '../../core/promises/repromise.ts';
import type { RoundRow } from '../../core/promises/round.ts';
import type { Change } from '../../core/reactors/change.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { countStock } from '../../core/warehouse/count.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import type { TestDatabase } from './database.ts';
import { type Cut, CutOff, cutOff } from './faults.ts';
import { place, reserve, servicesOn, shipmentOf, stock } from './services.ts';
import { streamOf } from './stream.ts';

export const SKUS = ['MUG', 'PAN'] as const;
const NOW = Date.parse('2026-11-24T00:00:00.000Z');
const DAY_MS = 24 * 3600 * 1000;

const at = (day: number) => new Date(NOW + day * DAY_MS).toISOString();

type Sku = (typeof SKUS)[number];
export type Step =
  | { kind: 'order'; quantities: [number, number]; priority: number; ifShort: 'wait' | 'split' }
  | { kind: 'receive'; sku: Sku; quantity: number }
  | { kind: 'announce'; skus: readonly Sku[]; quantity: number; day: number }
  | { kind: 'move'; which: number; day: number }
  | { kind: 'arrive'; which: number; quantity: number; complete: boolean }
  | { kind: 'drop'; which: number }
  | { kind: 'cancel'; which: number }
  | { kind: 'split'; which: number }
  | { kind: 'take'; which: number }
  | { kind: 'priority'; which: number; priority: number }
  | { kind: 'pick'; which: number; short: number }
  | { kind: 'count'; sku: Sku; found: number }
  | { kind: 'allocate'; sku: Sku };

/** When the stream's records are handled, and how that goes wrong. */
export type Delivery =
  | { kind: 'deliver'; records: number; twice: boolean }
  /** Cut off halfway; the records come again. */
  | { kind: 'cut'; records: number; cut: Cut }
  /** Held up before a request, while other things are done and followed by their own computations. */
  | { kind: 'held-up'; records: number; atRequest: number; meanwhile: Step[] };

/** A table with its stream, of which each record waits until it is delivered. */
export class World {
  readonly services: Services;
  readonly #pull: () => Promise<Change[]>;
  readonly #database: TestDatabase;
  readonly #pace: Pace;
  readonly #tableName: string;
  readonly #orders: string[] = [];
  readonly #inbound: string[] = [];
  #pending: Change[] = [];
  #time = NOW;

  private constructor(database: TestDatabase, pace: Pace, tableName: string, pull: () => Promise<Change[]>) {
    this.#database = database;
    this.#pace = pace;
    this.#tableName = tableName;
    this.#pull = pull;
    this.services = this.#servicesOf();
  }

  static async #on(database: TestDatabase, pace: Pace): Promise<World> {
    const tableName = await database.freshTable();
    return new World(database, pace, tableName, await streamOf(database, tableName));
  }

  /** Queues are small here, so whatever is done in portions is done in small ones. */
  static async create(database: TestDatabase, pace: Pace): Promise<World> {
    const world = await World.#on(database, pace);
    for (const sku of SKUS) await stock(world.services, sku, 0);
    return world;
  }

  /** Another world that is as this one is, in a moment: its stream has told everything. */
  async copy(): Promise<World> {
    const twin = await World.#on(this.#database, this.#pace);
    const rows = (await Array.fromAsync(this.services.table.scan<Key>())).map(overwrite);
    while (rows.length > 0) {
      const writes = rows.splice(0, MAX_TRANSACTION_WRITES);
      await twin.services.table.decide(() => ({ answer: undefined, writes }));
    }
    await twin.#pull();
    twin.#orders.push(...this.#orders);
    twin.#inbound.push(...this.#inbound);
    twin.#time = this.#time;
    return twin;
  }

  #servicesOf(adapt?: Parameters<typeof servicesOn>[3]): Services {
    return {
      ...servicesOn(this.#database, this.#tableName, {}, adapt),
      now: () => new Date(this.#time++),
      promises: { handlingHours: 24, toleranceHours: 36 },
    };
  }

  async take(step: Step): Promise<void> {
    const { services } = this;
    switch (step.kind) {
      case 'order': {
        const lines = SKUS.map((sku, i) => ({ sku, quantity: step.quantities[i] ?? 0 }));
        const wanted = lines.filter(({ quantity }) => quantity > 0);
        if (wanted.length === 0) return;
        const { priority, ifShort } = step;
        const orderId = `SO-${this.#orders.length + 1}`;
        this.#orders.push(orderId);
        await reserve(services, await place(services, wanted, { orderId, priority, ifShort }));
        return;
      }
      case 'receive':
        await receiveStock(services, step.sku, { quantity: step.quantity, location: 'main' });
        return;
      case 'announce': {
        const inboundShipmentId = `IN-${this.#inbound.length + 1}`;
        this.#inbound.push(inboundShipmentId);
        const lines = step.skus.map((sku) => ({ sku, quantity: step.quantity }));
        await announceInbound(services, { inboundShipmentId, location: 'main', expectedAt: at(step.day), lines });
        return;
      }
      case 'move':
      case 'arrive':
      case 'drop': {
        const id = this.#inbound[step.which % this.#inbound.length];
        if (id === undefined) return;
        if (step.kind === 'move') await moveInbound(services, id, { expectedAt: at(step.day), reason: 'weather' });
        else if (step.kind === 'drop') await cancelInbound(services, id, { reason: 'supplier' });
        else {
          const lines = [{ sku: 'MUG', quantity: step.quantity }];
          await receiveInbound(services, id, { lines, complete: step.complete });
        }
        return;
      }
      case 'cancel': {
        const orderId = this.#orders[step.which % this.#orders.length];
        if (orderId) await cancelOrder(services, orderId);
        return;
      }
      case 'take': {
        const orderId = this.#orders[step.which % this.#orders.length];
        if (orderId) await chooseSplit(services, orderId);
        return;
      }
      case 'priority': {
        const orderId = this.#orders[step.which % this.#orders.length];
        if (orderId) await changePriority(services, orderId, { priority: step.priority, reason: 'a good customer' });
        return;
      }
      case 'split': {
        const shipment = this.#shipment(step.which);
        if (shipment) await openBackorder(services, { shipmentId: shipment }).catch(unlessRefused);
        return;
      }
      case 'pick': {
        const shipmentId = this.#shipment(step.which);
        if (!shipmentId) return;
        await openTask(services, { shipmentId, stage: 'pick', token: 'pick' }).catch(unlessRefused);
        const row = await shipmentOf(services, shipmentId);
        const lines = linesOf(row).map(({ sku, allocated }) => ({ sku, picked: Math.max(0, allocated - step.short) }));
        await confirmPick(services, shipmentId, { lines });
        return;
      }
      case 'count':
        await countStock(services, step.sku, { counted: step.found, location: 'main', reason: 'cycle count' });
        return;
      case 'allocate':
        await allocate(services, step.sku, 'main');
    }
  }

  #shipment(which: number): string | undefined {
    const orderId = this.#orders[which % this.#orders.length];
    return orderId && `${orderId}-1`;
  }

  /** Hands the oldest records out; says how many requests were made, where they were counted. */
  async deliver(delivery: Delivery): Promise<number> {
    this.#pending.push(...(await this.#pull()));
    const batch = this.#pending.slice(0, delivery.records);
    let requests = 0;
    switch (delivery.kind) {
      case 'deliver':
        await this.#react(this.services, batch);
        if (delivery.twice) await this.#react(this.services, batch);
        break;
      case 'cut': {
        const dying = this.#servicesOf((client) => cutOff(client, delivery.cut));
        // What was cut off is delivered again.
        if (!(await this.#react(dying, batch).then(() => true, isCutOff))) return 0;
        break;
      }
      case 'held-up': {
        const slow = this.#servicesOf((client) =>
          client.middlewareStack.add(
            (next) => async (args) => {
              if (++requests === delivery.atRequest) await this.#meanwhile(delivery.meanwhile);
              return next(args);
            },
            { step: 'initialize', name: 'holdUp' },
          ),
        );
        for (let due = batch; due.length > 0; due = await this.#rounds()) await this.#react(slow, due);
      }
    }
    this.#pending = this.#pending.slice(batch.length);
    return requests;
  }

  /** The next step of a computation that takes several; all else waits. */
  async #rounds(): Promise<Change[]> {
    const found = await this.#pull();
    this.#pending.push(...found.filter((change) => kindOf(change) !== 'repromise'));
    return found.filter((change) => kindOf(change) === 'repromise');
  }

  /** Other things happen, and what follows from them is done by others, once and at once: nobody comes after whoever was held up. */
  async #meanwhile(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.take(step);
    await this.#react(this.services, await this.#pull());
  }

  /** Everything is delivered, so many records at a time, and whoever can have units has them. */
  async quiet(records: number): Promise<void> {
    do {
      for (const sku of SKUS) await allocate(this.services, sku, 'main');
      await this.deliver({ kind: 'deliver', records, twice: false });
      this.#pending.push(...(await this.#pull()));
    } while (this.#pending.length > 0);
  }

  /** What the informational reader of the stream does about dates. */
  async #react(services: Services, changes: readonly Change[]): Promise<void> {
    for (const ofOneItem of Map.groupBy(changes, ({ pk, sk }) => `${pk} ${sk}`).values()) {
      const last = ofOneItem.at(-1);
      if (!last?.after) continue;
      if (kindOf(last) === 'stock') await datesMoved(services, ofOneItem as unknown as LevelChange[], this.#pace);
      if (kindOf(last) === 'repromise') await goOn(services, last.after as RoundRow, this.#pace);
    }
  }
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof OrderCancelled || error instanceof StillWaiting)) throw error;
}

function isCutOff(error: unknown): false {
  if (error instanceof CutOff) return false;
  throw error;
}
