import { expect, it } from 'vitest';
import type { Services } from '../../../core/platform/services.ts';
import { listMovements } from '../../../core/stock/movements.ts';
import { ApiClient } from '../../../local/api-client.ts';
import { openCsv } from '../../../local/import/csv.ts';
import { readDeliveries, receiveDeliveries } from '../../../local/import/deliveries.ts';
import { ImportReport } from '../../../local/import/report.ts';
import { startDatabase } from '../../support/database.ts';
import { fileWith, serveApi } from '../../support/served-api.ts';
import { countersOf, freshServices, stock } from '../../support/services.ts';

const database = await startDatabase();

async function importRows(services: Services, ...rows: string[]) {
  const remarks: string[] = [];
  const report = new ImportReport((remark) => remarks.push(remark));
  const csv = await openCsv(await fileWith(['after_order,sku,location,quantity,reference', ...rows].join('\n')));
  const api = new ApiClient(await serveApi(services));
  await receiveDeliveries(api, await readDeliveries(csv, report), report);
  return { report, remarks: remarks.map((remark) => remark.replace(csv.name, 'file')) };
}

it('receives each row once, equal rows each once, however often the file is imported', async () => {
  const services = await freshServices(database);
  await stock(services, 'MUG', 0);
  const rows = ['10,MUG,main,4,PO-1', '10,MUG,main,4,PO-1', '20,MUG,main,4,PO-1', ',MUG,,3,'];
  await importRows(services, ...rows);
  expect(await countersOf(services, 'MUG')).toMatchObject({ available: 15 });
  await importRows(services, '5,MUG,main,1,PO-2', ...rows);
  expect(await countersOf(services, 'MUG')).toMatchObject({ available: 16 });
  const { items } = await listMovements(services, { sku: 'MUG', location: 'main', limit: 9 });
  expect(items.map(({ reference }) => reference).sort()).toEqual(['PO-1', 'PO-1', 'PO-1', 'PO-2', undefined]);
});

it('says what it cannot receive, and goes on', async () => {
  const services = await freshServices(database);
  await stock(services, 'MUG', 0);
  const { report, remarks } = await importRows(
    services,
    '1,CUP,main,4,PO-1',
    '1,MUG,main,none,PO-1',
    '1,MUG,main,2,PO-1',
  );
  expect(remarks.sort()).toEqual([
    'file:2: There is no such SKU: CUP is not kept at main: put the item first',
    'file:3: quantity: expected a whole number, found none',
  ]);
  expect(report).toMatchObject({ taken: 1, skipped: 2 });
  expect(await countersOf(services, 'MUG')).toMatchObject({ available: 2 });
});
