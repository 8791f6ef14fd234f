import type { IfShort } from '../orders/schema.ts';
import {
  above,
  absent,
  atLeast,
  atMost,
  below,
  type Condition,
  either,
  equals,
} from '../platform/table/expressions.ts';
import type { StockRow } from '../stock/levels.ts';

/**
 * What becomes of one line. `allocate + wait + drop` is its quantity, and the conditions are what must hold of the level for the
 * decision to be right. A refusal needs none: it was true when the level was seen.
 */
export type LineDecision = LineTaken | LineRefused;

export interface LineTaken {
  readonly kind: 'taken';
  readonly allocate: number;
  readonly wait: number;
  readonly drop: number;
  readonly conditions: readonly Condition[];
}

interface LineRefused {
  readonly kind: 'refused';
  readonly code: 'unknown-sku' | 'out-of-stock' | 'backorder-limit';
  readonly detail: string;
}

/**
 * Decides one line on what is known of the level. Unknown, it is presumed to have enough: the condition finds out.
 *
 * Units on the shelf while somebody waits are the queue's, so a newcomer finds none.
 */
export function decideLine(
  stock: StockRow | null | undefined,
  { sku, quantity }: { sku: string; quantity: number },
  ifShort: IfShort,
): LineDecision {
  if (stock === undefined || (stock !== null && free(stock) >= quantity)) {
    const conditions = [atLeast('available', quantity), equals('backordered', 0)];
    return { kind: 'taken', allocate: quantity, wait: 0, drop: 0, conditions };
  }
  if (stock === null) {
    const detail = `${sku} is not in the catalogue of this location`;
    return { kind: 'refused', code: 'unknown-sku', detail };
  }
  const allocate = ifShort === 'wait' ? 0 : free(stock);
  const short = quantity - allocate;
  const asSeen =
    allocate > 0 ? [equals('available', allocate), equals('backordered', 0)] : [nothingFreeFor(quantity, ifShort)];
  if (ifShort === 'cancel') return { kind: 'taken', allocate, wait: 0, drop: short, conditions: asSeen };
  if (stock.backorderPolicy === 'deny') {
    const detail = `${sku} has ${free(stock)} of ${quantity} units and takes no backorders`;
    return { kind: 'refused', code: 'out-of-stock', detail };
  }
  const { backorderLimit: limit } = stock;
  if (limit !== undefined && stock.backordered + short > limit) {
    const detail = `${sku}: ${stock.backordered} units are waited for already, and ${short} more would pass the limit of ${limit}`;
    return { kind: 'refused', code: 'backorder-limit', detail };
  }
  const withinLimit =
    limit === undefined
      ? [absent('backorderLimit')]
      : [equals('backorderLimit', limit), atMost('backordered', limit - short)];
  const conditions = [...asSeen, equals('backorderPolicy', 'allow'), ...withinLimit];
  return { kind: 'taken', allocate, wait: short, drop: 0, conditions };
}

/** Units that a newcomer can have. */
function free({ available, backordered }: StockRow): number {
  return backordered > 0 ? 0 : available;
}

/** A customer who waits for the whole line is short below its quantity, one who takes what is there only at nothing. */
function nothingFreeFor(quantity: number, ifShort: IfShort): Condition {
  return either(below('available', ifShort === 'wait' ? quantity : 1), above('backordered', 0));
}
