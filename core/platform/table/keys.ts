/**
 * Every key of the table, and of its indexes. Identifiers come validated (no `#` in them), so a key can be taken apart again.
 * Sort keys that hold a time hold it as ISO 8601 UTC, which sorts as text.
 */

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export const keys = {
  item: (sku: string): Key => ({ pk: `SKU#${sku}`, sk: 'ITEM' }),
  stock: (sku: string, location: string): Key => ({ pk: `SKU#${sku}`, sk: `STOCK#${location}` }),
  /** One line's place in the queue: by priority (0 first), then by the time of placement. */
  wait: (sku: string, location: string, priority: number, placedAt: string, shipmentId: string): Key => ({
    pk: `SKU#${sku}`,
    sk: `${waitPrefix(location)}${priority}#${placedAt}#${shipmentId}`,
  }),
  movement: (sku: string, location: string, at: string, id: string): Key => ({
    pk: `SKU#${sku}`,
    sk: `${movementPrefix(location)}${at}#${id}`,
  }),
  order: (orderId: string): Key => ({ pk: `ORDER#${orderId}`, sk: 'ORDER' }),
  shipment: (orderId: string, number: number): Key => ({ pk: `ORDER#${orderId}`, sk: `SHIPMENT#${number}` }),
  event: (orderId: string, at: string, id: string): Key => ({ pk: `ORDER#${orderId}`, sk: `EVENT#${at}#${id}` }),
  alert: (location: string, at: string, id: string): Key => ({ pk: `ALERT#${location}`, sk: `${at}#${id}` }),
  /** The answer to a request that came with an idempotency key, so that its repeat gets the same. */
  idempotency: (actor: string, key: string): Key => ({ pk: `IDEMPOTENCY#${actor}#${key}`, sk: 'ANSWER' }),
};

export function waitPrefix(location: string): string {
  return `WAIT#${location}#`;
}

export function movementPrefix(location: string): string {
  return `MOVE#${location}#`;
}

export const indexes = {
  stockByLocation: { name: 'stock-by-location', partitionKey: 'stockShard', sortKey: 'stockSort' },
  openShipments: { name: 'open-shipments', partitionKey: 'openShard', sortKey: 'openSort' },
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
  /** `stage` is a shipment's status while it is open, and `ended` until its execution has been told of the end. */
  openShipment: (stage: string, orderId: string) => `${stage}#${shardOf(orderId)}`,
  openShipmentSort: (location: string, placedAt: string, shipmentId: string) => `${location}#${placedAt}#${shipmentId}`,
  order: (orderId: string, placedAt: string) => ({
    orderShard: `ORDER#${shardOf(orderId)}`,
    orderSort: `${placedAt}#${orderId}`,
  }),
  orderStatus: (status: string, orderId: string) => `${status}#${shardOf(orderId)}`,
};

/** All partitions of one list of an index: `STOCK`, `ORDER`, or a status. */
export function shardsOf(list: string): string[] {
  return Array.from({ length: SHARDS }, (_, shard) => `${list}#${shard}`);
}
