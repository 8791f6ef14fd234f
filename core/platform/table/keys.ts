/**
 * Every key of the table, and of its indexes. Identifiers come validated (no `#` in them), so a key can be taken apart again.
 * Sort keys that hold a time hold it as ISO 8601 UTC, which sorts as text.
 */

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** The partitions that are read as a whole, or in part by a prefix of the sort key. */
export const partitions = {
  sku: (sku: string): string => `SKU#${sku}`,
  order: (orderId: string): string => `ORDER#${orderId}`,
  alerts: (location: string): string => `ALERT#${location}`,
  inbound: (inboundShipmentId: string): string => `INBOUND#${inboundShipmentId}`,
  erasures: 'ERASURE',
};

export const prefixes = {
  stock: 'STOCK#',
  shipment: 'SHIPMENT#',
  wait: (location: string): string => `WAIT#${location}#`,
  movement: (location: string): string => `MOVE#${location}#`,
  supply: (location: string): string => `INBOUND#${location}#`,
  event: 'EVENT#',
  repromise: 'PROMISES#',
};

export const keys = {
  item: (sku: string): Key => ({ pk: partitions.sku(sku), sk: 'ITEM' }),
  stock: (sku: string, location: string): Key => ({ pk: partitions.sku(sku), sk: `${prefixes.stock}${location}` }),
  /** One line's place in the queue: by priority (0 first), then by the time of placement. */
  wait: (sku: string, location: string, priority: number, placedAt: string, shipmentId: string): Key => ({
    pk: partitions.sku(sku),
    sk: `${prefixes.wait(location)}${priority}#${placedAt}#${shipmentId}`,
  }),
  movement: (sku: string, location: string, at: string, id: string): Key => ({
    pk: partitions.sku(sku),
    sk: `${prefixes.movement(location)}${at}#${id}`,
  }),
  /** Units of a SKU on an inbound shipment, in the order of their arrival. */
  supply: (sku: string, location: string, expectedAt: string, inboundShipmentId: string): Key => ({
    pk: partitions.sku(sku),
    sk: `${prefixes.supply(location)}${expectedAt}#${inboundShipmentId}`,
  }),
  /** How far a computation of a queue's promises has come that takes more than one call. */
  repromise: (sku: string, location: string): Key => ({
    pk: partitions.sku(sku),
    sk: `${prefixes.repromise}${location}`,
  }),
  inbound: (inboundShipmentId: string): Key => ({ pk: partitions.inbound(inboundShipmentId), sk: 'INBOUND' }),
  order: (orderId: string): Key => ({ pk: partitions.order(orderId), sk: 'ORDER' }),
  shipment: (orderId: string, number: number): Key => ({
    pk: partitions.order(orderId),
    sk: `${prefixes.shipment}${number}`,
  }),
  event: (orderId: string, at: string, id: string): Key => ({
    pk: partitions.order(orderId),
    sk: `${prefixes.event}${at}#${id}`,
  }),
  alert: (location: string, at: string, id: string): Key => ({ pk: partitions.alerts(location), sk: `${at}#${id}` }),
  /** The answer to a request that came with an idempotency key, so that its repeat gets the same. */
  idempotency: (actor: string, key: string): Key => ({
    // Tokens may name an actor in any words, also in some with a `#`.
    pk: `IDEMPOTENCY#${encodeURIComponent(actor)}#${key}`,
    sk: 'ANSWER',
  }),
  /** That a customer's data was erased. */
  erasure: (at: string, id: string): Key => ({ pk: partitions.erasures, sk: `${at}#${id}` }),
};

/** Which of the rows that others than their owners look at a key belongs to; `other` for the rest. */
export type RowKind =
  | 'stock'
  | 'movement'
  | 'wait'
  | 'supply'
  | 'repromise'
  | 'inbound'
  | 'order'
  | 'shipment'
  | 'event'
  | 'alert'
  | 'answer'
  | 'other';

export function kindOf({ pk, sk }: Key): RowKind {
  if (pk.startsWith(partitions.alerts(''))) return 'alert';
  if (sk === 'ORDER') return 'order';
  if (sk === 'INBOUND') return 'inbound';
  if (sk === 'ANSWER') return 'answer';
  if (sk.startsWith(prefixes.stock)) return 'stock';
  if (sk.startsWith(prefixes.shipment)) return 'shipment';
  if (sk.startsWith(prefixes.event)) return 'event';
  if (sk.startsWith(prefixes.repromise)) return 'repromise';
  if (sk.startsWith('INBOUND#')) return 'supply';
  if (sk.startsWith('MOVE#')) return 'movement';
  return sk.startsWith('WAIT#') ? 'wait' : 'other';
}

/** What a row is about, for the log: the key, and the identifiers in it. */
export function idsOf({ pk, sk }: Key): Record<string, string> {
  const [of = '', id = ''] = pk.split('#');
  const [part, number = ''] = sk.split('#');
  if (of === 'ORDER') return { pk, sk, orderId: id, ...(part === 'SHIPMENT' && { shipmentId: `${id}-${number}` }) };
  if (of === 'SKU') return { pk, sk, sku: id };
  if (of === 'INBOUND') return { pk, sk, inboundShipmentId: id };
  return { pk, sk };
}

/** The id of an entry of a timeline, which its key ends with. */
export function eventIdOf({ sk }: Key): string {
  return sk.slice(sk.lastIndexOf('#') + 1);
}

export const indexes = {
  stockByLocation: { name: 'stock-by-location', partitionKey: 'stockShard', sortKey: 'stockSort' },
  openShipments: { name: 'open-shipments', partitionKey: 'openShard', sortKey: 'openSort' },
  inboundByArrival: { name: 'inbound-by-arrival', partitionKey: 'inboundShard', sortKey: 'inboundSort' },
  ordersByTime: { name: 'orders-by-time', partitionKey: 'orderShard', sortKey: 'orderSort' },
  ordersByStatus: { name: 'orders-by-status', partitionKey: 'statusShard', sortKey: 'orderSort' },
} as const;

export type Index = (typeof indexes)[keyof typeof indexes];

/**
 * Into how many partitions each list of an index is spread. A partition takes 1,000 write units a second, so each list takes
 * four times that; a page costs four queries. A change needs the index attributes written anew.
 */
const SHARDS = 4;

/** The shard of an identifier: FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/, modulo the number of shards. */
function shardOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193) >>> 0;
  return hash % SHARDS;
}

/** The index attributes of the rows that appear in lists. */
export const indexed = {
  stock: (sku: string, location: string) => ({
    stockShard: `STOCK#${shardOf(sku)}`,
    stockSort: `${location}#${sku}`,
  }),
  /** Computations of promises that are under way are listed beside the levels that they belong to. */
  repromise: (sku: string, location: string) => ({
    stockShard: `PROMISES#${shardOf(sku)}`,
    stockSort: `${location}#${sku}`,
  }),
  /** `stage` is a shipment's status while it is open, and `ended` until its execution has been told of the end. */
  openShipment: (stage: string, orderId: string) => `${stage}#${shardOf(orderId)}`,
  openShipmentSort: (location: string, placedAt: string, shipmentId: string) => `${location}#${placedAt}#${shipmentId}`,
  order: (orderId: string, placedAt: string) => ({
    orderShard: `ORDER#${shardOf(orderId)}`,
    orderSort: `${placedAt}#${orderId}`,
  }),
  inbound: (status: string, location: string, expectedAt: string, inboundShipmentId: string) => ({
    inboundShard: `${status}#${shardOf(inboundShipmentId)}`,
    inboundSort: `${location}#${expectedAt}#${inboundShipmentId}`,
  }),
  orderStatus: (status: string, orderId: string) => `${status}#${shardOf(orderId)}`,
};

/** All partitions of one list of an index: `STOCK`, `PROMISES`, `ORDER`, or a status. */
export function shardsOf(list: string): string[] {
  return Array.from({ length: SHARDS }, (_, shard) => `${list}#${shard}`);
}
