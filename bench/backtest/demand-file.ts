import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { DemandHistory } from '../../core/forecast/methods.ts';
import { UsageError } from '../command-line.ts';

const Units = z
  .string()
  .trim()
  .transform((cell) => (cell === '' ? null : Number(cell)))
  .refine((units) => units === null || (Number.isFinite(units) && units >= 0), 'expected units, 0 or more');

/**
 * Reads demand from a CSV file: a header, then a row for each item, its name first and then its units period by period. Empty cells are periods that are not known;
 * before an item was sold, and after, there are none.
 *
 * @throws UsageError for a file that cannot be read, naming the line
 */
export async function readDemand(path: string): Promise<DemandHistory[]> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new UsageError(`${path} cannot be read: ${error.message}`);
  });
  let rows: string[][];
  try {
    rows = parse(text, { bom: true, from_line: 2, skip_empty_lines: true });
  } catch (error) {
    throw new UsageError(`${path} is no CSV file: ${(error as Error).message}`);
  }
  if (rows.length === 0) throw new UsageError(`${path} has no rows: expected a header and a row for each item`);
  return rows.map(([, ...cells], i) => {
    const units = z.array(Units).safeParse(cells);
    if (units.success) return withoutEdges(units.data);
    throw new UsageError(`${path}, line ${i + 2}: ${units.error.issues[0]?.message}`);
  });
}

function withoutEdges(history: DemandHistory): DemandHistory {
  const first = history.findIndex((units) => units !== null);
  const last = history.findLastIndex((units) => units !== null);
  return first < 0 ? [] : history.slice(first, last + 1);
}
