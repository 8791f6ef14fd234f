import { afterAll, expect, it } from 'vitest';
import { run } from './run.ts';
import { scenarioOf } from './scenario.ts';
import { explain } from './story.ts';
import { House } from './world/house.ts';

/** Enough to see that it runs, and to meet what is often met; `npm run simulate` goes on from there. */
const SEEDS = 6;
const ORDERS = 30;

const house = await House.open();
afterAll(() => house.close());

it('breaks no promise, whatever goes wrong', { timeout: 120_000 }, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const scenario = scenarioOf(`test-${seed}`, ORDERS);
    const outcome = await run(house, scenario);
    if (outcome.broken) expect.fail(await explain(house, scenario, outcome));
  }
});

/** One with faults, whichever the draw of scenarios makes it. */
function aRoughWorld() {
  for (let seed = 1; ; seed++) {
    const scenario = scenarioOf(String(seed), ORDERS);
    if (scenario.weather.faults.lost > 0.005) return scenario;
  }
}

it('does the same again for the same seed', async () => {
  const scenario = aRoughWorld();

  const first = await run(house, scenario);
  const second = await run(house, scenario);

  expect(first.faults.length).toBeGreaterThan(0);
  expect(second).toEqual(first);
});

it("does the same through the SDK's client as over the bare socket", { timeout: 60_000 }, async () => {
  const scenario = aRoughWorld();

  const overTheSocket = await run(house, scenario);
  const throughTheSdk = await run(house, scenario, { through: 'sdk' });

  expect(throughTheSdk).toEqual(overTheSocket);
});
