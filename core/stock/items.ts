import type { Services } from '../platform/services.ts';
import { indexed, indexes, type Key, keys, partitions, prefixes, shardsOf } from '../platform/table/keys.ts';
import type { Page, PageRequest } from '../platform/table/pages.ts';
import { overwrite, update } from '../platform/table/writes.ts';
import { type Availability, availabilityOf, bestAvailability, type StockRow } from './levels.ts';
import type { Dimensions, PutItem } from './schema.ts';
import { type SupplyRow, supplyOf } from './supply.ts';

/** The catalogue's entry of a SKU. */
export interface ItemRow extends Key {
  readonly sku: string;
  readonly title: string;
  readonly weightGrams: number;
  readonly dimensionsMm: Dimensions;
  readonly unitCostMinor: number;
  readonly currency: string;
  readonly leadTimeDays: number;
}

/** Adds a SKU to the catalogue and to a location, or changes what is said of it there. Levels stay as they are. */
export function putItem({ table, now }: Services, sku: string, request: PutItem): Promise<PutItem & { sku: string }> {
  const { location, backorders, reorderPoint, bin, ...catalogue } = request;
  const limit = backorders.policy === 'allow' ? backorders.limit : undefined;
  const level = update(keys.stock(sku, location))
    .setAll({ sku, location, reorderPoint, bin, ...indexed.stock(sku, location), changedAt: now().toISOString() })
    .set('backorderPolicy', backorders.policy);
  if (limit === undefined) level.remove('backorderLimit');
  else level.set('backorderLimit', limit);
  for (const counter of ['available', 'allocated', 'backordered', 'incoming', 'version']) level.setDefault(counter, 0);
  return table.decide(() => ({
    answer: { sku, ...request },
    writes: [overwrite<ItemRow>({ ...keys.item(sku), sku, ...catalogue }), level],
  }));
}

/** A SKU with its catalogue entry and its level at each location. */
export interface StockOfItem {
  readonly item: ItemRow;
  readonly availability: Availability;
  readonly locations: readonly StockRow[];
  /** What is on its way, where it was looked up. */
  readonly arrivals?: readonly SupplyRow[];
}

export async function getStock(services: Services, sku: string): Promise<StockOfItem | undefined> {
  const { table } = services;
  const item = await table.get<ItemRow>(keys.item(sku));
  if (item === undefined) return undefined;
  const locations = await Array.fromAsync(table.partition<StockRow>(partitions.sku(sku), prefixes.stock));
  const arrivals = await Promise.all(
    locations.map(({ location, incoming }) => (incoming > 0 ? supplyOf(services, sku, location) : [])),
  );
  return { item, availability: bestAvailability(locations), locations, arrivals: arrivals.flat() };
}

/** The SKUs kept at a location, by SKU, each with its level there. */
export async function listItems(
  { table }: Services,
  { location, ...page }: { location: string } & PageRequest,
): Promise<Page<StockOfItem>> {
  const { items: levels, nextCursor } = await table.list<StockRow>({
    ...page,
    index: indexes.stockByLocation,
    partitions: shardsOf('STOCK'),
    prefix: `${location}#`,
  });
  const catalogue = await table.getMany<ItemRow>(levels.map(({ sku }) => keys.item(sku)));
  const itemOf = new Map(catalogue.map((item) => [item.sku, item]));
  const items = levels.flatMap((level) => {
    const item = itemOf.get(level.sku);
    return item ? [{ item, availability: availabilityOf(level), locations: [level] }] : [];
  });
  return { items, ...(nextCursor && { nextCursor }) };
}
