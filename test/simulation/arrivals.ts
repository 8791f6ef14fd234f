import { isDeepStrictEqual } from 'node:util';
import { Books } from '../../core/audit/books.ts';
import { checkLevel, checkOrder, checkUnbooked } from '../../core/audit/checks.ts';
import { allocate } from '../../core/backorders/allocate.ts';
import { announceInbound } from '../../core/inbound/announce.ts';
import { book } from '../../core/inbound/book.ts';
import { cancelInbound, markOverdue, moveInbound, receiveInbound } from '../../core/inbound/change.ts';
import { isRefusal } from '../../core/platform/refusal.ts';
import type { Services } from '../../core/platform/services.ts';
import { type Key, partitions } from '../../core/platform/table/keys.ts';
import { Table } from '../../core/platform/table/table.ts';
import { create, remove } from '../../core/platform/table/writes.ts';
import { countStock } from '../../core/warehouse/count.ts';
import { place, reserve, shipmentOf, stock } from '../support/services.ts';
import { throughGate } from './at-once.ts';
import { everyOrder } from './every-order.ts';
import { Ledger } from './model/ledger.ts';
import type { Commit, Row } from './world/commits.ts';
import { asDocumentClient, type Sender } from './world/document-wire.ts';
import { Gate } from './world/gate.ts';
import type { FreshTable } from './world/house.ts';

/** An inbound shipment of two SKUs, an order that waits for one of them, and another that has only been placed. */
interface Arrival {
  readonly inboundShipmentId: string;
  readonly sku: string;
  readonly other: string;
  readonly orderId: (name: 'waiting' | 'placed') => string;
}

type Act = (services: Services, arrival: Arrival) => Promise<unknown>;

const move = (expectedAt: string, reason: string): Act => {
  return (services, { inboundShipmentId: id }) => moveInbound(services, id, { expectedAt, reason });
};
const receive = (quantity: number, complete: boolean): Act => {
  return (services, { inboundShipmentId: id, sku }) =>
    receiveInbound(services, id, { lines: [{ sku, quantity }], complete });
};

/** What happens to a shipment on its way. */
const onItsWay = {
  'receive a part': receive(1, false),
  'receive the last of it': receive(3, true),
  move: move('2027-01-09T08:00:00.000Z', 'weather'),
  cancel: (services, { inboundShipmentId: id }) => cancelInbound(services, id, { reason: 'supplier' }),
  'find overdue': (services, { inboundShipmentId: id }) =>
    markOverdue({ ...services, now: () => new Date('2026-12-05T08:00:00.000Z') }, id),
  book: (services, { inboundShipmentId: id }) => book(services, id),
} satisfies Record<string, Act>;

/** What else happens to it, or to a SKU on it. */
const besides = {
  'move elsewhere': move('2027-01-05T08:00:00.000Z', 'customs'),
  reserve: async (services, { orderId }) => reserve(services, await shipmentOf(services, `${orderId('placed')}-1`)),
  count: (services, { sku }) =>
    countStock(services, sku, { counted: 1, location: 'main', reason: 'found one in another bin' }),
} satisfies Record<string, Act>;

type DeedName = keyof typeof onItsWay | keyof typeof besides;

const deeds: Record<DeedName, Act> = { ...onItsWay, ...besides };

type Pair = readonly [first: DeedName, second: DeedName];

const namesOnItsWay = Object.keys(onItsWay) as DeedName[];
const namesBesides = Object.keys(besides) as DeedName[];

/** Whatever happens to a shipment on its way, with each of the same, itself included, and with what happens besides. */
export const PAIRS: readonly Pair[] = namesOnItsWay.flatMap((first, i) =>
  [...namesOnItsWay.slice(i), ...namesBesides].map((second): Pair => [first, second]),
);

export const STATES = ['all booked', 'moved and not booked yet'] as const;
type State = (typeof STATES)[number];

/** What two deeds have come to: what each was answered, and what the table says after the stream. */
interface Outcome {
  readonly answers: readonly string[];
  readonly rows: readonly object[];
}

/** Stands in every id of an arrival; each copy has a number of its own there. */
const COPY = 'copy00000';

/** Arrivals, one after the other, in one table. */
export class Arrivals {
  readonly #table: FreshTable;
  readonly #built = new Map<State, string>();
  #copies = 0;

  constructor(table: FreshTable) {
    this.#table = table;
  }

  /**
   * Does both at once, in every order of their calls; says in how many orders.
   *
   * @throws where a promise is broken, or where it does not come to the same as one after the other.
   */
  async atOnce(pair: Pair, state: State): Promise<number> {
    const inTurn = [await this.#inTurn(pair, state, [0, 1]), await this.#inTurn(pair, state, [1, 0])];
    return everyOrder(async (choose) => {
      const { arrival, ledger } = await this.#make(state);
      const gate = new Gate();
      const answers: string[] = [];
      const both = pair.map(async (deed, i) => {
        const client = gate.guard({ name: `${deed} ${i}` }, this.#table.client);
        answers[i] = await this.#do(deed, arrival, this.#services(`${deed} ${i}`, client));
      });
      const path = await throughGate(gate, choose, both);
      if (path === undefined) return;
      const outcome = await this.#outcome(arrival, ledger, answers);
      if (inTurn.some((expected) => isDeepStrictEqual(outcome, expected))) return;
      throw new Error(
        `${path}: neither order of the two comes to this\n${JSON.stringify({ outcome, inTurn }, null, 1)}`,
      );
    });
  }

  async #inTurn(pair: Pair, state: State, turns: readonly (0 | 1)[]): Promise<Outcome> {
    const { arrival, ledger } = await this.#make(state);
    const answers: string[] = [];
    for (const i of turns) {
      answers[i] = await this.#do(pair[i], arrival, this.#services(`turn ${i}`, this.#table.client));
    }
    return this.#outcome(arrival, ledger, answers);
  }

  async #do(deed: DeedName, arrival: Arrival, services: Services): Promise<string> {
    const answer = await deeds[deed](services, arrival);
    return typeof answer === 'object' && answer && isRefusal(answer) ? answer.code : 'done';
  }

  /** Each state is reached once, through the business, and then copied under other names. */
  async #make(state: State): Promise<{ arrival: Arrival; ledger: Ledger }> {
    const built = this.#built.get(state) ?? (await this.#build(state));
    this.#built.set(state, built);
    const copy = `copy${String(++this.#copies).padStart(5, '0')}`;
    const rows = JSON.parse(built.replaceAll(COPY, copy)) as Key[];
    // Of a copy that was given up halfway.
    await this.#table.commits.read();
    const services = this.#services('setting', this.#table.client);
    await services.table.decide(() => ({ answer: undefined, writes: rows.map(create) }));
    const ledger = new Ledger();
    for (const commit of await this.#table.commits.read()) ledger.begin(commit);
    return { arrival: arrivalOf(copy), ledger };
  }

  async #build(state: State): Promise<string> {
    const arrival = arrivalOf(COPY);
    const { inboundShipmentId, sku, other, orderId } = arrival;
    const services = this.#services('setting', this.#table.client);
    for (const each of [sku, other]) await stock(services, each, 0);
    const lines = [
      { sku, quantity: 4 },
      { sku: other, quantity: 2 },
    ];
    const expectedAt = '2026-12-01T08:00:00.000Z';
    await announceInbound(services, { inboundShipmentId, location: 'main', expectedAt, lines });
    await reserve(services, await place(services, [{ sku, quantity: 2 }], { orderId: orderId('waiting') }));
    await place(services, [{ sku, quantity: 1 }], { orderId: orderId('placed') });
    if (state === 'moved and not booked yet') await this.#moveWithoutBooking(arrival);
    const rows = await this.#rowsOf(arrival);
    for (const row of rows) await services.table.decide(() => ({ answer: undefined, writes: [remove(row)] }));
    return JSON.stringify(rows);
  }

  /** The shipment itself is one write, the booking is a transaction. */
  async #moveWithoutBooking(arrival: Arrival): Promise<void> {
    const { client } = this.#table;
    const dying: Sender = {
      send: async (command) => {
        if (command.constructor.name === 'TransactWriteCommand') throw new Error('cut off');
        return client.send(command);
      },
    };
    const moved = move('2026-12-20T08:00:00.000Z', 'port-congestion')(this.#services('dying', dying), arrival);
    await moved.then(
      () => Promise.reject(new Error('this should have been cut off')),
      () => {},
    );
  }

  /** Lets the stream do what is due, and reads what the table says then. @throws where a promise is broken */
  async #outcome(arrival: Arrival, ledger: Ledger, answers: readonly string[]): Promise<Outcome> {
    const services = this.#services('stream', this.#table.client);
    const { inboundShipmentId, sku } = arrival;
    await book(services, inboundShipmentId);
    await allocate(services, sku, 'main');
    const commits: Commit[] = await this.#table.commits.read();
    const books = new Books();
    const rows = await this.#rowsOf(arrival);
    for (const row of rows) books.add(row);
    const broken = [
      ...commits.flatMap((commit) => ledger.add(commit)),
      ...[...books.levels].flatMap(([subject, level]) => checkLevel(subject, level)),
      ...books.unbooked.map(checkUnbooked),
      ...[...books.orders].flatMap(([id, order]) => checkOrder(id, order)),
    ];
    if (broken.length > 0) throw new Error(JSON.stringify(broken, null, 1));
    const copy = inboundShipmentId.replace('PO-', '');
    const said = rows.flatMap(saidBy).map((row) => JSON.stringify(row).replaceAll(copy, ''));
    return { answers, rows: said.map((row) => JSON.parse(row)) };
  }

  async #rowsOf({ inboundShipmentId, sku, other, orderId }: Arrival): Promise<Row[]> {
    const { table } = this.#services('reader', this.#table.client);
    const orders = [orderId('waiting'), orderId('placed')].map(partitions.order);
    const all = [partitions.inbound(inboundShipmentId), partitions.sku(sku), partitions.sku(other), ...orders];
    const rows: Row[] = [];
    for (const pk of all) for await (const row of table.partition<Row>(pk)) rows.push(row);
    return rows;
  }

  #services(actor: string, client: Sender): Services {
    let ids = 0;
    return {
      table: new Table(asDocumentClient(client), this.#table.tableName, async () => {}),
      now: () => new Date('2026-11-24T08:00:00.000Z'),
      newId: () => `${actor}-${++ids}`.replaceAll(' ', '-'),
      newSecret: () => 'secret',
      promises: { handlingHours: 24, toleranceHours: 24 },
      actor,
    };
  }
}

function arrivalOf(copy: string): Arrival {
  const orderId = (name: string) => `${name}-${copy}`;
  return { inboundShipmentId: `PO-${copy}`, sku: `MUG-${copy}`, other: `CUP-${copy}`, orderId };
}

/** What a row says of the business; the ledger and the timeline tell how it came to that, which may differ. */
function saidBy(row: Row): object[] {
  const { sk } = row;
  if (sk.startsWith('MOVE#') || sk.startsWith('EVENT#')) return [];
  if (sk === 'INBOUND') {
    const { status, expectedAt, overdueSince, cancelReason, lines } = row;
    return [{ sk, status, expectedAt, isOverdue: overdueSince !== undefined, cancelReason, lines }];
  }
  if (sk.startsWith('STOCK#')) {
    const { available, allocated, backordered, incoming } = row;
    return [{ sk, available, allocated, backordered, incoming }];
  }
  if (sk.startsWith('SHIPMENT#')) return [{ sk, status: row.status, lines: row.lines }];
  return sk.startsWith('INBOUND#') || sk.startsWith('WAIT#') ? [row] : [];
}
