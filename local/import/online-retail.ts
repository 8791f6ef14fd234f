import { z } from 'zod';
import { OrderId } from '../../core/orders/schema.ts';
import { Quantity, Sku } from '../../core/stock/schema.ts';
import { readRow, shown, wholeNumber } from './cells.ts';
import { countryCode } from './countries.ts';
import { type CsvFile, type CsvRow, groupRows } from './csv.ts';
import type { ReadOrder } from './entries.ts';
import type { ImportReport } from './report.ts';

/**
 * The layout of the Online Retail data set (Chen, UCI Machine Learning Repository, 2015): a row for each line of an invoice.
 * `ONLINE_RETAIL_MAPPING` says in words what becomes of it.
 */
const InvoiceRow = z.object({
  invoice: OrderId,
  placed_at: z.string().optional(),
  customer_id: z.string().optional(),
  country: z.string(),
  sku: Sku,
  description: z.string(),
  quantity: wholeNumber.pipe(Quantity),
  unit_price_gbp: z.coerce.number().min(0).optional(),
});
export type InvoiceRow = z.infer<typeof InvoiceRow>;

const COLUMNS = Object.keys(InvoiceRow.shape);

/** Codes under which the shop booked what is no goods: postage, carriage, manual entries, bank and marketplace fees, discounts, ... */
const NO_GOODS = new Set(['POST', 'DOT', 'C2', 'M', 'D', 'S', 'B', 'CRUK', 'AMAZONFEE', 'BANK CHARGES']);
const CANCELLATION = /^c/i;

const NOT_GIVEN = 'not given';

export const ONLINE_RETAIL_MAPPING = `\
The Online Retail layout is known by its header:
  ${COLUMNS.join(',')}
  invoice         the order's id; its rows are the lines of one order, and rows
                  of one SKU add up
  placed_at       not used: an order is placed when it arrives here
  customer_id     the customer; a placeholder where it is empty, and for name,
                  e-mail and address, which the layout does not have
  country         where to ship to, from its English name
  sku, quantity   the line; customers take what is there and wait for the rest
  description     the title of the item, where a catalogue is guessed
  unit_price_gbp  twice the unit cost, where a catalogue is guessed
Left out and reported, while the rest of the invoice goes on: cancellations
(invoices that begin with C, quantities below 1), lines that are no goods
(${[...NO_GOODS].join(', ')}),
lines without a description, SKUs that are none, unknown countries.`;

export function isOnlineRetail({ columns }: CsvFile): boolean {
  return COLUMNS.every((column) => columns.includes(column));
}

/** The orders of the invoices: one each, of the lines that can be sent. */
export async function* readInvoices(csv: CsvFile, report: ImportReport): AsyncGenerator<ReadOrder> {
  for await (const { rows, lines } of readGoods(csv, report)) {
    const [first] = lines;
    if (!first) continue;
    const country = countryCode(first.country);
    const [line = 0, lastLine = line] = [rows[0]?.line, rows.at(-1)?.line];
    if (country === undefined) {
      const reason = 'country: expected the English name of a country';
      report.skip({ file: csv.name, line, lastLine, reason, found: shown(first.country) });
      continue;
    }
    if (first.customer_id === undefined) {
      report.note({ file: csv.name, line, lastLine, reason: 'no customer_id: ordered by a placeholder' });
    }
    yield { file: csv.name, line, lastLine, order: orderOf(first, country, lines) };
  }
}

/** The rows of each invoice, and what can be sent of it. */
export async function* readGoods(
  csv: CsvFile,
  report: ImportReport,
): AsyncGenerator<{ rows: readonly CsvRow[]; lines: readonly InvoiceRow[] }> {
  for await (const rows of groupRows(csv, 'invoice', report)) {
    const lines = rows.flatMap((row) =>
      isGoods(csv, row, report) ? (readRow(InvoiceRow, csv, row, report) ?? []) : [],
    );
    yield { rows, lines };
  }
}

function isGoods({ name: file }: CsvFile, { line, cells }: CsvRow, report: ImportReport): boolean {
  const { invoice = '', sku = '' } = cells;
  if (CANCELLATION.test(invoice)) {
    report.skip({ file, line, reason: 'a cancellation, which is no order', found: shown(invoice) });
    return false;
  }
  if (NO_GOODS.has(sku.toUpperCase())) {
    report.skip({ file, line, reason: 'no goods, such as postage or fees', found: shown(sku) });
    return false;
  }
  return true;
}

function orderOf(
  { invoice, customer_id: id }: InvoiceRow,
  country: string,
  lines: readonly InvoiceRow[],
): ReadOrder['order'] {
  const name = id === undefined ? 'Unknown customer' : `Customer ${id}`;
  const mailbox = id === undefined ? 'unknown' : `customer-${id.replaceAll(/[^A-Za-z0-9]/g, '')}`;
  return {
    orderId: invoice,
    customer: { name, email: `${mailbox}@example.com` },
    shipTo: { name, line1: NOT_GIVEN, city: NOT_GIVEN, postalCode: NOT_GIVEN, country },
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
    ifShort: 'split',
  };
}
