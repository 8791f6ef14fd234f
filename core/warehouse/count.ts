import { type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import { conflict, isRefusal, notFound, type Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { type Decision, Seen } from '../platform/table/decide.ts';
import { equals } from '../platform/table/expressions.ts';
import { keys } from '../platform/table/keys.ts';
import { check } from '../platform/table/writes.ts';
import { changeLevelInParts, type LevelPart, type StockRow } from '../stock/levels.ts';
import type { CountStock } from '../stock/schema.ts';
import { fitting, latestPromises, type Yield, yieldUnits } from './yield.ts';

export interface StockCounted {
  readonly sku: string;
  readonly location: string;
  readonly counted: number;
  /** Units found beyond those known (negative: missing). */
  readonly difference: number;
  /** Of those missing, the ones that were promised: their shipments wait for them again. */
  readonly unitsYielded: number;
  readonly countedAt: string;
}

/** How far a count has come that takes more than one transaction. */
interface Progress {
  readonly difference: number;
  readonly unitsYielded: number;
  /** Units that are still to be taken off the books; negative: to be added. */
  readonly left: number;
}

type Step =
  | { readonly kind: 'done'; readonly answer: StockCounted | Refusal }
  | { readonly kind: 'more'; readonly progress: Progress | undefined };

/**
 * Sets what was found on the shelf. What is missing comes off the free units first; beyond those the latest promise yields: its line
 * waits for the units again, at its old place in the queue. Units that are in cartons already do not yield.
 *
 * More shipments than a transaction holds yield in several, each of which is true by itself: the units that it takes are missing.
 */
export async function countStock(
  services: Services,
  sku: string,
  count: CountStock,
  request?: IdempotentRequest,
): Promise<StockCounted | Refusal> {
  const { answered, recall, remember } = idempotency<StockCounted>(services, request);
  const key = keys.stock(sku, count.location);
  let progress: Progress | undefined;
  for (;;) {
    const seen = await recall(new Seen().set(key, await services.table.get(key)));
    const step = await services.table.decide<Step>(async (seen) => {
      const first = answered(seen);
      if (first) return { answer: { kind: 'done', answer: first } };
      const stock = seen.get<StockRow>(key);
      if (!stock) {
        const detail = `${sku} is not kept at ${count.location}: put the item first`;
        return { answer: { kind: 'done', answer: notFound('unknown-sku', detail) } };
      }
      const { answer, writes = [] } = await decideCount(services, seen, stock, count, progress);
      const counted = answer.kind === 'done' && !isRefusal(answer.answer) ? answer.answer : undefined;
      return { answer, writes: [...(counted ? remember(counted) : []), ...writes] };
    }, seen);
    if (step.kind === 'done') return step.answer;
    progress = step.progress;
  }
}

async function decideCount(
  services: Services,
  seen: Seen,
  stock: StockRow,
  { counted, reason }: CountStock,
  progress: Progress | undefined,
): Promise<Decision<Step>> {
  const { difference, unitsYielded, left } = progress ?? begin(stock, counted);
  const asSeen = equals('version', stock.version);
  const fromShelf = Math.min(left, stock.available);
  const yielding = await latestPromises(services, stock, left - fromShelf);
  if (yielding === 'again') return { answer: { kind: 'more', progress } };
  if (yielding === 'all-in-cartons') {
    return { answer: { kind: 'done', answer: belowPacked(stock, counted) }, writes: [check(stock, asSeen)] };
  }
  const now = yielding.slice(0, fitting(yielding));
  const taken = now.reduce((sum, { units }) => sum + units, 0);
  const after = { difference, unitsYielded: unitsYielded + taken, left: left - fromShelf - taken };
  const parts = partsOf(fromShelf, now);
  const [level, ...movements] = changeLevelInParts(services, stock, parts, { type: 'count', reason }, [asSeen]);
  level.remove('countRequestedAt');
  return {
    answer: after.left === 0 ? counting(services, stock, counted, after) : { kind: 'more', progress: after },
    writes: [level, ...movements, ...now.flatMap((one) => yieldUnits(services, seen, one))],
  };
}

/** What leaves the house after the first transaction was there when it was counted, so the difference stays what it is then. */
function begin({ available, allocated }: StockRow, counted: number): Progress {
  const difference = counted - available - allocated;
  return { difference, unitsYielded: 0, left: -difference };
}

function counting(
  { now }: Services,
  { sku, location }: StockRow,
  counted: number,
  { difference, unitsYielded }: Progress,
): Step {
  const answer = { sku, location, counted, difference, unitsYielded, countedAt: now().toISOString() };
  return { kind: 'done', answer };
}

/** The ledger has a line for the shelf, and one for each shipment that yields. */
function partsOf(fromShelf: number, yielding: readonly Yield[]): LevelPart[] {
  const shelf = fromShelf !== 0 || yielding.length === 0 ? [{ deltas: { available: -fromShelf } }] : [];
  const promised = yielding.map(({ row, units }) => ({
    deltas: { allocated: -units, backordered: units },
    shipmentId: row.shipmentId,
  }));
  return [...shelf, ...promised];
}

function belowPacked({ sku }: StockRow, counted: number): Refusal {
  const detail = `more than ${counted} units of ${sku} are in cartons already: count those, too, or cancel their orders`;
  return conflict('counted-below-packed', detail);
}
