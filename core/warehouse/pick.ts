import type { Happening } from '../orders/happenings.ts';
import { lineOf, linesOf, pathOf, type ShipmentLine, type ShipmentRow, shipmentKey } from '../orders/shipments.ts';
import { moveShipment } from '../orders/transition.ts';
import { type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import { invalid, type Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { type Decision, Seen } from '../platform/table/decide.ts';
import { atLeast } from '../platform/table/expressions.ts';
import type { Update, Write } from '../platform/table/writes.ts';
import { LINES_PER_TRANSACTION } from '../reservations/release.ts';
import { changeLevel } from '../stock/levels.ts';
import { enqueue } from '../stock/queue.ts';
import { type Confirmation, noSuchShipment, outOfStep } from './confirm.ts';
import type { ConfirmPick } from './schema.ts';

/**
 * The warehouse says what it found. All of it: the shipment goes on to be packed. Less: the missing units are written off, the bin is
 * marked for a count, and the line waits again, at its old place in the queue.
 *
 * A shipment that was picked short comes back to be picked, so only the request's key can tell a late repeat from a second short pick.
 */
export async function confirmPick(
  services: Services,
  shipmentId: string,
  { lines }: ConfirmPick,
  request?: IdempotentRequest,
): Promise<Confirmation | Refusal> {
  const key = shipmentKey(shipmentId);
  const { answered, recall, remember } = idempotency<Confirmation>(services, request);
  const seen = await recall(new Seen().set(key, await services.table.get(key)));
  const pickedOf = new Map(lines.map(({ sku, picked }) => [sku, picked]));
  return services.table.decide<Confirmation | Refusal>((seen) => {
    const first = answered(seen);
    if (first) return { answer: first };
    const row = seen.get<ShipmentRow>(key);
    if (!row) return { answer: noSuchShipment(shipmentId) };
    if (row.status !== 'picking') return { answer: outOfStep(row, 'pick', isWhole(row, pickedOf)) };
    const mistake = mistakeIn(row, lines, pickedOf);
    if (mistake) return { answer: mistake };
    const missing = linesOf(row)
      .map((line) => ({ line, units: line.allocated - (pickedOf.get(line.sku) ?? 0) }))
      .filter(({ units }) => units > 0);
    const { answer, writes = [] } =
      missing.length === 0 ? goOn(services, seen, row) : waitAgain(services, seen, row, missing);
    return { answer, writes: [...remember(answer), ...writes] };
  }, seen);
}

function isWhole(row: ShipmentRow, pickedOf: ReadonlyMap<string, number>): boolean {
  return linesOf(row).every(({ sku, allocated, shipped }) => (pickedOf.get(sku) ?? 0) === allocated + shipped);
}

function mistakeIn(
  row: ShipmentRow,
  lines: ConfirmPick['lines'],
  pickedOf: ReadonlyMap<string, number>,
): Refusal | undefined {
  for (const [i, { sku, picked }] of lines.entries()) {
    const line = lineOf(row, sku);
    if (!line) return invalid('not-in-shipment', `${sku} is not in ${row.shipmentId}`, `lines[${i}].sku`);
    if (picked > line.allocated) {
      const detail = `expected at most the ${line.allocated} units of ${sku} that were asked for, found ${picked}`;
      return invalid('picked-too-many', detail, `lines[${i}].picked`);
    }
  }
  const unnamed = linesOf(row).find(({ sku, allocated }) => allocated > 0 && !pickedOf.has(sku));
  return unnamed && invalid('line-missing', `expected every line of the shipment; ${unnamed.sku} is missing`, 'lines');
}

function goOn(services: Services, seen: Seen, row: ShipmentRow): Required<Decision<Confirmation>> {
  const picked = { type: 'packing' as const, detail: 'All units are picked.', facts: {} };
  const { row: change, order, event } = moveShipment(services, seen, row, 'packing', picked);
  return { answer: { shipmentId: row.shipmentId, status: 'packing' }, writes: [change, order, event] };
}

interface MissingUnits {
  readonly line: ShipmentLine;
  readonly units: number;
}

/** More lines than a transaction holds: the others are found short when the shipment is picked again. */
function waitAgain(
  services: Services,
  seen: Seen,
  row: ShipmentRow,
  missing: readonly MissingUnits[],
): Required<Decision<Confirmation>> {
  const writtenOff = missing.slice(0, LINES_PER_TRANSACTION);
  const { row: change, order, event } = moveShipment(services, seen, row, 'backordered', said(writtenOff));
  change.set('linesWaiting', writtenOff.length).remove('promise');
  const stock = writtenOff.flatMap((short) => writeOff(services, row, short, change));
  return { answer: { shipmentId: row.shipmentId, status: 'backordered' }, writes: [change, order, event, ...stock] };
}

function writeOff(services: Services, row: ShipmentRow, { line, units }: MissingUnits, change: Update): Write[] {
  const { sku, allocated } = line;
  change.set(pathOf(line), { ...line, allocated: allocated - units, waiting: units });
  const [level, movement] = changeLevel(
    services,
    { sku, location: row.location },
    { allocated: -units, backordered: units },
    { type: 'write-off', shipmentId: row.shipmentId, reason: 'short pick' },
    [atLeast('allocated', units)],
  );
  level.set('countRequestedAt', services.now().toISOString());
  return [level, movement, enqueue(row, sku, units)];
}

function said(missing: readonly MissingUnits[]): Happening {
  const waiting = missing.map(({ line, units }) => ({ sku: line.sku, quantity: units }));
  const named = missing.map(({ line, units }) => `${units} of ${line.sku}`).join(', ');
  return { type: 'backordered', detail: `The bin held less than promised: waits for ${named}.`, facts: { waiting } };
}
