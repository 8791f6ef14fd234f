import { expect, it } from 'vitest';
import { fewest } from './fewest.ts';

const numbers = Array.from({ length: 100 }, (_, i) => i);

it('leaves only what is needed to fail', async () => {
  const needed = [3, 57, 58, 99];

  expect(await fewest(numbers, async (left) => needed.every((number) => left.includes(number)))).toEqual(needed);
});

it('leaves nothing where nothing is needed', async () => {
  expect(await fewest(numbers, async () => true)).toEqual([]);
});

it('gives up after so many tries, with what fails', async () => {
  let tries = 0;
  const left = await fewest(
    numbers,
    async (some) => {
      tries++;
      return some.includes(42);
    },
    10,
  );

  expect(left).toContain(42);
  expect(tries).toBeLessThanOrEqual(10);
});
