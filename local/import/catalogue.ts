import { z } from 'zod';
import { forEachConcurrently } from '../../core/platform/concurrently.ts';
import { MAX_QUANTITY, PutItem, Sku } from '../../core/stock/schema.ts';
import type { ApiClient, ItemRequest } from '../api-client.ts';
import { ApiProblem } from '../api-errors.ts';
import { requiredColumns, wholeNumber } from './cells.ts';
import { type CsvFile, expectColumns } from './csv.ts';
import { deriveCatalogue } from './derive-catalogue.ts';
import { eachOnce } from './each-once.ts';
import type { CatalogueEntry } from './entries.ts';
import { isOnlineRetail } from './online-retail.ts';
import type { ImportReport } from './report.ts';

const REQUESTS_AT_ONCE = 8;

const item = PutItem.shape;
const dimension = item.dimensionsMm.shape;

/** A row of a catalogue in Fillrate's own layout; its columns are described in samples/README.md. */
export const CatalogueRow = z.object({
  sku: Sku,
  title: item.title,
  weight_grams: wholeNumber.pipe(item.weightGrams),
  length_mm: wholeNumber.pipe(dimension.length),
  width_mm: wholeNumber.pipe(dimension.width),
  height_mm: wholeNumber.pipe(dimension.height),
  unit_cost_minor: wholeNumber.pipe(item.unitCostMinor),
  currency: item.currency,
  lead_time_days: wholeNumber.pipe(item.leadTimeDays),
  backorder_policy: z.enum(['allow', 'deny']),
  backorder_limit: wholeNumber.pipe(z.int().min(0).max(MAX_QUANTITY)).optional(),
  reorder_point: wholeNumber.pipe(item.reorderPoint),
  bin: item.bin,
  location: item.location,
  on_hand: wholeNumber.pipe(z.int().min(0).max(MAX_QUANTITY)),
});
export type CatalogueRow = z.infer<typeof CatalogueRow>;

/** The entries of a catalogue, or those that can be guessed from the lines of orders in the Online Retail layout. */
export async function readCatalogue(csv: CsvFile, report: ImportReport): Promise<CatalogueEntry[]> {
  return isOnlineRetail(csv) ? deriveCatalogue(csv) : Array.fromAsync(readOwnLayout(csv, report));
}

async function* readOwnLayout(csv: CsvFile, report: ImportReport): AsyncGenerator<CatalogueEntry> {
  expectColumns(csv, requiredColumns(CatalogueRow));
  for await (const { line, row } of eachOnce(csv, CatalogueRow, report)) {
    yield { file: csv.name, line, sku: row.sku, item: itemOf(row), location: row.location, onHand: row.on_hand };
  }
}

/**
 * Puts the items and receives their opening stock, once: a SKU whose level at the location has changed before keeps it, so a file can
 * be imported again, to change what is said of the items or to finish an import that was cut off.
 */
export async function importCatalogue(
  api: ApiClient,
  entries: readonly CatalogueEntry[],
  report: ImportReport,
): Promise<void> {
  await forEachConcurrently(entries, REQUESTS_AT_ONCE, async ({ file, line, sku, item, location, onHand }) => {
    try {
      await api.putItem(sku, item);
      if (await api.hasMovements(sku, location)) {
        report.known++;
        return;
      }
      const receipt = { quantity: onHand, location, reference: 'opening stock' };
      if (onHand > 0) await api.receiveStock(sku, receipt, `opening-stock-${location}-${sku}`);
      report.taken++;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      report.skip({ file, line, reason: error.message });
    }
  });
}

function itemOf(row: CatalogueRow): ItemRequest {
  const { backorder_policy: policy, backorder_limit: limit } = row;
  return {
    title: row.title,
    weightGrams: row.weight_grams,
    dimensionsMm: { length: row.length_mm, width: row.width_mm, height: row.height_mm },
    unitCostMinor: row.unit_cost_minor,
    currency: row.currency,
    leadTimeDays: row.lead_time_days,
    // A limit says nothing of a SKU that nobody may wait for.
    backorders: policy === 'deny' ? { policy } : { policy, ...(limit !== undefined && { limit }) },
    reorderPoint: row.reorder_point,
    bin: row.bin,
    location: row.location,
  };
}
