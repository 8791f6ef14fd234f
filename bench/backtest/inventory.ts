import type { ForecastMethod } from '../../core/forecast/methods.ts';
import { plan, type Terms, unitsToOrder } from '../../core/replenishment/plan.ts';

/** Decides what is ordered at the end of each period. */
type Buyer = (at: { readonly period: number; readonly position: number }) => number;

/** A way to buy: what each item is bought by, given all that will be demanded of it, of which only the perfect one looks ahead. */
export interface Policy {
  readonly name: string;
  buyerOf(demand: readonly number[], terms: Terms, from: number): Buyer;
}

export interface Played {
  /** Units demanded while stock was watched. */
  readonly demanded: number;
  /** Of these, units that were there at once. */
  readonly served: number;
  /** Units on hand at the end of a period, in the mean. */
  readonly held: number;
}

/**
 * Plays an item's demand forward: what has come is put away, demand is served, who finds nothing waits and is served first, and at the end of each
 * period it is decided what to order. It begins with what `cover` and the lead time are expected to need.
 *
 * @param from the first period that is played; those before it are known in the beginning
 */
export function play(demand: readonly number[], policy: Policy, terms: Terms, from: number): Played {
  const buyer = policy.buyerOf(demand, terms, from);
  const arrivals = new Map<number, number>();
  const known = demand.slice(0, from);
  const usual = known.reduce((sum, units) => sum + units, 0) / Math.max(1, known.length);
  let onHand = Math.ceil(usual * (terms.leadTime + terms.cover));
  let [onOrder, waiting, demanded, served, held] = [0, 0, 0, 0, 0];
  for (let period = from; period < demand.length; period++) {
    const arrived = arrivals.get(period) ?? 0;
    onOrder -= arrived;
    onHand += arrived;
    const late = Math.min(onHand, waiting);
    onHand -= late;
    waiting -= late;
    const units = demand[period] ?? 0;
    const atOnce = Math.min(onHand, units);
    onHand -= atOnce;
    waiting += units - atOnce;
    demanded += units;
    served += atOnce;
    held += onHand;
    const ordered = buyer({ period, position: onHand + onOrder - waiting });
    onOrder += ordered;
    arrivals.set(period + terms.leadTime, (arrivals.get(period + terms.leadTime) ?? 0) + ordered);
  }
  return { demanded, served, held: held / (demand.length - from) };
}

/** What the plan suggests, made anew every so many periods with all that is known by then. */
export function suggested(serviceLevel: number, methods: readonly ForecastMethod[], every: number): Policy {
  return {
    name: `suggested, for a service level of ${serviceLevel}`,
    buyerOf: (demand, terms) => {
      let current: ReturnType<typeof plan> | undefined;
      return ({ period, position }) => {
        if (!current || period % every === 0) {
          current = plan(demand.slice(0, period + 1), { ...terms, serviceLevel }, methods);
        }
        return unitsToOrder(current, position);
      };
    },
  };
}

/** What each policy reaches with these items together. */
export function compare(
  items: readonly (readonly number[])[],
  policies: readonly Policy[],
  terms: Terms,
  from: number,
): (Pick<Policy, 'name'> & { readonly fillRate: number; readonly periodsHeld: number })[] {
  return policies.map((policy) => {
    let [demanded, served, held] = [0, 0, 0];
    for (const item of items) {
      const played = play(item, policy, terms, from);
      demanded += played.demanded;
      served += played.served;
      held += played.held * (item.length - from);
    }
    return { name: policy.name, fillRate: served / demanded, periodsHeld: held / demanded };
  });
}

/** A reorder point as people set it: so many times what the lead time needed before the beginning, and then it stays. */
export function fixed(times: number): Policy {
  return {
    name: `fixed reorder point, ${times} × the lead time's demand`,
    buyerOf: (demand, { leadTime, cover }, from) => {
      const usual = demand.slice(0, from).reduce((sum, units) => sum + units, 0) / Math.max(1, from);
      const reorderPoint = times * usual * leadTime;
      return ({ position }) => unitsToOrder({ reorderPoint, orderUpTo: reorderPoint + usual * cover }, position);
    },
  };
}

/** Knows what will be demanded until what is ordered now has arrived and been used up. */
export const perfect: Policy = {
  name: 'perfect forecast',
  buyerOf: (demand, { leadTime, cover }) => {
    const needed = (from: number, periods: number) =>
      demand.slice(from, from + periods).reduce((sum, units) => sum + units, 0);
    return ({ period, position }) => {
      const now = period + 1;
      return position >= needed(now, leadTime) ? 0 : needed(now, leadTime + cover) - position;
    };
  },
};
