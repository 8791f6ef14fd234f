import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { audit } from '../core/audit/audit.ts';
import { announceInbound } from '../core/inbound/announce.ts';
import { moveInbound } from '../core/inbound/change.ts';
import { placeOrder } from '../core/orders/place.ts';
import { placedShipment, type ShipmentRow, shipmentIdOf, shipmentKey } from '../core/orders/shipments.ts';
import { documentClient, withoutCallLog } from '../core/platform/clients.ts';
import { newSecret, newUuid } from '../core/platform/clock.ts';
import { forEachConcurrently } from '../core/platform/concurrently.ts';
import type { Services } from '../core/platform/services.ts';
import { keys } from '../core/platform/table/keys.ts';
import { Table } from '../core/platform/table/table.ts';
import { datesMoved } from '../core/promises/dates-moved.ts';
import { goOn } from '../core/promises/repromise.ts';
import { reserveStock } from '../core/reservations/reserve.ts';
import { putItem } from '../core/stock/items.ts';
import type { StockRow } from '../core/stock/levels.ts';
import { clientConfig } from '../local/client-config.ts';
import { startDynoxide } from '../local/dynamodb/dynoxide.ts';
import { ensureTable } from '../local/dynamodb/ensure-table.ts';
import { startMeteringProxy } from './metering-proxy.ts';
import type { ReportProgress } from './progress.ts';
import type { Dates, DatesRun } from './results.ts';
import { type Meter, sumBy, total } from './usage.ts';

const SKU = 'MUG';
const ARRIVALS = 10;
const DAY_MS = 24 * 3600 * 1000;
const CLIENTS = 16;
const REPORT_EVERY = 1_000;

/** Has lines of one unit wait for one SKU, moves what they wait for, and counts what it takes to compute their dates again. */
export async function measureDates(lines: number, report: ReportProgress): Promise<Dates> {
  const database = await startDynoxide({ temporary: true });
  const proxy = await startMeteringProxy(database.endpoint);
  try {
    const direct = await servicesOn(database.endpoint);
    const metered = await servicesOn(proxy.endpoint);
    await letThemWait(direct, lines, report);
    const runs: DatesRun[] = [];
    for (const [what, change] of changes(direct, lines)) {
      report(what);
      runs.push({ what, ...(await measureOne(direct, metered, proxy.meter, change)) });
    }
    const { orders, rows, violations } = await audit({ ...direct, now: () => new Date(Date.now() + DAY_MS) });
    const said = violations.map(({ subject, detail }) => `${subject}: ${detail}`);
    return { lines, runs, audit: { orders, rows, violations: said } };
  } finally {
    await proxy.close();
    await database.stop();
  }
}

async function servicesOn(endpoint: string): Promise<Services> {
  const client = withoutCallLog(new DynamoDBClient(clientConfig(endpoint)));
  await ensureTable(client, 'bench');
  const promises = { handlingHours: 24, toleranceHours: 24 };
  const table = new Table(documentClient(client), 'bench');
  return { table, now: () => new Date(), newId: newUuid, newSecret, promises, actor: 'bench' };
}

const arrivalId = (number: number) => `PO-${number}`;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();

/** Nobody has looked at any date yet. */
async function letThemWait(services: Services, lines: number, report: ReportProgress): Promise<void> {
  await putItem(services, SKU, {
    title: 'Enamel mug',
    weightGrams: 180,
    dimensionsMm: { length: 120, width: 90, height: 85 },
    unitCostMinor: 420,
    currency: 'EUR',
    leadTimeDays: 14,
    backorders: { policy: 'allow' },
    reorderPoint: 0,
    bin: 'A-01-1',
    location: 'main',
  });
  for (let number = 1; number <= ARRIVALS; number++) {
    const inboundShipmentId = arrivalId(number);
    const quantity = Math.ceil(lines / ARRIVALS);
    const expectedAt = inDays(number * 7);
    await announceInbound(services, {
      inboundShipmentId,
      location: 'main',
      expectedAt,
      lines: [{ sku: SKU, quantity }],
    });
  }
  let waiting = 0;
  await forEachConcurrently(Array(lines).keys(), CLIENTS, async (number) => {
    await waitForOne(services, `SO-${number}`);
    if (++waiting % REPORT_EVERY === 0) report(`${waiting} of ${lines} lines wait`);
  });
}

async function waitForOne(services: Services, orderId: string): Promise<void> {
  await placeOrder(services, {
    orderId,
    customer: { name: 'Zoë Müller', email: 'zoe@example.com' },
    shipTo: { name: 'Zoë Müller', line1: 'Am Markt 1', city: 'Bremen', postalCode: '28195', country: 'DE' },
    lines: [{ sku: SKU, quantity: 1 }],
    location: 'main',
    ifShort: 'wait',
    priority: 5,
    waitDays: 90,
  });
  const shipmentId = shipmentIdOf(orderId, 1);
  const row = await services.table.get<ShipmentRow>(shipmentKey(shipmentId));
  if (row) await reserveStock(services, { executionName: shipmentId, input: { shipment: placedShipment(row) } });
}

function changes(services: Services, lines: number): [what: string, change: () => Promise<unknown>][] {
  const move = (number: number, days: number) => () =>
    moveInbound(services, arrivalId(number), { expectedAt: inDays(days), reason: 'weather' });
  return [
    ['first dates, for all of them', move(ARRIVALS, ARRIVALS * 7 + 1)],
    ['the first arrival goes behind all others', move(1, ARRIVALS * 7 + 7)],
    ['an arrival is two hours later, which nobody is told', move(2, 14 + 1 / 12)],
    ['somebody joins the queue at its end', () => waitForOne(services, `SO-${lines}`)],
  ];
}

/** What the stream's reader does with the one record of the level that tells of a change, and with those of its own steps. */
async function measureOne(
  direct: Services,
  metered: Services,
  meter: Meter,
  change: () => Promise<unknown>,
): Promise<Omit<DatesRun, 'what'>> {
  const level = () => direct.table.get<StockRow>(keys.stock(SKU, 'main')) as Promise<StockRow>;
  const before = await level();
  await change();
  const after = await level();
  const startedAt = performance.now();
  meter.take();
  let moved = await datesMoved(metered, [{ before, after }]);
  while (await direct.table.get(keys.repromise(SKU, 'main'))) moved += await goOn(metered, after);
  const seconds = Math.round(performance.now() - startedAt) / 1000;
  const kinds = meter.take();
  return { moved, seconds, requests: total(kinds), requestsByOperation: sumBy(kinds, ({ operation }) => operation) };
}
