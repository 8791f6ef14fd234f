import type { Stock } from '../../core/http/answers/stock.ts';
import type { ApiClient } from '../api-client.ts';
import { CatalogueRow } from '../import/catalogue.ts';
import { StockListRow } from '../import/stock.ts';

/** What a file holds: the columns that its import takes, and a row for each SKU. */
export interface Layout {
  readonly columns: readonly string[];
  rowOf(item: Stock, level: Stock['locations'][number]): Readonly<Record<string, string | number | undefined>>;
}

export const catalogueLayout: Layout = {
  columns: Object.keys(CatalogueRow.shape),
  rowOf: (item, level): Record<keyof CatalogueRow, string | number | undefined> => ({
    sku: item.sku,
    title: item.title,
    weight_grams: item.weightGrams,
    length_mm: item.dimensionsMm.length,
    width_mm: item.dimensionsMm.width,
    height_mm: item.dimensionsMm.height,
    unit_cost_minor: item.unitCostMinor,
    currency: item.currency,
    lead_time_days: item.leadTimeDays,
    backorder_policy: level.backorders.policy,
    backorder_limit: level.backorders.policy === 'allow' ? level.backorders.limit : undefined,
    reorder_point: level.reorderPoint,
    bin: level.bin,
    location: level.location,
    on_hand: level.onHand,
  }),
};

export const stockLayout: Layout = {
  // Whoever imports the list says which count it is.
  columns: Object.keys(StockListRow.omit({ reference: true }).shape),
  rowOf: ({ sku }, { location, onHand }): Record<keyof Omit<StockListRow, 'reference'>, string | number> => ({
    sku,
    location,
    on_hand: onHand,
  }),
};

/** The rows of a location by SKU, read page by page. */
export async function* exportRows(api: ApiClient, location: string, { rowOf }: Layout) {
  for await (const item of api.items(location)) {
    for (const level of item.locations) yield rowOf(item, level);
  }
}
