import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { CsvError, parse } from 'csv-parse';
import { ImportError, type ImportReport } from './report.ts';

/** How a cell begins that a spreadsheet would take for a formula, in the writing of East Asia, too; or that is guarded already. */
const FORMULA = /^'*[=+\-@\uff1d\uff0b\uff0d\uff20]/;

/** Keeps a spreadsheet from running what somebody has called a thing. */
export function withGuard(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

function withoutGuard(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}

/** A row by the names of its columns, and the line of the file on which it ends. Empty cells are left out. */
export interface CsvRow {
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

export interface CsvFile {
  /** As the person who gave it would say it. */
  readonly name: string;
  readonly columns: readonly string[];
  /** Reads the file from its beginning; rows that cannot be read are reported and left out. */
  rows(report: ImportReport): AsyncGenerator<CsvRow>;
}

/**
 * Opens a CSV file (RFC 4180) with a header row, in UTF-8, with or without a byte order mark, with line ends of any kind.
 *
 * @throws ImportError for a file that is not there, is not text, or has no header.
 */
export async function openCsv(path: string): Promise<CsvFile> {
  const name = relative(process.cwd(), path) || path;
  const text = await readText(path, name);
  const [header] = await Array.fromAsync(records(text, name, 1));
  const columns = header?.record.map((column) => column.trim()) ?? [];
  if (columns.length === 0) throw new ImportError(`${name} is empty: expected a header row`);
  const twice = columns.find((column, i) => columns.indexOf(column) !== i);
  if (twice !== undefined) throw new ImportError(`${name} has two columns named "${twice}"`);
  return { name, columns, rows: (report) => rowsOf(text, name, columns, report) };
}

/** @throws ImportError that names what is missing. */
export function expectColumns({ name, columns }: CsvFile, wanted: readonly string[]): void {
  const missing = wanted.filter((column) => !columns.includes(column)).map((column) => `"${column}"`);
  if (missing.length === 0) return;
  const which = missing.length === 1 ? `the column ${missing[0]} is` : `the columns ${missing.join(', ')} are`;
  throw new ImportError(`${name}: ${which} missing; its header is: ${columns.join(',')}`);
}

/** The rows that stand together with the same cell in a column. Rows that come back to a cell later are reported and left out. */
export async function* groupRows(csv: CsvFile, column: string, report: ImportReport): AsyncGenerator<CsvRow[]> {
  const seen = new Set<string | undefined>();
  let group: CsvRow[] = [];
  let current: string | undefined;
  for await (const row of csv.rows(report)) {
    const cell = row.cells[column];
    if (group.length > 0 && cell === current) {
      group.push(row);
    } else if (seen.has(cell)) {
      const reason = `${column}: expected its rows to stand together`;
      report.skip({ file: csv.name, line: row.line, reason, found: `more of ${cell}` });
    } else {
      if (group.length > 0) yield group;
      seen.add(cell);
      group = [row];
      current = cell;
    }
  }
  if (group.length > 0) yield group;
}

async function readText(path: string, name: string): Promise<string> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'there is no such file' : error.message;
    throw new ImportError(`${name} cannot be read: ${why}`, { cause: error });
  });
  try {
    // The parser counts a line end of two characters within quotes as two lines.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll(/\r\n?/g, '\n');
  } catch (cause) {
    throw new ImportError(`${name} is not UTF-8: save it with this encoding`, { cause });
  }
}

async function* rowsOf(
  text: string,
  name: string,
  columns: readonly string[],
  report: ImportReport,
): AsyncGenerator<CsvRow> {
  let isHeader = true;
  for await (const { record, line } of records(text, name)) {
    if (isHeader) {
      isHeader = false;
      continue;
    }
    if (record.length !== columns.length) {
      const reason = `expected ${columns.length} columns, as in the header`;
      report.skip({ file: name, line, reason, found: String(record.length) });
      continue;
    }
    const cells = columns.map((column, i) => [column, withoutGuard((record[i] ?? '').trim())] as const);
    yield { line, cells: Object.fromEntries(cells.filter(([, cell]) => cell !== '')) };
  }
}

async function* records(text: string, name: string, to?: number): AsyncGenerator<{ record: string[]; line: number }> {
  const parser = parse(text, { info: true, relax_column_count: true, skip_empty_lines: true, ...(to && { to }) });
  try {
    for await (const { record, info } of parser) yield { record, line: info.lines };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new ImportError(`${name}:${error.lines}: ${error.message}`, { cause: error });
  }
}
