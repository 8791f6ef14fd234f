import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { audit } from '../../core/audit/audit.ts';
import { placeOrder } from '../../core/orders/place.ts';
import type { OrderLine, PlaceOrder } from '../../core/orders/schema.ts';
import { placedShipment, type ShipmentRow, shipmentKey } from '../../core/orders/shipments.ts';
import { documentClient } from '../../core/platform/clients.ts';
import { newSecret, newUuid } from '../../core/platform/clock.ts';
import type { Services } from '../../core/platform/services.ts';
import { keys } from '../../core/platform/table/keys.ts';
import { Table } from '../../core/platform/table/table.ts';
import { reserveStock } from '../../core/reservations/reserve.ts';
import { putItem } from '../../core/stock/items.ts';
import type { StockRow } from '../../core/stock/levels.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { PutItem } from '../../core/stock/schema.ts';
import { clientConfig, type TestDatabase } from './database.ts';

/** The services of the business on an empty table of the database. */
export async function freshServices(
  database: TestDatabase,
  config: Partial<DynamoDBClientConfig> = {},
): Promise<Services> {
  return servicesOn(database, await database.freshTable(), config);
}

/** The services on a table that is there, through a client of their own. */
export function servicesOn(
  database: Pick<TestDatabase, 'endpoint'>,
  tableName: string,
  config: Partial<DynamoDBClientConfig> = {},
  adapt: (client: DynamoDBClient) => void = () => {},
): Services {
  const client = new DynamoDBClient({ ...clientConfig(database.endpoint), ...config });
  adapt(client);
  return {
    table: new Table(documentClient(client), tableName),
    now: () => new Date(),
    newId: newUuid,
    newSecret,
    promises: { handlingHours: 24, toleranceHours: 24 },
    actor: 'test',
  };
}

/** A complete item, with what the test says of it. */
export function anItem(overrides: Partial<Parameters<typeof PutItem.parse>[0] & object> = {}): PutItem {
  return PutItem.parse({
    title: 'Enamel mug',
    weightGrams: 180,
    dimensionsMm: { length: 120, width: 90, height: 85 },
    unitCostMinor: 420,
    currency: 'EUR',
    leadTimeDays: 14,
    backorders: { policy: 'allow' },
    reorderPoint: 0,
    bin: 'A-01-1',
    ...overrides,
  });
}

/** Puts an item and receives units of it. */
export async function stock(
  services: Services,
  sku: string,
  units: number,
  overrides: Partial<PutItem> = {},
): Promise<void> {
  const item = anItem(overrides);
  await putItem(services, sku, item);
  if (units > 0) await receiveStock(services, sku, { quantity: units, location: item.location });
}

export function anOrder(lines: readonly OrderLine[], overrides: Partial<PlaceOrder> = {}): PlaceOrder {
  return {
    customer: { name: 'Zoë Müller', email: 'zoe@example.com' },
    shipTo: { name: 'Zoë Müller', line1: 'Am Markt 1', city: 'Bremen', postalCode: '28195', country: 'DE' },
    lines: [...lines],
    location: 'main',
    ifShort: 'wait',
    priority: 5,
    waitDays: 90,
    ...overrides,
  };
}

/** Places an order and answers its one shipment as the table holds it. */
export async function place(
  services: Services,
  lines: readonly OrderLine[],
  overrides: Partial<PlaceOrder> = {},
): Promise<ShipmentRow> {
  const placed = await placeOrder(services, anOrder(lines, overrides));
  if (!('orderId' in placed)) throw new Error(placed.detail);
  return shipmentOf(services, `${placed.orderId}-1`);
}

/** Reserves a placed shipment as the workflow does. */
export function reserve(services: Services, row: ShipmentRow) {
  return reserveStock(services, { executionName: row.executionName, input: { shipment: placedShipment(row) } });
}

export async function shipmentOf({ table }: Services, shipmentId: string): Promise<ShipmentRow> {
  const row = await table.get<ShipmentRow>(shipmentKey(shipmentId));
  if (!row) throw new Error(`there is no shipment ${shipmentId}`);
  return row;
}

export async function levelOf({ table }: Services, sku: string, location = 'main'): Promise<StockRow> {
  const row = await table.get<StockRow>(keys.stock(sku, location));
  if (!row) throw new Error(`there is no level of ${sku} at ${location}`);
  return row;
}

/** The counters of a level, to compare with `toEqual`. */
export async function countersOf(services: Services, sku: string, location = 'main') {
  const { available, allocated, backordered } = await levelOf(services, sku, location);
  return { available, allocated, backordered };
}

/** The promises hold on the whole table. */
export async function expectAuditToPass(services: Services): Promise<void> {
  const report = await audit({ ...services, now: () => new Date(Date.now() + 1000) });
  expect(report.violations).toEqual([]);
}
