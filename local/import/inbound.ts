import { z } from 'zod';
import { InboundShipmentId, MoveInbound } from '../../core/inbound/schema.ts';
import { Location, Quantity, Sku } from '../../core/stock/schema.ts';
import type { ApiClient } from '../api-client.ts';
import { ApiProblem } from '../api-errors.ts';
import { readRow, requiredColumns, wholeNumber } from './cells.ts';
import { type CsvFile, expectColumns } from './csv.ts';
import type { AnnouncedLine, InboundMove } from './entries.ts';
import type { ImportReport } from './report.ts';

const DAY_MS = 24 * 3600 * 1000;

const afterOrder = wholeNumber.pipe(z.int().min(0));
const expectedInDays = wholeNumber.pipe(z.int().min(0).max(730));

/** A row of what suppliers announce; its columns are described in samples/README.md. */
const AnnouncedRow = z.object({
  after_order: afterOrder,
  inbound_shipment_id: InboundShipmentId,
  expected_in_days: expectedInDays,
  sku: Sku,
  location: Location.default('main'),
  quantity: wholeNumber.pipe(Quantity),
});

const MoveRow = z.object({
  after_order: afterOrder,
  inbound_shipment_id: InboundShipmentId,
  expected_in_days: expectedInDays,
  reason: MoveInbound.shape.reason,
});

export async function readAnnouncements(csv: CsvFile, report: ImportReport): Promise<AnnouncedLine[]> {
  expectColumns(csv, requiredColumns(AnnouncedRow));
  const lines: AnnouncedLine[] = [];
  for await (const { line, cells } of csv.rows(report)) {
    const row = readRow(AnnouncedRow, csv, { line, cells }, report);
    if (!row) continue;
    const { after_order, inbound_shipment_id: inboundShipmentId, expected_in_days, ...rest } = row;
    const when = { afterOrder: after_order, expectedInDays: expected_in_days };
    lines.push({ file: csv.name, line, inboundShipmentId, ...when, ...rest });
  }
  return lines;
}

export async function readMoves(csv: CsvFile, report: ImportReport): Promise<InboundMove[]> {
  expectColumns(csv, requiredColumns(MoveRow));
  const moves: InboundMove[] = [];
  for await (const { line, cells } of csv.rows(report)) {
    const row = readRow(MoveRow, csv, { line, cells }, report);
    if (!row) continue;
    const { after_order, inbound_shipment_id: inboundShipmentId, expected_in_days, reason } = row;
    const when = { afterOrder: after_order, expectedInDays: expected_in_days };
    moves.push({ file: csv.name, line, inboundShipmentId, ...when, reason });
  }
  return moves;
}

/** Announces inbound shipments: rows of one id are lines of one shipment. Days are counted from `now`. */
export async function announceAll(
  api: ApiClient,
  lines: readonly AnnouncedLine[],
  now: Date,
  report: ImportReport,
): Promise<void> {
  for (const [inboundShipmentId, rows] of Map.groupBy(lines, (row) => row.inboundShipmentId)) {
    const [first] = rows;
    if (!first) continue;
    const { file, line, location, expectedInDays } = first;
    const units = rows.map(({ sku, quantity }) => ({ sku, quantity }));
    const expectedAt = inDays(now, expectedInDays);
    await unlessRefused({ file, line }, rows.length, report, () =>
      api.announceInbound({ inboundShipmentId, location, expectedAt, lines: units }),
    );
  }
}

/** Moves inbound shipments to other dates. */
export async function moveAll(
  api: ApiClient,
  moves: readonly InboundMove[],
  now: Date,
  report: ImportReport,
): Promise<void> {
  for (const { file, line, inboundShipmentId, expectedInDays, reason } of moves) {
    const move = { expectedAt: inDays(now, expectedInDays), reason };
    await unlessRefused({ file, line }, 1, report, () => api.moveInbound(inboundShipmentId, move));
  }
}

function inDays(now: Date, days: number): string {
  return new Date(now.getTime() + days * DAY_MS).toISOString();
}

async function unlessRefused(
  where: { file: string; line: number },
  rows: number,
  report: ImportReport,
  send: () => Promise<unknown>,
): Promise<void> {
  try {
    await send();
    report.taken += rows;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    report.skip({ ...where, reason: error.message });
  }
}
