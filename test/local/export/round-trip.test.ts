import { assert, asyncProperty, constantFrom, dictionary, integer, oneof, option, record, string } from 'fast-check';
import { expect, it } from 'vitest';
import type { Services } from '../../../core/platform/services.ts';
import { putItem } from '../../../core/stock/items.ts';
import { PutItem } from '../../../core/stock/schema.ts';
import { ApiClient } from '../../../local/api-client.ts';
import { csvOf } from '../../../local/export/csv.ts';
import { catalogueLayout, exportRows, type Layout, stockLayout } from '../../../local/export/rows.ts';
import { importCatalogue, readCatalogue } from '../../../local/import/catalogue.ts';
import { openCsv } from '../../../local/import/csv.ts';
import { ImportReport } from '../../../local/import/report.ts';
import { countStockList, readStockList } from '../../../local/import/stock.ts';
import { startDatabase } from '../../support/database.ts';
import { fileWith, serveApi } from '../../support/served-api.ts';
import { anItem, expectAuditToPass, freshServices, place, reserve, stock } from '../../support/services.ts';

const database = await startDatabase();

async function exported(api: ApiClient, layout: Layout, location = 'main'): Promise<string> {
  const parts = await Array.fromAsync(csvOf(exportRows(api, location, layout), layout.columns));
  return parts.join('');
}

async function importedInto(services: Services, catalogue: string, stockList?: string): Promise<ApiClient> {
  const api = new ApiClient(await serveApi(services));
  const remarks: string[] = [];
  const report = new ImportReport((remark) => remarks.push(remark));
  await importCatalogue(api, await readCatalogue(await openCsv(await fileWith(catalogue)), report), report);
  if (stockList !== undefined) {
    await countStockList(api, await readStockList(await openCsv(await fileWith(stockList)), report), report);
  }
  expect(remarks).toEqual([]);
  return api;
}

const nasty = oneof(
  string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  string({ unit: constantFrom(...'",;\'=+-@＝\n\r\t äß漢🧦\u2028'), minLength: 1, maxLength: 40 }),
).filter((said) => PutItem.shape.title.safeParse(said).success);

const items = dictionary(
  string({ unit: constantFrom(...'AZaz09._-'), maxLength: 12 }).map((rest) => `S${rest}`),
  record({
    title: nasty,
    bin: nasty.filter((said) => PutItem.shape.bin.safeParse(said).success),
    onHand: integer({ min: 0, max: 1_000_000 }),
    limit: option(integer({ min: 0, max: 1_000_000 }), { nil: undefined }),
    isDenied: constantFrom(true, false),
  }),
  { minKeys: 1, maxKeys: 6 },
);

it('writes a catalogue that, imported into an empty table, is written the same again, whatever things are called', async () => {
  await assert(
    asyncProperty(items, async (bySku) => {
      const services = await freshServices(database);
      for (const [sku, { title, bin, onHand, limit, isDenied }] of Object.entries(bySku)) {
        const allowed = { policy: 'allow' as const, ...(limit !== undefined && { limit }) };
        await stock(services, sku, onHand, anItem({ title, bin, backorders: isDenied ? { policy: 'deny' } : allowed }));
      }
      const text = await exported(new ApiClient(await serveApi(services)), catalogueLayout);
      const again = await importedInto(await freshServices(database), text);
      expect(await exported(again, catalogueLayout)).toBe(text);
    }),
    { numRuns: 25 },
  );
}, 60_000);

it('says of every title and bin what it said, but for the kind of its line ends', async () => {
  await assert(
    asyncProperty(nasty, async (title) => {
      const services = await freshServices(database);
      await putItem(services, 'MUG', anItem({ title }));
      const text = await exported(new ApiClient(await serveApi(services)), catalogueLayout);
      const csv = await openCsv(await fileWith(text));
      const [mug] = await readCatalogue(csv, new ImportReport());
      expect(mug?.item.title).toBe(PutItem.shape.title.parse(title).replaceAll(/\r\n?/g, '\n'));
    }),
    { numRuns: 60 },
  );
}, 60_000);

it('writes what is on hand, promised or not, and an import of it counts every level', async () => {
  const services = await freshServices(database);
  await stock(services, 'PAN', 3);
  await stock(services, 'MUG', 5);
  await putItem(services, 'EMPTY', anItem());
  await putItem(services, 'MUG', anItem({ location: 'north' }));
  await reserve(services, await place(services, [{ sku: 'MUG', quantity: 2 }]));
  const api = new ApiClient(await serveApi(services));
  const [catalogue, list] = [await exported(api, catalogueLayout), await exported(api, stockLayout)];
  expect(list).toBe('sku,location,on_hand\nEMPTY,main,0\nMUG,main,5\nPAN,main,3\n');

  const other = await freshServices(database);
  const again = await importedInto(other, catalogue.replaceAll(/,\d+\n/g, ',0\n'), list);
  expect(await exported(again, stockLayout)).toBe(list);
  expect(await exported(again, catalogueLayout)).toBe(catalogue);
  await expectAuditToPass(other);
});

it('lists more SKUs than a page of the API holds, each once and by SKU', async () => {
  const services = await freshServices(database);
  const skus = Array.from({ length: 230 }, (_, i) => `SKU-${String(i).padStart(3, '0')}`);
  await Promise.all(skus.map((sku) => putItem(services, sku, anItem())));
  const text = await exported(new ApiClient(await serveApi(services)), stockLayout);
  expect(text).toBe(['sku,location,on_hand', ...skus.map((sku) => `${sku},main,0`), ''].join('\n'));
});

it('writes the header where nothing is kept', async () => {
  const api = new ApiClient(await serveApi(await freshServices(database)));
  expect(await exported(api, stockLayout, 'nowhere')).toBe('sku,location,on_hand\n');
});

it('keeps a spreadsheet from running a title', async () => {
  const services = await freshServices(database);
  const titles = ['=1+1', '+49', '-x', '@SUM(A1)', "'=quoted", '＝1', "it's", "'tis"];
  for (const [i, title] of titles.entries()) await putItem(services, `S${i}`, anItem({ title }));
  const api = new ApiClient(await serveApi(services));
  const text = await exported(api, catalogueLayout);
  const written = text
    .split('\n')
    .slice(1, -1)
    .map((row) => row.split(',')[1]);
  expect(written).toEqual(["'=1+1", "'+49", "'-x", "'@SUM(A1)", "''=quoted", "'＝1", "it's", "'tis"]);
});
