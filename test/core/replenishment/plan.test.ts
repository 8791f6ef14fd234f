import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponentialSmoothing } from '../../../core/forecast/methods.ts';
import { plan, type Terms, unitsToOrder } from '../../../core/replenishment/plan.ts';

const terms: Terms = { leadTime: 4, cover: 7, serviceLevel: 0.95 };
const smoothing = [exponentialSmoothing(0.1)];

// Ten a day for ever: nothing to be wrong about, so nothing is kept for it. 4 × 10, and 7 × 10 more.
it('needs no safety stock for demand that is always the same', () => {
  expect(plan(new Array(40).fill(10), terms, smoothing)).toEqual({
    method: 'exponential-smoothing',
    expected: 40,
    safetyStock: 0,
    reorderPoint: 40,
    orderUpTo: 110,
  });
});

// d = 10 and σL = 2 days: 20 units. z of 0.95 is 1.645: 32.9 units, and 40 in the lead time.
it('keeps stock for a lead time that varies, as by hand', () => {
  const { safetyStock, reorderPoint } = plan(new Array(40).fill(10), { ...terms, leadTimeDeviation: 2 }, smoothing);
  expect(safetyStock).toBeCloseTo(1.645 * 20, 0);
  expect(reorderPoint).toBeCloseTo(72.9, 0);
});

// 0 and 20 in turn: over two days always 20, over one day 10 too many or too few.
it('keeps stock for the error over the whole lead time, not for that of a day', () => {
  const inTurn = Array.from({ length: 60 }, (_, day) => (day % 2) * 20);
  const mean = [exponentialSmoothing(Number.EPSILON)];
  expect(plan(inTurn, { ...terms, leadTime: 2 }, mean).safetyStock).toBeLessThan(2);
  expect(plan(inTurn, { ...terms, leadTime: 1 }, mean).safetyStock).toBeCloseTo(1.645 * 10, -1);
});

// Two known days of nine: 36 in four days, and 6 is the square root of 36.
it('goes by chance where too little is known: the variance is the mean', () => {
  const { expected, safetyStock } = plan([9, 9], terms, smoothing);
  expect(expected).toBe(36);
  expect(safetyStock).toBeCloseTo(1.645 * 6, 1);
});

it('plans nothing for what has never been demanded', () => {
  expect(plan([], terms)).toMatchObject({ reorderPoint: 0, orderUpTo: 0 });
  expect(plan(new Array(90).fill(0), terms)).toMatchObject({ reorderPoint: 0, orderUpTo: 0 });
});

it('keeps more for a higher service level, and never less than nothing', () => {
  const histories = fc.array(fc.nat({ max: 50 }), { maxLength: 60 });
  const levels = fc.tuple(fc.integer({ min: 50, max: 98 }), fc.integer({ min: 1, max: 1 }));
  fc.assert(
    fc.property(histories, levels, (history, [level, more]) => {
      const [lower, higher] = [level, level + more].map((percent) =>
        plan(history, { ...terms, serviceLevel: percent / 100 }, smoothing),
      );
      expect(lower?.safetyStock).toBeGreaterThanOrEqual(0);
      expect(higher?.safetyStock).toBeGreaterThanOrEqual(lower?.safetyStock ?? 0);
      expect(lower?.orderUpTo).toBeGreaterThanOrEqual(lower?.reorderPoint ?? 0);
    }),
  );
});

describe('the units to order', () => {
  const planned = { reorderPoint: 40.5, orderUpTo: 110.2 };

  it.each([
    [200, 0],
    [41, 0],
    [40.5, 70],
    [40, 71],
    [0, 111],
    [-20, 131],
  ])('at a position of %d are %d', (position, units) => {
    expect(unitsToOrder(planned, position)).toBe(units);
  });

  it('of what needs no stock are none', () => {
    expect(unitsToOrder({ reorderPoint: 0, orderUpTo: 0 }, 0)).toBe(0);
    expect(unitsToOrder({ reorderPoint: 0, orderUpTo: 0 }, -3)).toBe(3);
  });
});
