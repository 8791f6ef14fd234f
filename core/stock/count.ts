import { type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import { conflict, notFound, type Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { Seen } from '../platform/table/decide.ts';
import { equals } from '../platform/table/expressions.ts';
import { keys } from '../platform/table/keys.ts';
import { changeLevel, type StockRow } from './levels.ts';
import type { CountStock } from './schema.ts';

export interface StockCounted {
  readonly sku: string;
  readonly location: string;
  readonly counted: number;
  /** Units found beyond those known (negative: missing). */
  readonly difference: number;
  readonly countedAt: string;
}

/** Sets what was found on the shelf. Units that shipments have been promised can't be counted away: they are short picks. */
export async function countStock(
  services: Services,
  sku: string,
  { counted, location, reason }: CountStock,
  request?: IdempotentRequest,
): Promise<StockCounted | Refusal> {
  const { table, now } = services;
  const { answered, recall, remember } = idempotency<StockCounted>(services, request);
  const key = keys.stock(sku, location);
  const seen = await recall(new Seen().set(key, await table.get(key)));
  return table.decide<StockCounted | Refusal>((seen) => {
    const first = answered(seen);
    if (first) return { answer: first };
    const stock = seen.get<StockRow>(key);
    if (!stock) return { answer: notFound('unknown-sku', `${sku} is not kept at ${location}: put the item first`) };
    if (counted < stock.allocated) {
      const detail = `${stock.allocated} units of ${sku} are promised to shipments, so a count of ${counted} is too low: confirm those picks with what was found`;
      return { answer: conflict('counted-below-promised', detail) };
    }
    const difference = counted - stock.available - stock.allocated;
    const answer = { sku, location, counted, difference, countedAt: now().toISOString() };
    const [level, movement] = changeLevel(
      services,
      { sku, location },
      { available: difference },
      { type: 'count', reason },
      [equals('version', stock.version)],
    );
    level.remove('countRequestedAt');
    return { answer, writes: [...remember(answer), level, movement] };
  }, seen);
}
