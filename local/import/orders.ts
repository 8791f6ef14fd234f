import { z } from 'zod';
import { Address, Customer, IfShort, MAX_WAIT_DAYS, OrderId, Priority } from '../../core/orders/schema.ts';
import { forEachConcurrently } from '../../core/platform/concurrently.ts';
import { Quantity, Sku } from '../../core/stock/schema.ts';
import type { ApiClient } from '../api-client.ts';
import { ApiProblem } from '../api-errors.ts';
import { readRow, requiredColumns, shown, wholeNumber } from './cells.ts';
import { type CsvFile, type CsvRow, expectColumns, groupRows } from './csv.ts';
import type { ReadOrder } from './entries.ts';
import { isOnlineRetail, readInvoices } from './online-retail.ts';
import type { ImportReport } from './report.ts';

/** Few enough that orders are placed in the order of the file, but for those that are under way together. */
const REQUESTS_AT_ONCE = 4;

/** What is said of the order as a whole, on each of its rows. */
const orderCells = {
  order_id: OrderId,
  customer_name: Customer.shape.name,
  customer_email: Customer.shape.email,
  country: Address.shape.country,
  city: Address.shape.city,
  postal_code: Address.shape.postalCode,
  line1: Address.shape.line1,
  if_short: IfShort.optional(),
  priority: wholeNumber.pipe(Priority).optional(),
  wait_days: wholeNumber.pipe(z.int().min(1).max(MAX_WAIT_DAYS)).optional(),
};

/** A row of an order book in Fillrate's own layout; its columns are described in samples/README.md. */
const OrderRow = z.object({ ...orderCells, sku: Sku, quantity: wholeNumber.pipe(Quantity) });
type OrderRow = z.infer<typeof OrderRow>;

/** The orders of a file, in its order, in Fillrate's own layout or in that of Online Retail. */
export function readOrders(csv: CsvFile, report: ImportReport): AsyncGenerator<ReadOrder> {
  return isOnlineRetail(csv) ? readInvoices(csv, report) : readOwnLayout(csv, report);
}

/** Places orders in their order. An order that has been placed before, by an earlier import, stays as it is. */
export async function placeOrders(
  api: ApiClient,
  orders: Iterable<ReadOrder> | AsyncIterable<ReadOrder>,
  report: ImportReport,
  onPlaced: (orderId: string) => void = () => {},
): Promise<void> {
  await forEachConcurrently(orders, REQUESTS_AT_ONCE, async ({ order, ...where }) => {
    try {
      const { orderId } = await api.placeOrder(order);
      report.taken++;
      onPlaced(orderId);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      report.skip({ ...where, reason: error.message });
    }
  });
}

async function* readOwnLayout(csv: CsvFile, report: ImportReport): AsyncGenerator<ReadOrder> {
  expectColumns(csv, requiredColumns(OrderRow));
  for await (const rows of groupRows(csv, 'order_id', report)) {
    const read = readTogether(csv, rows, report);
    const [first] = read;
    if (!first) continue;
    const [line = 0] = rows.map((row) => row.line);
    const lastLine = rows.at(-1)?.line ?? line;
    yield { file: csv.name, line, lastLine, order: orderOf(first, read) };
  }
}

/** All rows of an order, or none: half an order is not what the customer ordered. */
function readTogether(csv: CsvFile, rows: readonly CsvRow[], report: ImportReport): OrderRow[] {
  const file = csv.name;
  const whole: CsvRow[] = [];
  const read = rows.flatMap((row) => {
    const differing = Object.keys(orderCells).find((column) => row.cells[column] !== rows[0]?.cells[column]);
    if (differing !== undefined) {
      const reason = `${differing}: expected the same on all rows of an order`;
      report.skip({ file, line: row.line, reason, found: shown(row.cells[differing]) });
      return [];
    }
    const cells = readRow(OrderRow, csv, row, report);
    if (!cells) return [];
    whole.push(row);
    return cells;
  });
  if (read.length === rows.length) return read;
  for (const { line } of whole) {
    report.skip({ file, line, reason: 'left out with its order, of which another row cannot be taken' });
  }
  return [];
}

function orderOf(first: OrderRow, rows: readonly OrderRow[]): ReadOrder['order'] {
  const { if_short: ifShort, priority, wait_days: waitDays } = first;
  return {
    orderId: first.order_id,
    customer: { name: first.customer_name, email: first.customer_email },
    shipTo: {
      name: first.customer_name,
      line1: first.line1,
      city: first.city,
      postalCode: first.postal_code,
      country: first.country,
    },
    lines: rows.map(({ sku, quantity }) => ({ sku, quantity })),
    ...(ifShort && { ifShort }),
    ...(priority !== undefined && { priority }),
    ...(waitDays !== undefined && { waitDays }),
  };
}
