import type { z } from 'zod';
import { readRow } from './cells.ts';
import type { CsvFile } from './csv.ts';
import type { ImportReport } from './report.ts';

/** The rows that can be read, of each SKU at a location the first; others are reported and left out. */
export async function* eachOnce<Row extends z.ZodObject>(
  csv: CsvFile,
  schema: Row & z.ZodType<{ sku: string; location: string }>,
  report: ImportReport,
): AsyncGenerator<{ line: number; row: z.infer<Row> }> {
  const lineOf = new Map<string, number>();
  for await (const { line, cells } of csv.rows(report)) {
    const row = readRow(schema, csv, { line, cells }, report);
    if (!row) continue;
    const place = `${row.sku} at ${row.location}`;
    const before = lineOf.get(place);
    if (before === undefined) {
      lineOf.set(place, line);
      yield { line, row };
    } else {
      const found = `${place} on line ${before}, too`;
      report.skip({ file: csv.name, line, reason: 'sku: expected each once', found });
    }
  }
}
