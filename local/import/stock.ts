import { z } from 'zod';
import { forEachConcurrently } from '../../core/platform/concurrently.ts';
import { fingerprintOf } from '../../core/platform/idempotency.ts';
import { CountStock, ReceiveStock, Sku } from '../../core/stock/schema.ts';
import type { ApiClient } from '../api-client.ts';
import { ApiProblem } from '../api-errors.ts';
import { requiredColumns, wholeNumber } from './cells.ts';
import { type CsvFile, expectColumns } from './csv.ts';
import { eachOnce } from './each-once.ts';
import type { ImportReport } from './report.ts';

const REQUESTS_AT_ONCE = 8;

/** A row of a stock list; its columns are described in samples/README.md. */
export const StockListRow = z.object({
  sku: Sku,
  location: CountStock.shape.location,
  on_hand: wholeNumber.pipe(CountStock.shape.counted),
  reference: ReceiveStock.shape.reference,
});
export type StockListRow = z.infer<typeof StockListRow>;

interface Counted extends StockListRow {
  readonly file: string;
  readonly line: number;
}

export async function readStockList(csv: CsvFile, report: ImportReport): Promise<Counted[]> {
  expectColumns(csv, requiredColumns(StockListRow));
  const counted: Counted[] = [];
  for await (const { line, row } of eachOnce(csv, StockListRow, report)) counted.push({ file: csv.name, line, ...row });
  return counted;
}

/**
 * Takes a stock list as a count of each of its rows. What a row says is its name: for seven days, as long as the API remembers an
 * idempotency key, it counts once, so that a list whose import was cut off can be imported again though units have moved since.
 */
export async function countStockList(api: ApiClient, rows: readonly Counted[], report: ImportReport): Promise<void> {
  const startedAt = new Date().toISOString();
  await forEachConcurrently(rows, REQUESTS_AT_ONCE, async ({ file, line, ...row }) => {
    const { sku, location, on_hand: counted, reference } = row;
    const reason = reference ? `stock list, ${reference}` : 'stock list';
    try {
      const { countedAt } = await api.countStock(
        sku,
        { counted, location, reason },
        `stock-list-${fingerprintOf(row)}`,
      );
      if (countedAt < startedAt) report.known++;
      else report.taken++;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      report.skip({ file, line, reason: error.message });
    }
  });
}
