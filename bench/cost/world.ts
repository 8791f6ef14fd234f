import { randomUUID } from 'node:crypto';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { documentClient } from '../../core/platform/clients.ts';
import type { Services } from '../../core/platform/services.ts';
import { indexes } from '../../core/platform/table/keys.ts';
import { Table } from '../../core/platform/table/table.ts';
import { putItem } from '../../core/stock/items.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { PutItem } from '../../core/stock/schema.ts';
import type { ItemRequest, OrderRequest } from '../../local/api-client.ts';
import { clientConfig } from '../../local/client-config.ts';
import { startDynoxide } from '../../local/dynamodb/dynoxide.ts';
import { ensureTable } from '../../local/dynamodb/ensure-table.ts';
import { type Fillrate, startFillrate } from '../../local/fillrate.ts';
import { untilSettled } from '../../local/settled.ts';
import { type MeteringProxy, startMeteringProxy } from '../metering-proxy.ts';
import { addUp, isList, type MeteredKind, sumBy, total } from '../usage.ts';
import { anItem } from '../workload.ts';
import type { Counts } from './counts.ts';
import { storedSizeOf } from './item-size.ts';
import { LogCount } from './log-count.ts';
import { StreamCount } from './stream-count.ts';
import { readWorkflow, type WorkflowParts } from './workflow-parts.ts';

/** Units of each line. */
const WANTED = 2;
const SWEEP_TIMEOUT_MS = 240_000;
const MAX_ALERTS = 5_000;

const CUSTOMER = {
  customer: { name: 'Zoë Müller', email: 'zoe@example.com' },
  shipTo: { name: 'Zoë Müller', line1: 'Am Markt 1', city: 'Bremen', postalCode: '28195', country: 'DE' },
};

interface Parts {
  readonly fillrate: Fillrate;
  readonly proxy: MeteringProxy;
  readonly client: DynamoDBClient;
  /** Past the proxy: what is done through it is not counted. */
  readonly direct: Services;
  readonly stream: StreamCount;
  readonly log: LogCount;
  readonly workflow: WorkflowParts;
}

/** What is counted of one order, beside what the parts count themselves. */
interface Run {
  readonly orderId: string;
  readonly areRequestsNamed: boolean;
  apiRequests: number;
  executionsBefore: number;
  transitionsBefore: Record<string, number>;
  eventsBefore: number;
  alertsBefore: number;
}

/** One kind of order, from its placing to its end. */
export interface Shape {
  readonly title: string;
  /** Whether its requests come with an `Idempotency-Key`. */
  readonly areRequestsNamed?: boolean;
  readonly play: (world: World) => Promise<void>;
}

/**
 * All of Fillrate in this process, with everything counted that AWS bills. One order at a time, step by step, each step when all that
 * follows from the last one is done: so the counts are the same each time.
 */
export class World implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #cleanUp: AsyncDisposableStack;
  #orders = 0;
  #skus = 0;
  #run: Run | undefined;
  #storedBefore = 0;

  private constructor(parts: Parts, cleanUp: AsyncDisposableStack) {
    this.#parts = parts;
    this.#cleanUp = cleanUp;
  }

  /** Once a process. */
  static async start(): Promise<World> {
    await using started = new AsyncDisposableStack();
    const database = await startDynoxide({ temporary: true });
    started.defer(() => database.stop());
    const proxy = await startMeteringProxy(database.endpoint);
    started.defer(() => proxy.close());
    process.env.DYNAMODB_ENDPOINT = proxy.endpoint;
    const log = new LogCount();
    started.defer(() => log.stop());
    const fillrate = await startFillrate({});
    started.defer(() => fillrate.close());
    const client = new DynamoDBClient(clientConfig(database.endpoint));
    started.defer(() => client.destroy());
    const { tableName } = fillrate.endpoints;
    const { streamArn } = await ensureTable(client, tableName);
    const stream = await StreamCount.start(database.endpoint, streamArn);
    started.defer(() => stream.close());
    const table = new Table(documentClient(client), tableName);
    const direct: Services = { ...fillrate.services, table, actor: 'bench' };
    const workflow = await readWorkflow();
    return new World({ fillrate, proxy, client, direct, stream, log, workflow }, started.move());
  }

  get customMetrics(): number {
    return this.#parts.log.customMetrics;
  }

  /** Plays one order and tells what it took. What a shape prepares is not counted. */
  async count({ play, areRequestsNamed = false }: Shape): Promise<Counts> {
    this.#run = { ...this.#standing(), orderId: `SO-${1000 + ++this.#orders}`, areRequestsNamed, apiRequests: 0 };
    await play(this);
    return this.#counts();
  }

  /** One run of the sweeper, as its schedule starts it. */
  async countSweep(): Promise<Counts> {
    this.#run = { ...this.#standing(), orderId: '', areRequestsNamed: false, apiRequests: 0 };
    await this.#forget();
    const { handler } = await import('../../functions/sweep.ts');
    const context = { awsRequestId: 'bench', functionName: 'sweep', getRemainingTimeInMillis: () => SWEEP_TIMEOUT_MS };
    await (handler as (event: object, context: object) => Promise<unknown>)({}, context);
    const counts = await this.#counts({ areListsCounted: true });
    return { ...counts, invocations: addUp(counts.invocations, { sweep: 1 }) };
  }

  /** Items of their own, with so much on the shelf. Neither this nor what was before it is counted. */
  async stock(
    count: number,
    { units, backorders = { policy: 'allow' } }: { units: number; backorders?: ItemRequest['backorders'] },
  ): Promise<string[]> {
    const skus = Array.from({ length: count }, () => `MUG-${++this.#skus}`);
    for (const sku of skus) {
      await putItem(this.#parts.direct, sku, PutItem.parse({ ...anItem(), backorders }));
      if (units > 0) await this.#receiveOne(sku, units);
    }
    await this.#settled();
    await this.#forget();
    return skus;
  }

  /** Goods arrive. What follows from it is counted, the receipt itself is not: it serves many orders. */
  async receive(skus: readonly string[]): Promise<void> {
    for (const sku of skus) await this.#receiveOne(sku, WANTED);
    await this.#settled();
  }

  place(skus: readonly string[], { ifShort = 'wait' }: Pick<OrderRequest, 'ifShort'> = {}): Promise<void> {
    const { customer, shipTo } = CUSTOMER;
    const lines = skus.map((sku) => ({ sku, quantity: WANTED }));
    return this.#post('/orders', { orderId: this.#orderId, customer, shipTo, lines, ifShort });
  }

  cancel(): Promise<void> {
    return this.#post(`/orders/${this.#orderId}/cancel`, {});
  }

  /** As a shop's page does that shows how far an order is. Nothing before it is counted. */
  async look(): Promise<void> {
    await this.#forget();
    await this.#ask(`/orders/${this.#orderId}`, {});
  }

  async pickPackShip(number: number, skus: readonly string[]): Promise<void> {
    const shipment = `/shipments/${this.#orderId}-${number}`;
    await this.#post(`${shipment}/pick`, { lines: skus.map((sku) => ({ sku, picked: WANTED })) });
    await this.#post(`${shipment}/pack`, {});
    await this.#post(`${shipment}/ship`, { carrier: 'DHL', trackingNumber: '00340434161094042557' });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanUp.disposeAsync();
  }

  get #current(): Run {
    if (!this.#run) throw new Error('nothing is being counted');
    return this.#run;
  }

  get #orderId(): string {
    return this.#current.orderId;
  }

  async #post(path: string, body: object): Promise<void> {
    const headers = {
      'Content-Type': 'application/json',
      ...(this.#current.areRequestsNamed && { 'Idempotency-Key': randomUUID() }),
    };
    await this.#ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
    await this.#settled();
  }

  async #ask(path: string, request: RequestInit): Promise<void> {
    this.#current.apiRequests += 1;
    const response = await fetch(this.#parts.fillrate.endpoints.api + path, request);
    const said = await response.text();
    if (!response.ok) throw new Error(`${path}: ${said}`);
  }

  async #receiveOne(sku: string, quantity: number): Promise<void> {
    await receiveStock(this.#parts.direct, sku, { quantity, location: 'main' });
  }

  #settled(): Promise<void> {
    const { direct, fillrate } = this.#parts;
    return untilSettled(direct.table, () => fillrate.streams.idle());
  }

  /** What was counted so far does not count. */
  async #forget(): Promise<void> {
    const { proxy, stream, log } = this.#parts;
    await stream.take();
    proxy.meter.take();
    log.take();
    this.#run = { ...this.#current, ...this.#standing(), apiRequests: 0 };
    this.#storedBefore = await this.#storedBytes();
  }

  #standing() {
    const { engine, events, outbox } = this.#parts.fillrate;
    const { executions, transitionsByState } = engine.counts();
    return {
      executionsBefore: sum(Object.values(executions)),
      transitionsBefore: transitionsByState,
      eventsBefore: events().length,
      alertsBefore: outbox({ limit: MAX_ALERTS }).items.length,
    };
  }

  async #counts({ areListsCounted = false } = {}): Promise<Counts> {
    const { proxy, stream, log, workflow } = this.#parts;
    const before = this.#current;
    const now = this.#standing();
    const metered = proxy.meter.take();
    if (!areListsCounted && metered.some(isList)) throw new Error('an order asked for a list, which is not counted');
    const transitions = Object.entries(now.transitionsBefore).map(
      ([state, count]) => [state, count - (before.transitionsBefore[state] ?? 0)] as const,
    );
    const calls = transitions.flatMap(([state, count]) => {
      const name = workflow.functionOf.get(state);
      return name === undefined || count === 0 ? [] : [{ [name]: count }];
    });
    const api: Record<string, number> = before.apiRequests > 0 ? { api: before.apiRequests } : {};
    const { readUnits, writeUnits } = total(metered);
    const storedBytes = (await this.#storedBytes()) - this.#storedBefore;
    return {
      executions: now.executionsBefore - before.executionsBefore,
      transitions: sum(transitions.map(([, count]) => count)),
      taskAnswers: sum(transitions.map(([state, count]) => (workflow.callbacks.has(state) ? count : 0))),
      apiRequests: before.apiRequests,
      invocations: calls.reduce(addUp, api),
      readUnits,
      writeUnits,
      writeUnitsByIndex: metered.map((kind) => kind.writeUnitsByIndex).reduce(addUp, {}),
      tableRequests: requestsBy(metered),
      events: now.eventsBefore - before.eventsBefore,
      alerts: now.alertsBefore - before.alertsBefore,
      storedBytes,
      ...(await stream.take()),
      ...log.take(),
    };
  }

  /** Of the table and of its indexes. */
  async #storedBytes(): Promise<number> {
    const { client, fillrate } = this.#parts;
    const TableName = fillrate.endpoints.tableName;
    let bytes = 0;
    for (const IndexName of [undefined, ...Object.values(indexes).map(({ name }) => name)]) {
      for await (const { Items = [] } of paginateScan({ client }, { TableName, IndexName })) {
        bytes += sum(Items.map(storedSizeOf));
      }
    }
    return bytes;
  }
}

function requestsBy(metered: readonly MeteredKind[]): Record<string, number> {
  const sums = sumBy(metered, ({ client, operation }) => `${client} ${operation}`);
  return Object.fromEntries(Object.entries(sums).map(([name, { requests }]) => [name, requests]));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
