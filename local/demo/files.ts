import { fileURLToPath } from 'node:url';
import { readCatalogue } from '../import/catalogue.ts';
import { openCsv } from '../import/csv.ts';
import { readDeliveries } from '../import/deliveries.ts';
import { deriveDeliveries } from '../import/derive-catalogue.ts';
import type { CatalogueEntry, Delivery, ReadOrder } from '../import/entries.ts';
import { isOnlineRetail } from '../import/online-retail.ts';
import { readOrders } from '../import/orders.ts';
import { ImportReport } from '../import/report.ts';

/** Which files the demo plays; those of the samples where nothing is said. */
export interface DemoFiles {
  readonly catalogue?: string | undefined;
  readonly orders?: string | undefined;
  readonly deliveries?: string | undefined;
}

/** What a file holds, and how it is taken in. */
interface Read<Entry> {
  readonly name: string;
  readonly entries: readonly Entry[];
  readonly report: ImportReport;
}

/** A story to play: stock, orders, and what suppliers bring meanwhile. */
export interface Story {
  readonly catalogue: Read<CatalogueEntry>;
  readonly orders: Read<ReadOrder>;
  readonly deliveries: Read<Delivery> | undefined;
}

const sample = (name: string) => fileURLToPath(new URL(`../../samples/${name}.csv`, import.meta.url));

/**
 * Reads the files of a story. Where orders come in the Online Retail layout and without a catalogue, one is guessed from them, and
 * deliveries that fit it. The deliveries of the samples belong to their catalogue and orders, and come with both only.
 */
export async function readStory(files: DemoFiles): Promise<Story> {
  const orders = await openCsv(files.orders ?? sample('orders'));
  const isGuessed = files.catalogue === undefined && isOnlineRetail(orders);
  const catalogue = isGuessed ? orders : await openCsv(files.catalogue ?? sample('catalogue'));
  return {
    catalogue: await read(catalogue.name, (report) => readCatalogue(catalogue, report)),
    orders: await read(orders.name, (report) => Array.fromAsync(readOrders(orders, report))),
    deliveries: await deliveriesOf(files, isGuessed ? () => deriveDeliveries(orders) : undefined),
  };
}

async function deliveriesOf(
  { catalogue, orders, deliveries }: DemoFiles,
  guess: (() => Promise<Delivery[]>) | undefined,
): Promise<Read<Delivery> | undefined> {
  if (deliveries === undefined && guess) return read('deliveries that fit the orders', guess);
  if (deliveries === undefined && (catalogue !== undefined || orders !== undefined)) return undefined;
  const csv = await openCsv(deliveries ?? sample('deliveries'));
  return read(csv.name, (report) => readDeliveries(csv, report));
}

async function read<Entry>(name: string, entriesOf: (report: ImportReport) => Promise<Entry[]>): Promise<Read<Entry>> {
  const report = new ImportReport();
  return { name, entries: await entriesOf(report), report };
}
