import { afterAll, expect, it } from 'vitest';
import { Arrivals, BESIDES, ON_ITS_WAY, type Pair, STATES, type State } from './arrivals.ts';
import { House } from './world/house.ts';

const house = await House.open();
afterAll(() => house.close());
const arrivals = new Arrivals(await house.freshTable());

const onItsWay = Object.keys(ON_ITS_WAY);
const among: Pair[] = onItsWay.flatMap((first, i) => onItsWay.slice(i).map((second): Pair => [first, second]));
const besides = onItsWay.flatMap((first) => Object.keys(BESIDES).map((second): Pair => [first, second]));
/** With all booked there is nothing to book. */
const isNews = (pair: Pair, state: State) => state !== 'all booked' || !pair.includes('book');
const cases = [...among, ...besides].flatMap((pair) =>
  STATES.filter((state) => isNews(pair, state)).map((state) => ({ name: pair.join(' and '), state, pair })),
);

/** Any two things that can happen to stock on its way, at once, in every order in which their calls can reach the database. */
it.each(cases)('$name come to the same as one after the other, with a shipment $state', async ({ pair, state }) => {
  expect(await arrivals.atOnce(pair, state)).toBeGreaterThanOrEqual(2);
});
