import { afterAll, describe, expect, it } from 'vitest';
import { interleave, PAIRS } from './pairs.ts';
import { Situations } from './situations.ts';

const situations = await Situations.open();
afterAll(() => situations.close());

/**
 * Any two things that can happen to a SKU, at once, in every order in which their calls to the database can reach it. What the stream
 * would do comes after.
 */
describe.each(PAIRS)('$name', (pair) => {
  it('breaks no promise in any order of their calls', async () => {
    const orders = await interleave(situations, pair);

    expect(orders).toBeGreaterThanOrEqual(2);
  });
});
