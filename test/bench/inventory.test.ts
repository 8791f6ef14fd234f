import { describe, expect, it } from 'vitest';
import { demandByKind } from '../../bench/backtest/demand-kinds.ts';
import { compare, fixed, type Policy, perfect, play, suggested } from '../../bench/backtest/inventory.ts';
import { DAILY_METHODS } from '../../core/forecast/choose.ts';

const terms = { leadTime: 2, cover: 3, serviceLevel: 0.95 };
const never: Policy = { name: 'never', buyerOf: () => () => 0 };

// It begins with 2 a day for five days: 10. Served: 4, 6 of 7, 0 of 1. On hand in the evening: 6, 0, 0.
it('serves what is there and counts the rest as not served, as by hand', () => {
  expect(play([2, 2, 4, 7, 1], never, terms, 2)).toEqual({ demanded: 12, served: 10, held: 2 });
});

// Five are ordered on the first evening, and come two days later: one waits for them since yesterday, so four are there for today's six.
it('serves who waits before who comes, when an order has arrived', () => {
  const once: Policy = {
    name: 'once',
    buyerOf:
      () =>
      ({ period }) =>
        period === 2 ? 5 : 0,
  };
  expect(play([2, 2, 4, 7, 6], once, terms, 2)).toEqual({ demanded: 17, served: 4 + 6 + 4, held: 6 / 3 });
});

it('tells a buyer what is there and on its way, less what is waited for', () => {
  const positions: number[] = [];
  const five: Policy = {
    name: 'five',
    buyerOf:
      () =>
      ({ position }) => {
        positions.push(position);
        return 5;
      },
  };
  play([2, 2, 4, 7, 6], five, terms, 2);
  expect(positions).toEqual([6, 6 + 5 - 7, 6 + 10 - 7 - 6]);
});

it('lets nobody wait who knows the future, but for what it began without, and holds little', () => {
  const { steady = [], intermittent = [] } = demandByKind(5, 300);
  for (const items of [steady, intermittent]) {
    const [reached] = compare(items, [perfect], { leadTime: 10, cover: 5, serviceLevel: 0.95 }, 100);
    expect(reached?.fillRate).toBeGreaterThan(0.9);
    expect(reached?.periodsHeld).toBeLessThan(10);
  }
});

it('draws the same demand from the same seed, of each kind what it says', () => {
  expect(demandByKind(2, 50, 3)).toEqual(demandByKind(2, 50, 3));
  expect(demandByKind(2, 50, 3)).not.toEqual(demandByKind(2, 50, 4));
  const kinds = demandByKind(20, 700);
  const mean = (kind: string, from: number, to: number) =>
    (kinds[kind] ?? []).flatMap((item) => item.slice(from, to)).reduce((sum, units) => sum + units, 0) /
    (20 * (to - from));
  expect(mean('steady', 0, 700)).toBeCloseTo(5, 0);
  expect(mean('trending', 650, 700)).toBeGreaterThan(3 * mean('trending', 0, 50));
  expect(mean('dying', 650, 700)).toBe(0);
  expect(mean('intermittent', 0, 700)).toBeCloseTo(0.5, 1);
});

/** The tables of docs/forecasting.md in small: what is suggested has to be worth something. */
describe('stock that is bought as suggested', () => {
  const kinds = demandByKind(4, 400);
  const policies = [suggested(0.95, DAILY_METHODS, 7), fixed(1.5)];

  it.each(['trending', 'intermittent'])('serves more than a fixed reorder point does: %s', (kind) => {
    const [plan, rule] = compare(kinds[kind] ?? [], policies, { leadTime: 14, cover: 14, serviceLevel: 0.95 }, 150);
    expect(plan?.fillRate).toBeGreaterThan((rule?.fillRate ?? 1) + 0.05);
  });

  it.each(['steady', 'weekly seasonal', 'dying'])('serves as much, with less in the house: %s', (kind) => {
    const [plan, rule] = compare(kinds[kind] ?? [], policies, { leadTime: 14, cover: 14, serviceLevel: 0.95 }, 150);
    expect(plan?.fillRate).toBeGreaterThan(0.98);
    expect(plan?.periodsHeld).toBeLessThan(rule?.periodsHeld ?? 0);
  });
});
