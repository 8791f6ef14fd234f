import type { CsvFile } from './csv.ts';
import type { CatalogueEntry, Delivery } from './entries.ts';
import { readGoods } from './online-retail.ts';
import { ImportReport } from './report.ts';

/** Every so manieth SKU, in the order in which they are first sold, is short. */
const SHORT_EVERY = 5;
/** Opening stock, as a share of all that the file orders of a SKU. */
const OPENING_SHARE = 1.5;
const OPENING_SHARE_WHEN_SHORT = 0.6;
const REORDER_SHARE = 0.2;

/** Guessed, as the layout does not say. */
const GUESSED = {
  weightGrams: 250,
  dimensionsMm: { length: 150, width: 100, height: 80 },
  currency: 'GBP',
  leadTimeDays: 14,
  backorders: { policy: 'allow' },
} as const;
const COST_SHARE_OF_PRICE = 0.5;
const BINS_PER_RACK = 40;
const MAX_TITLE = 200;

export const GUESSED_CATALOGUE = `\
Where the orders are in the Online Retail layout and there is no catalogue, one
is guessed: every SKU with its description; ${GUESSED.weightGrams} g, ${Object.values(GUESSED.dimensionsMm).join(' x ')} mm, half the
price as its cost, ${GUESSED.leadTimeDays} days of lead time; backorders allowed; opening stock of
${OPENING_SHARE * 100} % of what the file orders, but of ${OPENING_SHARE_WHEN_SHORT * 100} % for every ${SHORT_EVERY}th SKU, which so runs
short; a reorder point of ${REORDER_SHARE * 100} %. In the demo, the rest arrives last.`;

interface Sold {
  readonly line: number;
  readonly title: string;
  ordered: number;
  price: number;
}

/** A catalogue that fits the orders of a file in the Online Retail layout. What cannot be read is left to the import of the orders to report. */
export async function deriveCatalogue(csv: CsvFile): Promise<CatalogueEntry[]> {
  const sold = await addUp(csv);
  return [...sold].map(([sku, { line, title, ordered, price }], i) => ({
    file: csv.name,
    line,
    sku,
    location: 'main',
    onHand: openingStock(ordered, i),
    item: {
      ...GUESSED,
      title: title.slice(0, MAX_TITLE),
      unitCostMinor: Math.round(price * 100 * COST_SHARE_OF_PRICE),
      reorderPoint: Math.floor(ordered * REORDER_SHARE),
      bin: `R${Math.floor(i / BINS_PER_RACK) + 1}-${(i % BINS_PER_RACK) + 1}`,
    },
  }));
}

/** What brings the stock of a guessed catalogue up to what is ordered, once all has been ordered. */
export async function deriveDeliveries(csv: CsvFile): Promise<Delivery[]> {
  const sold = await addUp(csv);
  return [...sold].flatMap(([sku, { line, ordered }], i) => {
    const quantity = ordered - openingStock(ordered, i);
    if (quantity <= 0) return [];
    const afterOrder = Number.POSITIVE_INFINITY;
    return { file: csv.name, line, afterOrder, sku, location: 'main', quantity, reference: 'what was short' };
  });
}

function openingStock(ordered: number, i: number): number {
  const isShort = i % SHORT_EVERY === SHORT_EVERY - 1;
  return isShort ? Math.floor(ordered * OPENING_SHARE_WHEN_SHORT) : Math.ceil(ordered * OPENING_SHARE);
}

async function addUp(csv: CsvFile): Promise<Map<string, Sold>> {
  const sold = new Map<string, Sold>();
  for await (const { rows, lines } of readGoods(csv, new ImportReport())) {
    for (const { sku, quantity, description, unit_price_gbp: price = 0 } of lines) {
      const item = sold.get(sku) ?? { line: rows[0]?.line ?? 0, title: description, ordered: 0, price: 0 };
      sold.set(sku, item);
      item.ordered += quantity;
      if (item.price === 0) item.price = price;
    }
  }
  return sold;
}
