import type { Services } from '../platform/services.ts';
import type { Key } from '../platform/table/keys.ts';
import type { Table } from '../platform/table/table.ts';
import { Books } from './books.ts';
import { checkDates } from './check-dates.ts';
import { checkLevel, checkOrder, checkUnbooked, type Violation } from './checks.ts';

/** The stream computes dates in an instant; what it has lost, the sweeper computes some minutes later. */
const DATES_SETTLE_MS = 10 * 60_000;

export interface AuditReport {
  readonly rows: number;
  readonly levels: number;
  readonly orders: number;
  readonly violations: readonly Violation[];
  /** Suspects that changed while the audit read: nothing is said of them. */
  readonly notJudged: number;
}

/**
 * Reads the whole table, page by page, adds it up and reports where the promises do not hold. The books are kept in memory: some two
 * kilobytes an order. A table in use may be audited: whatever changes meanwhile is not judged.
 */
export async function audit(
  { table, now }: Pick<Services, 'now'> & { readonly table: Pick<Table, 'scan' | 'get'> },
  onProgress: (rows: number) => void = () => {},
): Promise<AuditReport> {
  const startedAt = now().toISOString();
  const books = new Books();
  for await (const row of table.scan<Key>()) {
    books.add(row);
    if (books.rows % 10_000 === 0) onProgress(books.rows);
  }
  const suspects = [
    ...[...books.levels].flatMap(([subject, level]) => checkLevel(subject, level)),
    ...books.unbooked.map(checkUnbooked),
    ...[...books.orders].flatMap(([orderId, order]) => checkOrder(orderId, order)),
    ...checkDates(books, new Date(now().getTime() - DATES_SETTLE_MS).toISOString()),
  ];
  const violations: Violation[] = [];
  for (const suspect of suspects) {
    const row = await table.get<{ changedAt?: string }>(suspect.row);
    if ((row?.changedAt ?? '') <= startedAt) violations.push(suspect);
  }
  return {
    rows: books.rows,
    levels: books.levels.size,
    orders: books.orders.size,
    violations,
    notJudged: suspects.length - violations.length,
  };
}
