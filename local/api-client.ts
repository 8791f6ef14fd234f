import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { InboundShipment } from '../core/http/answers/inbound.ts';
import { Order, OrderAccepted, OrderCancellation, OrderPage } from '../core/http/answers/orders.ts';
import { ItemSaid, MovementPage, Stock, StockCounted, StockPage, StockReceived } from '../core/http/answers/stock.ts';
import { Confirmation, WorkPage } from '../core/http/answers/warehouse.ts';
import type { AnnounceInbound, MoveInbound, ReceiveInbound } from '../core/inbound/schema.ts';
import type { PlaceOrder } from '../core/orders/schema.ts';
import type { OrderStatus } from '../core/orders/statuses.ts';
import type { CountStock, PutItem, ReceiveStock } from '../core/stock/schema.ts';
import type { ConfirmPack, ConfirmPick, ConfirmShip, WorkStage } from '../core/warehouse/schema.ts';
import type { TokenSource } from './access/issuer.ts';
import { ApiDenied, ApiProblem, ApiUnreachable } from './api-errors.ts';

const REQUEST_TIMEOUT_MS = 60_000;
/** A request that met a busy API or a broken connection is sent this often in all. */
const MAX_ATTEMPTS = 8;
const DEFAULT_RETRY_AFTER_SECONDS = 1;
/** What a gateway or the API answers when the same request may well succeed a moment later. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const PAGE_SIZE = 100;

export type OrderRequest = z.input<typeof PlaceOrder>;
export type ItemRequest = z.input<typeof PutItem>;
export type WorkItem = z.infer<typeof WorkPage>['items'][number];
type OrderSummary = z.infer<typeof OrderPage>['items'][number];

export interface ApiClientOptions {
  /** Where each request gets its bearer token, for an API that asks for one. */
  readonly token?: TokenSource | undefined;
  /** Ends requests, and waits between them. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The HTTP API, as a program uses it. Every write carries an idempotency key, the same for each of its attempts, so that it happens
 * once however often it has to be sent.
 *
 * All calls throw {@link ApiProblem} where the API says no, {@link ApiDenied} where it lets nobody in with this token, and {@link ApiUnreachable} where nothing answers.
 */
export class ApiClient {
  readonly #url: string;
  readonly #options: ApiClientOptions;

  constructor(url: string, options: ApiClientOptions = {}) {
    this.#url = url.replace(/\/+$/, '');
    this.#options = options;
  }

  putItem(sku: string, item: ItemRequest) {
    return this.#write('PUT', `/items/${encodeURIComponent(sku)}`, item, ItemSaid);
  }

  receiveStock(sku: string, receipt: z.input<typeof ReceiveStock>, idempotencyKey?: string) {
    return this.#write('POST', `/stock/${encodeURIComponent(sku)}/receipts`, receipt, StockReceived, idempotencyKey);
  }

  countStock(sku: string, count: z.input<typeof CountStock>, idempotencyKey?: string) {
    return this.#write('POST', `/stock/${encodeURIComponent(sku)}/counts`, count, StockCounted, idempotencyKey);
  }

  /** By SKU, each with its level at the location. */
  items(location: string): AsyncGenerator<Stock> {
    return this.#list('/items', { location }, StockPage);
  }

  announceInbound(announced: z.input<typeof AnnounceInbound>) {
    return this.#write('POST', '/inbound-shipments', announced, InboundShipment);
  }

  moveInbound(inboundShipmentId: string, move: z.input<typeof MoveInbound>) {
    return this.#write('PATCH', `/inbound-shipments/${inboundShipmentId}`, move, InboundShipment);
  }

  receiveInbound(inboundShipmentId: string, receipt: z.input<typeof ReceiveInbound>, idempotencyKey?: string) {
    const path = `/inbound-shipments/${inboundShipmentId}/receive`;
    return this.#write('POST', path, receipt, InboundShipment, idempotencyKey);
  }

  stock(sku: string) {
    return this.#read(`/stock/${encodeURIComponent(sku)}`, {}, Stock);
  }

  /** Whether a level has ever changed: whether its ledger has an entry. */
  async hasMovements(sku: string, location: string): Promise<boolean> {
    const page = await this.#read(
      `/stock/${encodeURIComponent(sku)}/movements`,
      { location, limit: '1' },
      MovementPage,
    );
    return page.items.length > 0;
  }

  placeOrder(order: OrderRequest) {
    return this.#write('POST', '/orders', order, OrderAccepted);
  }

  order(orderId: string) {
    return this.#read(`/orders/${orderId}`, {}, Order);
  }

  cancelOrder(orderId: string) {
    return this.#write('POST', `/orders/${orderId}/cancel`, undefined, OrderCancellation);
  }

  /** Newest first. */
  orders(status?: OrderStatus): AsyncGenerator<OrderSummary> {
    return this.#list('/orders', { ...(status && { status }) }, OrderPage);
  }

  /** Oldest first; read as many at a time as are asked for. */
  work(stage: WorkStage, pageSize: number): AsyncGenerator<WorkItem> {
    return this.#list('/warehouse/work', { stage, limit: String(pageSize) }, WorkPage);
  }

  confirmPick(shipmentId: string, pick: z.input<typeof ConfirmPick>) {
    return this.#write('POST', `/shipments/${shipmentId}/pick`, pick, Confirmation);
  }

  confirmPack(shipmentId: string, pack: z.input<typeof ConfirmPack>) {
    return this.#write('POST', `/shipments/${shipmentId}/pack`, pack, Confirmation);
  }

  confirmShip(shipmentId: string, ship: z.input<typeof ConfirmShip>) {
    return this.#write('POST', `/shipments/${shipmentId}/ship`, ship, Confirmation);
  }

  async *#list<Item>(
    path: string,
    query: Record<string, string>,
    page: z.ZodType<{ items: Item[]; nextCursor?: string | undefined }>,
  ): AsyncGenerator<Item> {
    let cursor: string | undefined;
    do {
      const asked = { limit: String(PAGE_SIZE), ...query, ...(cursor && { cursor }) };
      const { items, nextCursor } = await this.#read(path, asked, page);
      yield* items;
      cursor = nextCursor;
    } while (cursor !== undefined);
  }

  #read<Answer>(path: string, query: Record<string, string>, answer: z.ZodType<Answer>): Promise<Answer> {
    const parameters = new URLSearchParams(query).toString();
    return this.#send(parameters ? `${path}?${parameters}` : path, { method: 'GET' }, answer);
  }

  #write<Answer>(
    method: 'PUT' | 'POST' | 'PATCH',
    path: string,
    body: object | undefined,
    answer: z.ZodType<Answer>,
    idempotencyKey: string = randomUUID(),
  ): Promise<Answer> {
    const headers = { 'Idempotency-Key': idempotencyKey };
    if (body === undefined) return this.#send(path, { method, headers }, answer);
    const request = { method, headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    return this.#send(path, request, answer);
  }

  async #send<Answer>(path: string, request: RequestInit, answer: z.ZodType<Answer>): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.#attempt(path, request, attempt === MAX_ATTEMPTS);
      if (response?.ok) return answer.parse(await response.json());
      if (response && ApiDenied.statuses.has(response.status)) {
        throw await ApiDenied.read(response, `${request.method} ${path}`);
      }
      if (response && (!PASSING_STATUSES.has(response.status) || attempt === MAX_ATTEMPTS)) {
        throw await ApiProblem.read(response, `${request.method} ${path}`);
      }
      const seconds = Number(response?.headers.get('Retry-After') ?? Number.NaN) || DEFAULT_RETRY_AFTER_SECONDS;
      await response?.body?.cancel();
      // Up to half as long again, so that those who were turned away together do not come back together.
      await sleep(seconds * 1000 * (1 + Math.random() / 2), undefined, { signal: this.#options.signal });
    }
  }

  /** Nothing where the connection broke and it is worth another try. */
  async #attempt(path: string, request: RequestInit, isLast: boolean): Promise<Response | undefined> {
    const { signal } = this.#options;
    const token = await this.#options.token?.();
    const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    try {
      return await fetch(`${this.#url}${path}`, {
        ...request,
        headers: { ...request.headers, ...(token && { Authorization: `Bearer ${token}` }) },
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
    } catch (error) {
      signal?.throwIfAborted();
      if (isLast || !ApiUnreachable.isPassing(error)) throw new ApiUnreachable(this.#url, error);
      return undefined;
    }
  }
}
