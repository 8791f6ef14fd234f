import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  croston,
  type DemandHistory,
  exponentialSmoothing,
  type ForecastMethod,
  movingAverage,
  naive,
  sba,
  tsb,
  weeklySeasonality,
} from '../../../core/forecast/methods.ts';

function observed(method: ForecastMethod, history: DemandHistory) {
  const forecaster = method.start();
  for (const units of history) forecaster.observe(units);
  return forecaster;
}

const next = (method: ForecastMethod, history: DemandHistory) => observed(method, history).expect(1);

describe('by hand', () => {
  it('the naive forecast is the last value that is known', () => {
    expect(next(naive(), [3, 5, null])).toBe(5);
  });

  it('a moving average is the mean of the last values that are known', () => {
    expect(next(movingAverage(3), [100, 4, null, 5, 9])).toBe(6);
  });

  // 10; then the mean of 10 and 20, as a half is more than the share; then 15 + 0.3 × (30 − 15), a third being more: 15 + 5; then 20 + 0.3 × (40 − 20).
  it('exponential smoothing moves by a share of the error, and begins as a mean', () => {
    const smoothed = exponentialSmoothing(0.3);
    expect([10, 20, 30, 40].map((_, i, all) => next(smoothed, all.slice(0, i + 1)))).toEqual([10, 15, 20, 26]);
  });

  // Sizes 4, 6: mean 5. Intervals 2, 3: mean 2.5. The two zeros at the end change nothing.
  it("Croston's method divides the size of a demand by the time between two", () => {
    expect(next(croston(0.1), [0, 4, 0, 0, 6, 0, 0])).toBe(2);
  });

  it("the Syntetos-Boylan approximation takes half its share off Croston's", () => {
    expect(next(sba(0.1), [0, 4, 0, 0, 6, 0, 0])).toBeCloseTo(2 * 0.95);
  });

  // Size 5. The probability begins as the mean, 2 of 5; then 0.4 − 0.2 × 0.4 = 0.32, and 0.256.
  it("Teunter's, Syntetos' and Babai's falls while nothing is demanded", () => {
    expect(next(tsb(0.2, 0.2), [0, 4, 0, 0, 6])).toBeCloseTo(5 * 0.4);
    expect(next(tsb(0.2, 0.2), [0, 4, 0, 0, 6, 0, 0])).toBeCloseTo(5 * 0.256);
  });

  it('weekly seasonality expects of each day what is usual on it', () => {
    const week = [10, 10, 10, 10, 10, 30, 4];
    const forecast = observed(weeklySeasonality(0.1, 0.1), [...week, ...week, ...week]);
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((ahead) => Math.round(forecast.expect(ahead)))).toEqual([...week, 10]);
  });

  // Level 12, and 18 more on the sixth day; 40 come on it, 10 too many: the level moves by 1, the day by 2.
  it('weekly seasonality moves the level and the day by their shares of the error', () => {
    const week = [9, 9, 9, 9, 9, 30, 9];
    const saturday = observed(weeklySeasonality(0.1, 0.2), [...week, ...week, 9, 9, 9, 9, 9, 40]);
    expect(saturday.expect(7)).toBeCloseTo(30 + 1 + 2);
    expect(saturday.expect(1)).toBeCloseTo(9 + 1);
  });
});

const methods = [naive(), movingAverage(4), exponentialSmoothing(0.2), croston(0.1), sba(0.1), tsb(0.1, 0.1)];
const all = [...methods, weeklySeasonality(0.1, 0.1)];
const units = fc.nat({ max: 1000 });
const histories = fc.array(fc.option(units, { nil: null, freq: 5 }), { maxLength: 60 });

describe.each(all.map((method) => [method.name, method] as const))('%s', (_, method) => {
  it('expects a number of units that is possible, whatever has been', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 30 }), (history, ahead) => {
        const expected = observed(method, history).expect(ahead);
        const most = Math.max(0, ...history.filter((each) => each !== null));
        expect(expected).toBeGreaterThanOrEqual(0);
        expect(expected).toBeLessThanOrEqual(method.name === 'weekly-seasonality' ? 3 * most : most);
      }),
    );
  });

  it('expects what always comes, once it has come for two weeks', () => {
    const forecast = observed(method, new Array(20).fill(7));
    expect(forecast.expect(1)).toBeCloseTo(method.name === 'sba' ? 7 * 0.95 : 7);
  });

  it('expects nothing of what has never been demanded', () => {
    expect(next(method, [])).toBe(0);
    expect(next(method, [0, 0, null, 0])).toBe(0);
    expect(next(method, new Array(30).fill(null))).toBe(0);
  });
});

describe.each(methods.map((method) => [method.name, method] as const))('%s', (_, method) => {
  it('takes no notice of periods in which nobody could demand any', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const known = history.filter((each) => each !== null);
        expect(next(method, history)).toBe(next(method, known));
      }),
    );
  });
});
