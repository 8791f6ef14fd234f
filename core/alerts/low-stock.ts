import type { Services } from '../platform/services.ts';
import { Seen } from '../platform/table/decide.ts';
import { absent, type Condition, equals, exists } from '../platform/table/expressions.ts';
import { keys } from '../platform/table/keys.ts';
import { update } from '../platform/table/writes.ts';
import type { ItemRow } from '../stock/items.ts';
import type { StockRow } from '../stock/levels.ts';
import { raiseAlert } from './alert.ts';

/** How far above its reorder point a level has to rise before it can be low again, as a share of the reorder point. */
const REARM_MARGIN = 0.1;

/** Units that are free, or will be, less those that are waited for. Allocation to the queue leaves it as it is. */
function inventoryPosition({ available, incoming, backordered }: StockRow): number {
  return available + incoming - backordered;
}

function isLow(stock: StockRow): boolean {
  return inventoryPosition(stock) <= stock.reorderPoint;
}

/** Well above the reorder point, so that a level which wavers around it is reported once. */
function isWellStocked(stock: StockRow): boolean {
  const margin = Math.max(1, Math.ceil(stock.reorderPoint * REARM_MARGIN));
  return inventoryPosition(stock) > stock.reorderPoint + margin;
}

/** That neither the level has changed since nor what is low, which the merchant says. */
function isAs({ version, reorderPoint }: StockRow): Condition[] {
  return [equals('version', version), equals('reorderPoint', reorderPoint)];
}

/**
 * Decides on a change of a level whether the merchant is to be told. A level that comes from above its reorder point to it or below is
 * reported once, however often the change is looked at and however far the level falls, until it has been well above again.
 */
export async function watchLevel(services: Services, before: StockRow | undefined, after: StockRow): Promise<void> {
  if (before && !isLow(before) && isLow(after) && !after.lowStockSince) await reportLowStock(services, after);
  else if (after.lowStockSince && isWellStocked(after)) await rearm(services, after);
}

/** The level may have changed since: what is reported is how it is now, if it is still low. */
async function reportLowStock(services: Services, level: StockRow): Promise<void> {
  const { table, now } = services;
  const { sku, location } = level;
  const key = keys.stock(sku, location);
  const item = await table.get<ItemRow>(keys.item(sku));
  await table.decide(
    (seen) => {
      const stock = seen.get<StockRow>(key);
      if (!stock || stock.lowStockSince || !isLow(stock)) return { answer: undefined };
      const mark = update(key).set('lowStockSince', now().toISOString());
      mark.when(...isAs(stock), absent('lowStockSince'));
      const { available, allocated, backordered, incoming, reorderPoint } = stock;
      const { title = sku, leadTimeDays = 0 } = item ?? {};
      const facts = { sku, title, available, allocated, backordered, incoming, reorderPoint, leadTimeDays };
      const alert = raiseAlert(services, location, { kind: 'low-stock', severity: 'warning', ...facts });
      return { answer: undefined, writes: [mark, alert] };
    },
    new Seen().set(key, level),
  );
}

async function rearm({ table }: Services, level: StockRow): Promise<void> {
  const key = keys.stock(level.sku, level.location);
  await table.decide(
    (seen) => {
      const stock = seen.get<StockRow>(key);
      if (!stock?.lowStockSince || !isWellStocked(stock)) return { answer: undefined };
      const clear = update(key).remove('lowStockSince');
      return { answer: undefined, writes: [clear.when(...isAs(stock), exists('lowStockSince'))] };
    },
    new Seen().set(key, level),
  );
}
