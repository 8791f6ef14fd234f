import { z } from 'zod';
import type { CsvFile, CsvRow } from './csv.ts';
import type { ImportReport } from './report.ts';

const MAX_SHOWN = 40;

/** A cell that holds a whole number, for a schema of numbers to go on with. */
export const wholeNumber = z
  .string()
  .regex(/^-?\d{1,15}$/, 'expected a whole number')
  .transform(Number);

/** The columns without which a row's schema cannot do. */
export function requiredColumns(row: z.ZodObject): string[] {
  return Object.entries(row.shape)
    .filter(([, cell]) => !z.safeParse(cell, undefined).success)
    .map(([column]) => column);
}

/** A row as its schema reads it; nothing where it cannot be read, which the report then knows. */
export function readRow<Row extends z.ZodObject>(
  schema: Row,
  { name: file }: CsvFile,
  { line, cells }: CsvRow,
  report: ImportReport,
): z.infer<Row> | undefined {
  const row = schema.safeParse(cells, { error: expectation });
  if (row.success) return row.data;
  const [issue] = row.error.issues;
  const column = String(issue?.path[0] ?? '');
  report.skip({ file, line, reason: `${column}: ${issue?.message}`, found: shown(cells[column]) });
  return undefined;
}

/** A cell as a message may hold it: short, and on one line whatever is in it. */
export function shown(cell: string | undefined): string {
  if (cell === undefined) return 'nothing';
  if (/^[\w.-]{1,40}$/.test(cell)) return cell;
  return JSON.stringify(cell.length > MAX_SHOWN ? `${cell.slice(0, MAX_SHOWN)}...` : cell);
}

/** What a cell should have held, where its schema has no words of its own. */
function expectation(issue: z.core.$ZodRawIssue): string | undefined {
  const unit = 'origin' in issue && issue.origin === 'string' ? ' characters' : '';
  switch (issue.code) {
    case 'too_small':
      return unit && issue.minimum === 1 ? 'expected a text' : `expected at least ${issue.minimum}${unit}`;
    case 'too_big':
      return `expected at most ${issue.maximum}${unit}`;
    case 'invalid_value':
      return `expected ${issue.values.join(' or ')}`;
    case 'invalid_type':
      return issue.input === undefined ? 'expected a value' : `expected ${issue.expected}`;
    default:
      return undefined;
  }
}
