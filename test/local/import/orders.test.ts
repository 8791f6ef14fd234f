import { expect, it } from 'vitest';
import type { OrderRow } from '../../../core/orders/order.ts';
import { linesOf } from '../../../core/orders/shipments.ts';
import type { Services } from '../../../core/platform/services.ts';
import { keys } from '../../../core/platform/table/keys.ts';
import { ApiClient } from '../../../local/api-client.ts';
import { openCsv } from '../../../local/import/csv.ts';
import { placeOrders, readOrders } from '../../../local/import/orders.ts';
import { ImportReport } from '../../../local/import/report.ts';
import { startDatabase } from '../../support/database.ts';
import { fileWith, serveApi } from '../../support/served-api.ts';
import { freshServices, shipmentOf } from '../../support/services.ts';

const database = await startDatabase();

const HEADER =
  'order_id,placed_at,customer_name,customer_email,country,city,postal_code,line1,sku,quantity,if_short,priority,wait_days';

function row(orderId: string, sku: string, quantity: number | string, rest = 'split,1,14'): string {
  const who = 'Zoë Müller,zoe@example.com,DE,Bremen,28195,Am Markt 1';
  return `${orderId},2026-03-02T07:56:00Z,${who},${sku},${quantity},${rest}`;
}

async function importRows(services: Services, ...rows: string[]) {
  const remarks: string[] = [];
  const placed: string[] = [];
  const report = new ImportReport((remark) => remarks.push(remark));
  const csv = await openCsv(await fileWith([HEADER, ...rows].join('\n')));
  const api = new ApiClient(await serveApi(services));
  await placeOrders(api, readOrders(csv, report), report, (orderId) => placed.push(orderId));
  return { report, placed, remarks: remarks.map((remark) => remark.replace(csv.name, 'file')) };
}

it('places an order of several rows with all that they say', async () => {
  const services = await freshServices(database);
  const { placed, remarks } = await importRows(
    services,
    row('SO-1', 'MUG', 2),
    row('SO-1', 'PAN', 1),
    row('SO-1', 'MUG', 3),
  );
  expect(remarks).toEqual([]);
  expect(placed).toEqual(['SO-1']);
  expect(await services.table.get<OrderRow>(keys.order('SO-1'))).toMatchObject({
    customer: { name: 'Zoë Müller', email: 'zoe@example.com' },
    shipTo: { name: 'Zoë Müller', line1: 'Am Markt 1', city: 'Bremen', postalCode: '28195', country: 'DE' },
  });
  const shipment = await shipmentOf(services, 'SO-1-1');
  expect(shipment).toMatchObject({ ifShort: 'split', priority: 1 });
  expect(Date.parse(shipment.waitUntil) - Date.parse(shipment.placedAt)).toBe(14 * 24 * 3600 * 1000);
  expect(linesOf(shipment).map(({ sku, quantity }) => [sku, quantity])).toEqual([
    ['MUG', 5],
    ['PAN', 1],
  ]);
});

it('leaves to the API what the file leaves open', async () => {
  const services = await freshServices(database);
  await importRows(services, row('SO-1', 'MUG', 2, ',,'));
  expect(await shipmentOf(services, 'SO-1-1')).toMatchObject({ ifShort: 'wait', priority: 5 });
});

it('can import a file again', async () => {
  const services = await freshServices(database);
  await importRows(services, row('SO-1', 'MUG', 2), row('SO-2', 'MUG', 1));
  const { report, remarks } = await importRows(
    services,
    row('SO-1', 'MUG', 2),
    row('SO-2', 'MUG', 1),
    row('SO-3', 'MUG', 1),
  );
  expect(remarks).toEqual([]);
  expect(report.taken).toBe(3);
  const rows = await Array.fromAsync(services.table.scan<{ sk: string }>());
  expect(rows.filter(({ sk }) => sk === 'ORDER')).toHaveLength(3);
});

it('takes all rows of an order or none, and goes on', async () => {
  const services = await freshServices(database);
  const { placed, remarks, report } = await importRows(
    services,
    row('SO-1', 'MUG', 2),
    row('SO-1', 'PAN', -2),
    row('SO-1', 'CUP', 1),
    row('SO-2', 'MUG', 1),
  );
  expect(placed).toEqual(['SO-2']);
  expect(remarks).toEqual([
    'file:3: quantity: expected at least 1, found -2',
    'file:2: left out with its order, of which another row cannot be taken',
    'file:4: left out with its order, of which another row cannot be taken',
  ]);
  expect(report.skipped).toBe(3);
});

it.each([
  [row('SO-1', 'MUG', 0), 'quantity: expected at least 1, found 0'],
  [row('SO-1', 'MUG', 1.5), 'quantity: expected a whole number, found 1.5'],
  [row('SO-1', 'MUG', 1_000_001), 'quantity: expected at most 1,000,000, found 1000001'],
  [row('SO-1', 'MUG', ''), 'quantity: expected a value, found nothing'],
  [row('SO-1', 'MUG', 1, 'hope,,'), 'if_short: expected wait or split or cancel, found hope'],
  [row('SO-1', 'MUG', 1, ',11,'), 'priority: expected at most 9, found 11'],
  [row('SO-1', 'MUG', 1, ',,400'), 'wait_days: expected at most 270, found 400'],
  [row('SO-1', 'MUG', 1).replace('zoe@', '@'), 'customer_email: expected an e-mail address, found "@example.com"'],
  [
    row('SO-1', 'MUG', 1).replace(',DE,', ',Germany,'),
    'country: expected a country code of two capital letters (ISO 3166-1 alpha-2), found Germany',
  ],
])('names what is wrong with %s', async (bad, remark) => {
  const { remarks } = await importRows(await freshServices(database), bad);
  expect(remarks).toEqual([`file:2: ${remark}`]);
});

it('wants the rows of an order together, and one customer on all of them', async () => {
  const services = await freshServices(database);
  const { placed, remarks } = await importRows(
    services,
    row('SO-1', 'MUG', 1),
    row('SO-2', 'MUG', 1),
    row('SO-1', 'PAN', 1),
    row('SO-3', 'MUG', 1),
    row('SO-3', 'PAN', 1).replace('zoe@', 'max@'),
  );
  expect(placed).toEqual(['SO-1', 'SO-2']);
  expect(remarks).toEqual([
    'file:4: order_id: expected its rows to stand together, found more of SO-1',
    'file:6: customer_email: expected the same on all rows of an order, found "max@example.com"',
    'file:5: left out with its order, of which another row cannot be taken',
  ]);
});

it('says what the API refuses, with the lines of the order', async () => {
  const services = await freshServices(database);
  await importRows(services, row('SO-1', 'MUG', 1));
  const { report, remarks } = await importRows(
    services,
    row('SO-1', 'MUG', 2),
    row('SO-1', 'PAN', 1),
    row('SO-2', 'MUG', 1),
  );
  expect(remarks).toEqual(['file:2-3: Another order has this id: another order has the id SO-1 already']);
  expect(report.summary('file', 'orders')).toEqual([
    'file: orders taken 1, lines left out 2',
    '  2  Another order has this id: another order has the id SO-1 already',
    '     lines 2-3',
  ]);
});
