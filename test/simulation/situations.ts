import { Books } from '../../core/audit/books.ts';
import { checkLevel, checkOrder } from '../../core/audit/checks.ts';
import { allocate } from '../../core/backorders/allocate.ts';
import { placedShipment, type ShipmentRow } from '../../core/orders/shipments.ts';
import { openTask } from '../../core/orders/tasks.ts';
import type { Services } from '../../core/platform/services.ts';
import { type Key, partitions } from '../../core/platform/table/keys.ts';
import { Table } from '../../core/platform/table/table.ts';
import { create, remove } from '../../core/platform/table/writes.ts';
import { confirmPack } from '../../core/warehouse/pack.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { place, reserve, shipmentOf, stock } from '../support/services.ts';
import { Ledger } from './model/ledger.ts';
import { asDocumentClient, type Sender } from './world/document-wire.ts';
import type { Caller } from './world/gate.ts';
import { type FreshTable, House } from './world/house.ts';

/** The shipments of a situation, by what they have come to. */
export type Role = 'placed' | 'placedToo' | 'waiting' | 'partly' | 'picking' | 'shipping';

const SITUATIONS = {
  'somebody waits': ['placed', 'placedToo', 'waiting', 'partly', 'picking', 'shipping'],
  'nobody waits': ['placed', 'placedToo', 'picking', 'shipping'],
} as const satisfies Record<string, readonly Role[]>;
export type SituationName = keyof typeof SITUATIONS;

/** Stands in every id of a situation; each copy has a number of its own there. */
const COPY = 'copy0000';

export function rolesOf(name: SituationName): readonly Role[] {
  return SITUATIONS[name];
}

export const SITUATION_NAMES = Object.keys(SITUATIONS) as SituationName[];

/** One SKU with its orders, each in a state of its own, in a table full of others. */
export interface Situation {
  readonly sku: string;
  readonly onHand: number;
  orderId(role: Role): string;
  shipmentId(role: Role): string;
  /** The input of the execution of a shipment that is placed. */
  input(role: Role): unknown;
  /** The services of a caller, through a client that `guard` stands before. */
  servicesOf(name: string, guard: (caller: Caller, client: Sender) => Sender): Services;
  /** Lets the stream do what is due. @throws where a promise is broken */
  check(story: string): Promise<void>;
}

/** Makes situations: each is built once, through the business, and then copied under other names. */
export class Situations {
  readonly #house: House;
  readonly #table: FreshTable;
  readonly #built = new Map<SituationName, Key[]>();
  #copies = 0;

  private constructor(house: House, table: FreshTable) {
    this.#house = house;
    this.#table = table;
  }

  static async open(): Promise<Situations> {
    const house = await House.open();
    const situations = new Situations(house, await house.freshTable());
    for (const name of SITUATION_NAMES) await situations.#build(name);
    return situations;
  }

  async make(name: SituationName): Promise<Situation> {
    const copy = `copy${String(++this.#copies).padStart(4, '0')}`;
    const rows = JSON.parse(JSON.stringify(this.#built.get(name)).replaceAll(COPY, copy)) as Key[];
    const services = this.#services('setting', this.#table.client);
    // Of a copy that was given up halfway.
    await this.#table.commits.read();
    await services.table.decide(() => ({ answer: undefined, writes: rows.map(create) }));
    const ledger = new Ledger();
    for (const commit of await this.#table.commits.read()) ledger.begin(commit);
    return this.#situation(copy, rows, ledger);
  }

  async close(): Promise<void> {
    await this.#house.close();
  }

  #situation(copy: string, rows: readonly Key[], ledger: Ledger): Situation {
    const sku = `MUG-${copy}`;
    const orderId = (role: Role) => `${role}-${copy}`;
    const shipmentId = (role: Role) => `${orderId(role)}-1`;
    const row = <Row>(key: Partial<Row>) => rows.find((each) => matches(each, key)) as Row;
    const { available, allocated } = row<{ sk: string; available: number; allocated: number }>({ sk: 'STOCK#main' });
    return {
      sku,
      onHand: available + allocated,
      orderId,
      shipmentId,
      input: (role) => ({ shipment: placedShipment(row<ShipmentRow>({ shipmentId: shipmentId(role), number: 1 })) }),
      servicesOf: (name, guard) => this.#services(name, guard({ name }, this.#table.client)),
      check: (story) => this.#check(sku, ledger, story),
    };
  }

  async #check(sku: string, ledger: Ledger, story: string): Promise<void> {
    const services = this.#services('stream', this.#table.client);
    const found: object[] = [];
    const note = async () => {
      for (const commit of await this.#table.commits.read()) found.push(...ledger.add(commit));
      return ledger.levels.some(({ available, backordered }) => available > 0 && backordered > 0);
    };
    while ((await note()) && (await allocate(services, sku, 'main')) > 0);
    const books = new Books();
    for await (const row of services.table.partition<Key>(partitions.sku(sku))) books.add(row);
    const orders = new Set([...ledger.statuses.keys()].map((shipmentId) => shipmentId.replace(/-\d+$/, '')));
    for (const orderId of orders) {
      for await (const row of services.table.partition<Key>(partitions.order(orderId))) books.add(row);
    }
    found.push(...[...books.levels].flatMap(([subject, level]) => checkLevel(subject, level)));
    found.push(...[...books.orders].flatMap(([id, order]) => checkOrder(id, order)));
    if (found.length > 0) throw new Error(`${story}\n${JSON.stringify(found, null, 2)}`);
  }

  #services(actor: string, client: Sender): Services {
    let ids = 0;
    return {
      table: new Table(asDocumentClient(client), this.#table.tableName, async () => {}),
      now: () => new Date('2026-11-24T08:00:00.000Z'),
      newId: () => `${actor}-${String(++ids).padStart(6, '0')}`.replaceAll(' ', '-'),
      newSecret: () => 'secret',
      promises: { handlingHours: 24, toleranceHours: 24 },
      actor,
    };
  }

  async #build(name: SituationName): Promise<void> {
    const services = this.#services(name, this.#table.client);
    const sku = `MUG-${COPY}`;
    const roles = rolesOf(name);
    await stock(services, sku, 4);
    for (const role of ['shipping', 'picking'] as const) await this.#order(services, sku, role, 2);
    if (roles.includes('partly')) {
      await stock(services, sku, 2);
      await this.#order(services, sku, 'partly', 2);
    }
    if (roles.includes('waiting')) await this.#order(services, sku, 'waiting', 2);
    await this.#order(services, sku, 'placed', 2);
    await this.#order(services, sku, 'placedToo', 2);
    // Enough for the first of those who wait and no more, so that the orders of calls stay few enough to try them all.
    await stock(services, sku, roles.includes('waiting') ? 1 : 3);
    const rows: Key[] = [];
    for await (const row of services.table.scan<Key>()) rows.push(row);
    this.#built.set(
      name,
      rows.filter((row) => JSON.stringify(row).includes(COPY)),
    );
    for (const row of rows) await services.table.decide(() => ({ answer: undefined, writes: [remove(row)] }));
    await this.#table.commits.read();
  }

  async #order(services: Services, sku: string, role: Role, quantity: number): Promise<void> {
    const placed = await place(services, [{ sku, quantity }], { orderId: `${role}-${COPY}` });
    const { shipmentId } = placed;
    if (role === 'placed' || role === 'placedToo') return;
    await reserve(services, placed);
    if (role === 'waiting') return;
    await openTask(services, { shipmentId, stage: 'pick', token: `pick-${COPY}` });
    if (role === 'picking') return;
    await confirmPick(services, shipmentId, { lines: [{ sku, picked: role === 'partly' ? 1 : 2 }] });
    if (role === 'partly') return;
    await confirmPack(services, shipmentId, {});
    const { status } = await shipmentOf(services, shipmentId);
    if (status !== 'shipping') throw new Error(`${shipmentId} is ${status}`);
  }
}

function matches(row: object, wanted: object): boolean {
  return Object.entries(wanted).every(([name, value]) => row[name as keyof typeof row] === value);
}
