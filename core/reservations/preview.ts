import type { PromiseBasis } from '../orders/happenings.ts';
import { DEFAULT_PRIORITY } from '../orders/schema.ts';
import type { ShipmentPromise } from '../orders/shipments.ts';
import type { Services } from '../platform/services.ts';
import { TooMuchContention } from '../platform/table/decide.ts';
import { prefixes } from '../platform/table/keys.ts';
import { promiseFromArrival, promiseFromStock } from '../promises/date.ts';
import { peg } from '../promises/peg.ts';
import { viewQueue } from '../promises/queue-view.ts';
import type { StockRow } from '../stock/levels.ts';
import { decideLine } from './decide-line.ts';

/** What would be promised of units that are ordered now. */
export interface PromisePreview {
  readonly quantity: number;
  /** Null where nothing could be promised. */
  readonly promisedAt: string | null;
  readonly basis: PromiseBasis | null;
  /** Why an order for so many would be refused, where it would be. */
  readonly refused?: 'out-of-stock' | 'backorder-limit' | 'unknown-sku';
}

/**
 * What an order for so many units would be promised, if it came now, waited for all of them and was as urgent as most.
 *
 * @throws TooMuchContention for a queue that changes faster than it can be read.
 */
export async function previewPromise(services: Services, level: StockRow, quantity: number): Promise<PromisePreview> {
  const decision = decideLine(level, { sku: level.sku, quantity }, 'wait');
  if (decision.kind === 'refused') return { quantity, promisedAt: null, basis: null, refused: decision.code };
  const promise = decision.wait === 0 ? promiseFromStock(services) : await promiseFromQueue(services, level, quantity);
  return { quantity, promisedAt: promise?.promisedAt ?? null, basis: promise?.basis ?? null };
}

/** Behind all who wait already, but for those who are less urgent. */
async function promiseFromQueue(
  services: Services,
  level: StockRow,
  quantity: number,
): Promise<ShipmentPromise | null> {
  const lessUrgent = `${prefixes.wait(level.location)}${DEFAULT_PRIORITY + 1}`;
  const view = await viewQueue(services, level, lessUrgent, level);
  if (!view) throw new TooMuchContention(`the queue for ${level.sku} changes faster than it can be read`);
  const behind = view.places.reduce((units, { wait }) => units + wait.quantity, 0);
  const { backordered, available } = view.level;
  const [found = null] = peg([{ quantity }], backordered - behind - available + quantity, view.supply);
  if (found === 'here') return promiseFromStock(services);
  return found && promiseFromArrival(services, found);
}
