import { expect, it } from 'vitest';
import { readCatalogue } from '../../../local/import/catalogue.ts';
import { countryCode } from '../../../local/import/countries.ts';
import { openCsv } from '../../../local/import/csv.ts';
import { deriveDeliveries } from '../../../local/import/derive-catalogue.ts';
import { readOrders } from '../../../local/import/orders.ts';
import { ImportReport } from '../../../local/import/report.ts';
import { fileWith } from '../../support/served-api.ts';

const HEADER = 'invoice,placed_at,customer_id,country,sku,description,quantity,unit_price_gbp';

/** A line of an invented shop's invoices. */
function row(
  invoice: string,
  sku: string,
  quantity: number,
  said: Partial<Record<'who' | 'where' | 'title', string>> = {},
) {
  const { who = '17', where = 'Norway', title = `THING ${sku}` } = said;
  return `${invoice},2011-01-04T10:00:00Z,${who},${where},${sku},${title},${quantity},2.5`;
}

async function open(...rows: string[]) {
  return openCsv(await fileWith([HEADER, ...rows].join('\n')));
}

async function read(...rows: string[]) {
  const remarks: string[] = [];
  const csv = await open(...rows);
  const orders = await Array.fromAsync(readOrders(csv, new ImportReport((remark) => remarks.push(remark))));
  return { orders, remarks: remarks.map((remark) => remark.replace(csv.name, 'file')) };
}

it('makes one order of an invoice, of however many lines', async () => {
  const lines = Array.from({ length: 600 }, (_, i) => row('540001', `A${i % 400}`, 1));
  const { orders, remarks } = await read(...lines, row('540002', 'B1', 3));
  expect(remarks).toEqual([]);
  expect(orders.map(({ order }) => [order.orderId, order.lines.length])).toEqual([
    ['540001', 600],
    ['540002', 1],
  ]);
  expect(orders[1]).toMatchObject({
    line: 602,
    lastLine: 602,
    order: {
      customer: { name: 'Customer 17', email: 'customer-17@example.com' },
      shipTo: { name: 'Customer 17', country: 'NO' },
      lines: [{ sku: 'B1', quantity: 3 }],
      ifShort: 'split',
    },
  });
});

it('leaves junk lines out of an invoice and takes the others', async () => {
  const { orders, remarks } = await read(
    row('540001', 'A1', 2),
    row('540001', 'POST', 1),
    row('540001', 'm', 1),
    row('540001', 'BANK CHARGES', 1),
    row('540001', 'A 2', 1),
    row('540001', 'A3', 0),
    row('540001', 'A4', 5, { title: '' }),
    row('540001', 'A1', 4),
    row('C540002', 'A1', -2),
    row('540003', 'A1', -3),
    row('540004', 'DOT', 1),
  );
  expect(orders.map(({ order }) => [order.orderId, order.lines])).toEqual([
    [
      '540001',
      [
        { sku: 'A1', quantity: 2 },
        { sku: 'A1', quantity: 4 },
      ],
    ],
  ]);
  expect(remarks).toEqual([
    'file:3: no goods, such as postage or fees, found POST',
    'file:4: no goods, such as postage or fees, found m',
    'file:5: no goods, such as postage or fees, found "BANK CHARGES"',
    'file:6: sku: expected 1 to 64 letters, digits, ., - or _, beginning with a letter or digit, found "A 2"',
    'file:7: quantity: expected at least 1, found 0',
    'file:8: description: expected a value, found nothing',
    'file:10: a cancellation, which is no order, found C540002',
    'file:11: quantity: expected at least 1, found -3',
    'file:12: no goods, such as postage or fees, found DOT',
  ]);
});

it('puts a placeholder for a customer that is missing, and says so', async () => {
  const { orders, remarks } = await read(row('540001', 'A1', 1, { who: '' }), row('540001', 'A2', 1, { who: '' }));
  expect(orders[0]?.order.customer).toEqual({ name: 'Unknown customer', email: 'unknown@example.com' });
  expect(remarks).toEqual(['file:2-3: no customer_id: ordered by a placeholder']);
});

it('leaves out what goes to no country', async () => {
  const { orders, remarks } = await read(row('540001', 'A1', 1, { where: 'Unspecified' }), row('540002', 'A1', 1));
  expect(orders.map(({ order }) => order.orderId)).toEqual(['540002']);
  expect(remarks).toEqual(['file:2: country: expected the English name of a country, found Unspecified']);
});

it.each([
  ['United Kingdom', 'GB'],
  ['germany', 'DE'],
  ['EIRE', 'IE'],
  ['USA', 'US'],
  ['Czech Republic', 'CZ'],
  ['Netherlands', 'NL'],
])('knows the code of %s', (name, code) => {
  expect(countryCode(name)).toBe(code);
});

it.each(['European Union', 'Unknown Region', 'Atlantis', ''])('knows no code of %j', (name) => {
  expect(countryCode(name)).toBeUndefined();
});

it('guesses a catalogue in which every fifth SKU runs short, and deliveries that make up for it', async () => {
  const csv = await open(
    ...['A1', 'A2', 'A3', 'A4', 'A5'].flatMap((sku) => [row('540001', sku, 6), row('540001', sku, 4)]),
    row('540002', 'POST', 1),
  );
  const catalogue = await readCatalogue(csv, new ImportReport());
  expect(catalogue.map(({ sku, onHand }) => [sku, onHand])).toEqual([
    ['A1', 15],
    ['A2', 15],
    ['A3', 15],
    ['A4', 15],
    ['A5', 6],
  ]);
  expect(catalogue[0]?.item).toMatchObject({
    title: 'THING A1',
    unitCostMinor: 125,
    currency: 'GBP',
    reorderPoint: 2,
    backorders: { policy: 'allow' },
  });
  expect(await deriveDeliveries(csv)).toMatchObject([{ sku: 'A5', quantity: 4 }]);
});
