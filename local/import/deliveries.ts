import { z } from 'zod';
import { forEachConcurrently } from '../../core/platform/concurrently.ts';
import { fingerprintOf } from '../../core/platform/idempotency.ts';
import { ReceiveStock, Sku } from '../../core/stock/schema.ts';
import type { ApiClient } from '../api-client.ts';
import { ApiProblem } from '../api-errors.ts';
import { readRow, requiredColumns, wholeNumber } from './cells.ts';
import { type CsvFile, expectColumns } from './csv.ts';
import type { Delivery } from './entries.ts';
import type { ImportReport } from './report.ts';

const REQUESTS_AT_ONCE = 8;

const { quantity, location, reference } = ReceiveStock.shape;

/** A row of deliveries; its columns are described in samples/README.md. */
const DeliveryRow = z.object({
  after_order: wholeNumber.pipe(z.int().min(0)).optional(),
  sku: Sku,
  location,
  quantity: wholeNumber.pipe(quantity),
  reference,
});

export async function readDeliveries(csv: CsvFile, report: ImportReport): Promise<Delivery[]> {
  expectColumns(csv, requiredColumns(DeliveryRow));
  const deliveries: Delivery[] = [];
  for await (const { line, cells } of csv.rows(report)) {
    const row = readRow(DeliveryRow, csv, { line, cells }, report);
    if (!row) continue;
    const { after_order: afterOrder = 0, ...rest } = row;
    deliveries.push({ file: csv.name, line, afterOrder, ...rest });
  }
  return deliveries;
}

/**
 * Receives deliveries. A delivery is known by what its row says, and by which of several equal rows it is: for seven days, as long as
 * the API remembers an idempotency key, the same file can be imported again without receiving anything twice. One whose reference is
 * among `inbound` is received as a part of that inbound shipment.
 */
export async function receiveDeliveries(
  api: ApiClient,
  deliveries: readonly Delivery[],
  report: ImportReport,
  inbound: ReadonlySet<string> = new Set(),
): Promise<void> {
  const keyed = withKeys(deliveries);
  await forEachConcurrently(keyed, REQUESTS_AT_ONCE, async ({ delivery, key }) => {
    const { file, line, sku, location, quantity, reference } = delivery;
    try {
      if (reference && inbound.has(reference)) {
        await api.receiveInbound(reference, { lines: [{ sku, quantity }] }, key);
      } else {
        await api.receiveStock(sku, { quantity, location, ...(reference && { reference }) }, key);
      }
      report.taken++;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      report.skip({ file, line, reason: error.message });
    }
  });
}

function withKeys(deliveries: readonly Delivery[]): { delivery: Delivery; key: string }[] {
  const equals = new Map<string, number>();
  return deliveries.map((delivery) => {
    const { file: _file, line: _line, ...said } = delivery;
    const print = fingerprintOf(said);
    const nth = (equals.get(print) ?? 0) + 1;
    equals.set(print, nth);
    return { delivery, key: `delivery-${print}-${nth}` };
  });
}
