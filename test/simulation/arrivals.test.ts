import { afterAll, expect, it } from 'vitest';
import { Arrivals, PAIRS, STATES } from './arrivals.ts';
import { House } from './world/house.ts';

const house = await House.open();
afterAll(() => house.close());
const arrivals = new Arrivals(await house.freshTable());

/** With all booked there is nothing to book. */
const cases = PAIRS.flatMap((pair) =>
  STATES.filter((state) => state !== 'all booked' || !pair.includes('book')).map((state) => {
    return { name: pair.join(' and '), state, pair };
  }),
);

/** Any two things that can happen to stock on its way, at once, in every order in which their calls can reach the database. */
it.each(cases)(
  '$name come to the same as one after the other, with a shipment $state',
  async ({ pair, state }) => {
    expect(await arrivals.atOnce(pair, state)).toBeGreaterThanOrEqual(2);
  },
  60_000,
);
