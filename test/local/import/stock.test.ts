import { expect, it } from 'vitest';
import type { Services } from '../../../core/platform/services.ts';
import { listMovements } from '../../../core/stock/movements.ts';
import { receiveStock } from '../../../core/stock/receive.ts';
import { ApiClient } from '../../../local/api-client.ts';
import { openCsv } from '../../../local/import/csv.ts';
import { ImportReport } from '../../../local/import/report.ts';
import { countStockList, readStockList } from '../../../local/import/stock.ts';
import { startDatabase } from '../../support/database.ts';
import { fileWith, serveApi } from '../../support/served-api.ts';
import { countersOf, expectAuditToPass, freshServices, place, reserve, stock } from '../../support/services.ts';

const database = await startDatabase();

async function importRows(services: Services, ...rows: string[]) {
  const remarks: string[] = [];
  const report = new ImportReport((remark) => remarks.push(remark));
  const csv = await openCsv(await fileWith(['sku,location,on_hand,reference', ...rows].join('\n')));
  const api = new ApiClient(await serveApi(services));
  await countStockList(api, await readStockList(csv, report), report);
  return { report, remarks: remarks.map((remark) => remark.replace(csv.name, 'file')) };
}

const ledger = async (services: Services) =>
  (await listMovements(services, { sku: 'MUG', location: 'main', limit: 9 })).items;

it('sets what is there, units that are promised included, and says so in the ledger', async () => {
  const services = await freshServices(database);
  await stock(services, 'MUG', 5);
  await reserve(services, await place(services, [{ sku: 'MUG', quantity: 2 }]));
  expect(await importRows(services, 'MUG,main,9,inventory 2026', 'MUG,north,1,')).toMatchObject({
    report: { taken: 1, skipped: 1 },
    remarks: ['file:3: There is no such SKU: MUG is not kept at north: put the item first'],
  });
  expect(await countersOf(services, 'MUG')).toEqual({ available: 7, allocated: 2, backordered: 0 });
  const [count] = await ledger(services);
  expect(count).toMatchObject({ type: 'count', available: 4, reason: 'stock list, inventory 2026' });
  await expectAuditToPass(services);
});

it('counts a row once, though units have come since, until the row has another reference', async () => {
  const services = await freshServices(database);
  await stock(services, 'MUG', 0);
  expect((await importRows(services, 'MUG,main,9,Monday')).report).toMatchObject({ taken: 1, known: 0 });
  await receiveStock(services, 'MUG', { quantity: 3, location: 'main' });
  expect((await importRows(services, 'MUG,main,9,Monday')).report).toMatchObject({ taken: 0, known: 1 });
  expect(await countersOf(services, 'MUG')).toMatchObject({ available: 12 });
  expect((await importRows(services, 'MUG,,9,Tuesday')).report).toMatchObject({ taken: 1, known: 0 });
  expect(await countersOf(services, 'MUG')).toMatchObject({ available: 9 });
  expect((await ledger(services)).filter(({ type }) => type === 'count')).toHaveLength(2);
});

it.each([
  ['MUG,main,many,', 'on_hand: expected a whole number, found many'],
  ['MUG,main,-1,', 'on_hand: expected at least 0, found -1'],
  ['MUG,main,10000001,', 'on_hand: expected at most 10000000, found 10000001'],
  ['MUG,main,,', 'on_hand: expected a value, found nothing'],
  ['MUG,ma in,1,', 'location: expected 1 to 32 letters, digits or -, beginning with a letter or digit, found "ma in"'],
  ['PAN,main,7,', 'sku: expected each once, found PAN at main on line 2, too'],
])('leaves out %s and goes on', async (row, remark) => {
  const services = await freshServices(database);
  await stock(services, 'MUG', 0);
  await stock(services, 'PAN', 0);
  const { report, remarks } = await importRows(services, 'PAN,main,1,', row, 'MUG,,4,');
  expect(remarks).toEqual([`file:3: ${remark}`]);
  expect(report).toMatchObject({ taken: 2, skipped: 1 });
  expect(await countersOf(services, 'MUG')).toMatchObject({ available: 4 });
});
