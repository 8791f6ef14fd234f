import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { forEachConcurrently } from '../../core/platform/concurrently.ts';

it('begins in order and has at most so many under way at once', async () => {
  const begun: number[] = [];
  let underWay = 0;
  let most = 0;
  await forEachConcurrently([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    begun.push(item);
    most = Math.max(most, ++underWay);
    await turn();
    underWay--;
  });
  expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

it('begins nothing more after a failure, lets the others end, and closes its source', async () => {
  let isClosed = false;
  async function* source() {
    try {
      for (let i = 1; ; i++) yield i;
    } finally {
      isClosed = true;
    }
  }
  const ended: number[] = [];
  const work = forEachConcurrently(source(), 2, async (item) => {
    if (item === 2) throw new Error('no');
    await turn();
    ended.push(item);
  });
  await expect(work).rejects.toThrow('no');
  expect(ended).toEqual([1]);
  expect(isClosed).toBe(true);
});
