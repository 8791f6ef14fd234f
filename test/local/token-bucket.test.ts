import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../local/access/token-bucket.ts';

describe('a throttle', () => {
  function throttle(ratePerSecond: number, burst: number) {
    let now = 1000;
    const bucket = new TokenBucket({ ratePerSecond, burst }, () => now);
    return { take: () => bucket.take(), wait: (milliseconds: number) => (now += milliseconds) };
  }

  it('lets a burst pass, and then as many a second as its rate says', () => {
    const { take, wait } = throttle(10, 3);

    expect([take(), take(), take()]).toEqual([0, 0, 0]);
    expect(take()).toBeCloseTo(0.1);
    wait(60);
    expect(take()).toBeCloseTo(0.04);
    wait(40);
    expect(take()).toBe(0);
    expect(take()).toBeGreaterThan(0);
  });

  it('saves up no more than a burst, however long it was quiet', () => {
    const { take, wait } = throttle(10, 3);
    wait(3_600_000);

    expect([take(), take(), take()]).toEqual([0, 0, 0]);
    expect(take()).toBeGreaterThan(0);
  });
});
