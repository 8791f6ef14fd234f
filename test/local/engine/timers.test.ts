import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Timers } from '../../../local/engine/timers.ts';
import { ManualClock } from './manual-clock.ts';

it('rings every deadline that was not canceled, in order, and none too early', () => {
  const deadlines = fc.array(fc.record({ second: fc.integer({ min: 0, max: 100 }), cancel: fc.boolean() }));
  fc.assert(
    fc.property(deadlines, (entries) => {
      const clock = new ManualClock();
      const start = clock.now().getTime();
      const timers = new Timers(clock);
      const rung: { second: number; place: number }[] = [];
      const set = entries.map(({ second }, place) =>
        timers.at(start + second * 1000, () => {
          expect(clock.now().getTime()).toBeGreaterThanOrEqual(start + second * 1000);
          rung.push({ second, place });
        }),
      );
      for (const [place, { cancel }] of entries.entries()) if (cancel) set[place]?.cancel();
      clock.advance(100);
      const expected = entries
        .map(({ second, cancel }, place) => ({ second, place, cancel }))
        .filter(({ cancel }) => !cancel)
        .sort((a, b) => a.second - b.second || a.place - b.place)
        .map(({ second, place }) => ({ second, place }));
      expect(rung).toEqual(expected);
    }),
  );
});

it('rings at a deadline a year away, and not when 31 bits of milliseconds are over', () => {
  const clock = new ManualClock();
  const timers = new Timers(clock);
  let rung = 0;
  timers.at(clock.now().getTime() + 365 * 86_400_000, () => {
    rung += 1;
  });
  clock.advance(365 * 86_400 - 1);
  expect(rung).toBe(0);
  clock.advance(1);
  expect(rung).toBe(1);
});

it('rings at once, but later than the call, for a deadline that has passed, and lets itself be set while it rings', () => {
  const clock = new ManualClock();
  const timers = new Timers(clock);
  const rung: string[] = [];
  timers.at(0, () => {
    rung.push('first');
    timers.at(clock.now().getTime() + 1000, () => rung.push('second'));
  });
  expect(rung).toEqual([]);
  clock.advance(0);
  expect(rung).toEqual(['first']);
  clock.advance(1);
  expect(rung).toEqual(['first', 'second']);
});

it('forgets everything when it is cleared', () => {
  const clock = new ManualClock();
  const timers = new Timers(clock);
  timers.at(clock.now().getTime() + 1000, () => expect.unreachable());
  timers.clear();
  expect(clock.pending).toBe(0);
  clock.advance(2);
});
