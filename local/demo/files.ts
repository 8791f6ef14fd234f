import { fileURLToPath } from 'node:url';
import { readCatalogue } from '../import/catalogue.ts';
import { type CsvFile, openCsv } from '../import/csv.ts';
import { readDeliveries } from '../import/deliveries.ts';
import { deriveDeliveries } from '../import/derive-catalogue.ts';
import type { AnnouncedLine, CatalogueEntry, Delivery, InboundMove, ReadOrder } from '../import/entries.ts';
import { readAnnouncements, readMoves } from '../import/inbound.ts';
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
  /** What suppliers announce, and to which other date they move it: of the samples only. */
  readonly inbound: Read<AnnouncedLine> | undefined;
  readonly moves: Read<InboundMove> | undefined;
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
    inbound: await ofSamples(files, 'inbound', readAnnouncements),
    moves: await ofSamples(files, 'inbound-moves', readMoves),
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

/** What belongs to the catalogue, the orders and the deliveries of the samples. */
async function ofSamples<Entry>(
  files: DemoFiles,
  name: string,
  readEntries: (csv: CsvFile, report: ImportReport) => Promise<Entry[]>,
): Promise<Read<Entry> | undefined> {
  if (Object.values(files).some((file) => file !== undefined)) return undefined;
  const csv = await openCsv(sample(name));
  return read(csv.name, (report) => readEntries(csv, report));
}

async function read<Entry>(name: string, entriesOf: (report: ImportReport) => Promise<Entry[]>): Promise<Read<Entry>> {
  const report = new ImportReport();
  return { name, entries: await entriesOf(report), report };
}
