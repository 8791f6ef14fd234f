import { expect } from 'vitest';
import type { EventRow } from '../../core/orders/order.ts';
import { linesOf, type ShipmentRow } from '../../core/orders/shipments.ts';
import type { PromisePolicy, Services } from '../../core/platform/services.ts';
import { type Key, kindOf, type RowKind } from '../../core/platform/table/keys.ts';
import type { RoundRow } from '../../core/promises/round.ts';
import type { StockRow } from '../../core/stock/levels.ts';
import type { WaitRow } from '../../core/stock/queue.ts';
import type { SupplyRow } from '../../core/stock/supply.ts';

const HOUR_MS = 3600 * 1000;

interface Rows {
  levels: StockRow[];
  waiting: WaitRow[];
  supply: SupplyRow[];
  shipments: ShipmentRow[];
  events: EventRow[];
  rounds: RoundRow[];
}

export async function readRows({ table }: Services): Promise<Rows> {
  const rows = Map.groupBy(await Array.fromAsync(table.scan<Key>()), kindOf);
  const of = <Row>(kind: RowKind) => (rows.get(kind) ?? []) as unknown as Row[];
  return {
    levels: of('stock'),
    waiting: of<WaitRow>('wait').sort((a, b) => (a.sk < b.sk ? -1 : 1)),
    supply: of<SupplyRow>('supply').sort((a, b) => (a.sk < b.sk ? -1 : 1)),
    shipments: of('shipment'),
    events: of<EventRow>('event').sort((a, b) => (a.sk < b.sk ? -1 : 1)),
    rounds: of('repromise'),
  };
}

/** Plays the future as it is expected: units come, and whoever is first in line takes them as long as they suffice. */
function expectations({ levels, waiting, supply }: Rows): Map<string, SupplyRow | null> {
  const expected = new Map<string, SupplyRow | null>();
  for (const { sku, available } of levels) {
    const queue = waiting.filter((place) => place.sku === sku);
    let free = available;
    for (const arrival of supply.filter((row) => row.sku === sku)) {
      free += arrival.quantity;
      for (let head = queue[0]; head && head.quantity <= free; head = queue[0]) {
        free -= head.quantity;
        expected.set(`${head.shipmentId} ${sku}`, arrival);
        queue.shift();
      }
    }
    for (const { shipmentId } of queue) expected.set(`${shipmentId} ${sku}`, null);
  }
  return expected;
}

const hoursBetween = (a: string, b: string) => Math.abs(Date.parse(a) - Date.parse(b)) / HOUR_MS;

/** Every date is that of the table as it is, and what customers were told of it is near enough. */
export function expectPromisesToHold(rows: Rows, { handlingHours, toleranceHours }: PromisePolicy): void {
  expect(rows.rounds).toEqual([]);
  const expected = expectations(rows);
  for (const shipment of rows.shipments.filter(({ status }) => status === 'backordered')) {
    const { shipmentId } = shipment;
    const arrivals = linesOf(shipment)
      .filter(({ waiting }) => waiting > 0)
      .map((line) => {
        const arrival = expected.get(`${shipmentId} ${line.sku}`) ?? null;
        const { expectedAt, inboundShipmentId } = arrival ?? {};
        expect(line.expected, `${shipmentId} ${line.sku}`).toEqual(arrival && { expectedAt, inboundShipmentId });
        return expectedAt ?? null;
      });
    const last = arrivals.includes(null) ? null : (arrivals.toSorted().at(-1) ?? null);
    const date = last && new Date(Date.parse(last) + handlingHours * HOUR_MS).toISOString();
    expect(shipment.promise?.promisedAt ?? null, shipmentId).toBe(date);
    expect(shipment.promise, shipmentId).not.toBeUndefined();
    const { toldPromisedAt: told } = shipment;
    if (date === null || !told) expect(told, shipmentId).toBe(date);
    else expect(hoursBetween(told, date), shipmentId).toBeLessThanOrEqual(toleranceHours);
  }
}

/** Each message begins with the date of the one before it, and is worth being sent. */
export function expectMessagesToFollow({ events, shipments }: Rows, { toleranceHours }: PromisePolicy): void {
  for (const { shipmentId, toldPromisedAt } of shipments) {
    let told: string | null | undefined;
    for (const event of events.filter((event) => event.shipmentId === shipmentId)) {
      if (event.type === 'promised') {
        expect(told, `${shipmentId} is promised a first date once`).toBeUndefined();
        told = event.facts.promisedAt;
      } else if (event.type === 'promise-moved') {
        const { from, to } = event.facts;
        // That nothing could be promised at first is said by `backordered`.
        expect(from, shipmentId).toBe(told ?? null);
        if (from !== null && to !== null) expect(hoursBetween(from, to)).toBeGreaterThan(toleranceHours);
        else expect(from).not.toBe(to);
        told = to;
      } else if (event.type === 'allocated' || event.type === 'reserved') told = event.facts.promisedAt;
    }
    if (told !== undefined) expect(toldPromisedAt, shipmentId).toBe(told);
  }
}
