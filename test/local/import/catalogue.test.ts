import { expect, it } from 'vitest';
import type { Services } from '../../../core/platform/services.ts';
import { keys } from '../../../core/platform/table/keys.ts';
import type { ItemRow } from '../../../core/stock/items.ts';
import { ApiClient } from '../../../local/api-client.ts';
import { importCatalogue, readCatalogue } from '../../../local/import/catalogue.ts';
import { openCsv } from '../../../local/import/csv.ts';
import { ImportReport } from '../../../local/import/report.ts';
import { startDatabase } from '../../support/database.ts';
import { fileWith, serveApi } from '../../support/served-api.ts';
import { countersOf, freshServices, levelOf, place, reserve } from '../../support/services.ts';

const database = await startDatabase();

const HEADER =
  'sku,title,weight_grams,length_mm,width_mm,height_mm,unit_cost_minor,currency,lead_time_days,backorder_policy,' +
  'backorder_limit,reorder_point,bin,location,on_hand';
const MUG = 'MUG,"Mug, ""big""",180,120,90,85,420,EUR,14,allow,5,6,A-01-1,main,40';
const PAN = 'PAN,Pan,900,400,250,60,1200,EUR,30,deny,,0,A-01-2,main,0';

/** Imports the rows; answers what was remarked, line by line, with `file` for the file's path. */
async function importRows(services: Services, content: string | Uint8Array) {
  const remarks: string[] = [];
  const report = new ImportReport((remark) => remarks.push(remark));
  const csv = await openCsv(await fileWith(content));
  const api = new ApiClient(await serveApi(services));
  await importCatalogue(api, await readCatalogue(csv, report), report);
  return { report, remarks: remarks.map((remark) => remark.replace(csv.name, 'file')) };
}

it('puts items into the catalogue and their opening stock on the shelf', async () => {
  const services = await freshServices(database);
  const { report, remarks } = await importRows(services, [HEADER, MUG, PAN].join('\n'));
  expect(remarks).toEqual([]);
  expect(report.taken).toBe(2);
  expect(await services.table.get<ItemRow>(keys.item('MUG'))).toMatchObject({
    title: 'Mug, "big"',
    weightGrams: 180,
    dimensionsMm: { length: 120, width: 90, height: 85 },
    unitCostMinor: 420,
    currency: 'EUR',
    leadTimeDays: 14,
  });
  const level = { available: 40, backorderPolicy: 'allow', backorderLimit: 5, reorderPoint: 6, bin: 'A-01-1' };
  expect(await levelOf(services, 'MUG')).toMatchObject(level);
  expect(await levelOf(services, 'PAN')).toMatchObject({ available: 0, backorderPolicy: 'deny' });
});

it('imports a file again without receiving anything twice, and changes what is said of the items', async () => {
  const services = await freshServices(database);
  await importRows(services, [HEADER, MUG, PAN].join('\n'));
  await reserve(services, await place(services, [{ sku: 'MUG', quantity: 40 }]));
  const { report } = await importRows(services, [HEADER, MUG.replace('A-01-1', 'B-02-2'), PAN].join('\n'));
  expect(report).toMatchObject({ taken: 1, known: 1 });
  expect(await countersOf(services, 'MUG')).toEqual({ available: 0, allocated: 40, backordered: 0 });
  expect(await levelOf(services, 'MUG')).toMatchObject({ bin: 'B-02-2' });
});

it('finishes an import that was cut off between an item and its opening stock', async () => {
  const services = await freshServices(database);
  const api = new ApiClient(await serveApi(services));
  const csv = await openCsv(await fileWith([HEADER, MUG].join('\n')));
  const [mug] = await readCatalogue(csv, new ImportReport());
  await api.putItem('MUG', mug?.item ?? expect.fail());
  await importRows(services, [HEADER, MUG].join('\n'));
  expect(await countersOf(services, 'MUG')).toMatchObject({ available: 40 });
});

it('reads files with a byte order mark, CRLF and line ends within quotes, and counts lines right', async () => {
  const services = await freshServices(database);
  const rows = [HEADER, MUG.replace('Mug, ""big""', 'Mug,\r\nbig'), '', PAN.replace('900', 'heavy')];
  const { report, remarks } = await importRows(services, `\u{feff}${rows.join('\r\n')}\r\n`);
  expect(report.taken).toBe(1);
  expect(await services.table.get<ItemRow>(keys.item('MUG'))).toMatchObject({ title: 'Mug,\nbig' });
  expect(remarks).toEqual(['file:5: weight_grams: expected a whole number, found heavy']);
});

it.each([
  [
    MUG.replace('MUG,', 'M UG,'),
    'sku: expected 1 to 64 letters, digits, ., - or _, beginning with a letter or digit, found "M UG"',
  ],
  [MUG.replace('"Mug, ""big"""', ''), 'title: expected a value, found nothing'],
  [MUG.replace(',120,', ',0,'), 'length_mm: expected at least 1, found 0'],
  [MUG.replace(',420,', ',4.20,'), 'unit_cost_minor: expected a whole number, found 4.20'],
  [MUG.replace('EUR', 'eur'), 'currency: expected a currency code of three capital letters (ISO 4217), found eur'],
  [MUG.replace(',14,', ',9999,'), 'lead_time_days: expected at most 730, found 9999'],
  [MUG.replace('allow', 'maybe'), 'backorder_policy: expected allow or deny, found maybe'],
  [MUG.replace(',40', ',-1'), 'on_hand: expected at least 0, found -1'],
  [MUG.replace(',40', ''), 'expected 15 columns, as in the header, found 14'],
  [MUG.replace('A-01-1', 'x'.repeat(99)), `bin: expected at most 32 characters, found "${'x'.repeat(40)}..."`],
  [PAN, 'sku: expected each once, found PAN at main on line 2, too'],
])('leaves out %s and goes on', async (row, remark) => {
  const services = await freshServices(database);
  const { report, remarks } = await importRows(services, [HEADER, PAN, row, MUG.replace('MUG', 'LAST')].join('\n'));
  expect(remarks).toEqual([`file:3: ${remark}`]);
  expect(report).toMatchObject({ taken: 2, skipped: 1 });
  expect(await levelOf(services, 'LAST')).toMatchObject({ available: 40 });
});

it('names the column that a file lacks', async () => {
  const file = await fileWith(`${HEADER.replace('bin,', '')}\n`, 'stock.csv');
  const csv = await openCsv(file);
  await expect(readCatalogue(csv, new ImportReport())).rejects.toThrow(
    /stock\.csv: the column "bin" is missing; its header is: sku,title,/,
  );
});

it('does without the columns that may be empty', async () => {
  const csv = await openCsv(await fileWith(`${HEADER.replace('backorder_limit,', '')}\n${MUG.replace(',5,', ',')}\n`));
  const [mug] = await readCatalogue(csv, new ImportReport());
  expect(mug?.item.backorders).toEqual({ policy: 'allow' });
});

it('says what is wrong with a file that cannot be read at all', async () => {
  await expect(openCsv('no-such.csv')).rejects.toThrow('no-such.csv cannot be read: there is no such file');
  await expect(openCsv(await fileWith(''))).rejects.toThrow('is empty: expected a header row');
  await expect(openCsv(await fileWith('a,b,a\n'))).rejects.toThrow('has two columns named "a"');
  await expect(openCsv(await fileWith(Uint8Array.of(0x41, 0xa3, 0x0a)))).rejects.toThrow('is not UTF-8');
  const csv = await openCsv(await fileWith(`${HEADER}\n${MUG}\nPAN,"never closed\n`));
  await expect(readCatalogue(csv, new ImportReport())).rejects.toThrow(/file\.csv:\d+: Quote Not Closed/);
});
