import { lineOf, pathOf, type ShipmentLine, type ShipmentRow, shipmentKey } from '../orders/shipments.ts';
import { isFulfilled, type ShipmentStatus } from '../orders/statuses.ts';
import { changeShipment, say } from '../orders/transition.ts';
import { type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import { conflict, invalid, type Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { type Decision, Seen } from '../platform/table/decide.ts';
import { changeLevel } from '../stock/levels.ts';
import { noSuchShipment } from './confirm.ts';
import type { ReturnUnits } from './schema.ts';

export interface UnitsReturned {
  readonly shipmentId: string;
  readonly status: ShipmentStatus;
  /** Units that are free to promise again, and those that are not. */
  readonly unitsSellable: number;
  readonly unitsNotSellable: number;
}

/**
 * Units of a shipment come back. Those that can be sold are free to promise, and serve whoever waits; those that cannot are noted in the
 * ledger, and change no level. No more come back than have left.
 */
export async function returnUnits(
  services: Services,
  shipmentId: string,
  request: ReturnUnits,
  idempotent?: IdempotentRequest,
): Promise<UnitsReturned | Refusal> {
  const { answered, recall, remember } = idempotency<UnitsReturned>(services, idempotent);
  const key = shipmentKey(shipmentId);
  const seen = await recall(new Seen().set(key, await services.table.get(key)));
  return services.table.decide<UnitsReturned | Refusal>((seen) => {
    const first = answered(seen);
    if (first) return { answer: first };
    const row = seen.get<ShipmentRow>(key);
    if (!row) return { answer: noSuchShipment(shipmentId) };
    const mistake = mistakeIn(row, request);
    if (mistake) return { answer: mistake };
    const { answer, writes } = takeBack(services, row, request);
    return { answer, writes: [...remember(answer), ...writes] };
  }, seen);
}

/** What is left of a line to come back. */
function outOf({ shipped, returned = 0 }: ShipmentLine): number {
  return shipped - returned;
}

function mistakeIn(row: ShipmentRow, { lines }: ReturnUnits): Refusal | undefined {
  const { shipmentId, status } = row;
  if (!isFulfilled(status)) {
    return conflict('out-of-step', `${shipmentId} is ${status}; units come back once it has left`);
  }
  const sums = new Map<string, number>();
  for (const [i, { sku, quantity }] of lines.entries()) {
    const line = lineOf(row, sku);
    if (!line) return invalid('not-in-shipment', `${sku} is not in ${shipmentId}`, `lines[${i}].sku`);
    const sum = (sums.get(sku) ?? 0) + quantity;
    sums.set(sku, sum);
    if (sum > outOf(line)) {
      const detail = `expected at most the ${outOf(line)} units of ${sku} that have left and not come back, found ${sum}`;
      return invalid('returned-too-many', detail, `lines[${i}].quantity`);
    }
  }
  return undefined;
}

function takeBack(
  services: Services,
  row: ShipmentRow,
  { lines, reason }: ReturnUnits,
): Required<Decision<UnitsReturned>> {
  const change = changeShipment(services, row);
  const units = (ofThem: ReturnUnits['lines'], sellable: boolean) =>
    ofThem.reduce((sum, line) => sum + (line.sellable === sellable ? line.quantity : 0), 0);
  const levels = [...Map.groupBy(lines, ({ sku }) => sku)].flatMap(([sku, ofSku]) => {
    const line = lineOf(row, sku);
    if (!line) throw new Error(`${sku} is not in ${row.shipmentId}`);
    const sellable = units(ofSku, true);
    const notSellable = units(ofSku, false);
    change.set([...pathOf(line), 'returned'], (line.returned ?? 0) + sellable + notSellable);
    const why = [...(notSellable > 0 ? [`${notSellable} not sellable`] : []), ...(reason ? [reason] : [])].join(': ');
    const cause = { type: 'return' as const, shipmentId: row.shipmentId, ...(why && { reason: why }) };
    return changeLevel(services, { sku, location: row.location }, { available: sellable }, cause);
  });
  const { shipmentId, status } = row;
  const named = lines.map(({ sku, quantity, sellable }) => `${quantity} of ${sku}${sellable ? '' : ' (not sellable)'}`);
  const event = say(services, shipmentId, {
    type: 'returned',
    detail: `Came back: ${named.join(', ')}.`,
    facts: { lines },
  });
  const answer = {
    shipmentId,
    status,
    unitsSellable: units(lines, true),
    unitsNotSellable: units(lines, false),
  };
  return { answer, writes: [change, event, ...levels] };
}
