import { linesOf, type ShipmentLine, type ShipmentRow, shipmentKey } from '../orders/shipments.ts';
import type { Services } from '../platform/services.ts';
import { indexes, keys, shardsOf } from '../platform/table/keys.ts';
import type { Page, PageRequest } from '../platform/table/pages.ts';
import type { ItemRow } from '../stock/items.ts';
import type { StockRow } from '../stock/levels.ts';
import { steps } from './confirm.ts';
import type { WorkStage } from './schema.ts';

/** A line of open work, with all that a picker and a packer want to know of it. */
interface WorkLine extends Pick<ItemRow, 'sku' | 'title' | 'weightGrams' | 'dimensionsMm'> {
  readonly quantity: number;
  readonly bin: string;
}

export interface WorkItem {
  readonly shipmentId: string;
  readonly orderId: string;
  readonly location: string;
  readonly priority: number;
  readonly placedAt: string;
  readonly lines: readonly WorkLine[];
}

/** Open work of a stage at a location, oldest first, with lines in the order of their bins. */
export async function listWork(
  services: Services,
  { stage, location, ...page }: { stage: WorkStage; location: string } & PageRequest,
): Promise<Page<WorkItem>> {
  const { table } = services;
  const status = steps[stage].from;
  const { items: listed, nextCursor } = await table.list<ShipmentRow>({
    ...page,
    index: indexes.openShipments,
    partitions: shardsOf(status),
    prefix: `${location}#`,
  });
  const rows = await table.getMany<ShipmentRow>(listed.map(({ shipmentId }) => shipmentKey(shipmentId)));
  const rowOf = new Map(rows.map((row) => [row.shipmentId, row]));
  // An index lags behind its table: what has moved on in the meantime is no open work.
  const shipments = listed
    .flatMap(({ shipmentId }) => rowOf.get(shipmentId) ?? [])
    .filter((row) => row.status === status);
  const skus = [...new Set(shipments.flatMap((row) => linesOf(row).map(({ sku }) => sku)))];
  const catalogue = await table.getMany<ItemRow>(skus.map(keys.item));
  const levels = await table.getMany<StockRow>(skus.map((sku) => keys.stock(sku, location)));
  const itemOf = new Map(catalogue.map((item) => [item.sku, item]));
  const binOf = new Map(levels.map(({ sku, bin }) => [sku, bin]));
  const workLine = ({ sku, allocated }: ShipmentLine): WorkLine => {
    const { title = '', weightGrams = 0, dimensionsMm = { length: 0, width: 0, height: 0 } } = itemOf.get(sku) ?? {};
    return { sku, title, quantity: allocated, bin: binOf.get(sku) ?? '', weightGrams, dimensionsMm };
  };
  const items = shipments.map((row) => ({
    shipmentId: row.shipmentId,
    orderId: row.orderId,
    location,
    priority: row.priority,
    placedAt: row.placedAt,
    lines: linesOf(row)
      .filter(({ allocated }) => allocated > 0)
      .map(workLine)
      .sort((a, b) => (a.bin < b.bin ? -1 : a.bin > b.bin ? 1 : 0)),
  }));
  return { items, ...(nextCursor && { nextCursor }) };
}
