import { describe, expect, it } from 'vitest';
import { chooseForecast, DAILY_METHODS, expectedOver, METHODS } from '../../../core/forecast/choose.ts';
import { type DemandHistory, exponentialSmoothing, naive } from '../../../core/forecast/methods.ts';

const days = (count: number, units: (day: number) => number | null): DemandHistory =>
  Array.from({ length: count }, (_, day) => units(day));

describe('the method that is chosen', () => {
  it('follows the week where the week has a shape', () => {
    const shop = days(90, (day) => (day % 7 === 5 ? 20 : 5) + ((day * 7) % 3));
    const { method, expect: expected } = chooseForecast(shop, 7);
    expect(method).toBe('weekly-seasonality');
    const saturday = Array.from({ length: 7 }, (_, i) => expected(i + 1));
    expect(Math.max(...saturday)).toBe(saturday[(5 - (90 % 7) + 7) % 7]);
  });

  it('lets go of what is no longer demanded', () => {
    const dying = days(120, (day) => (day < 80 && day % 5 === 0 ? 8 : 0));
    const { method, expect: expected } = chooseForecast(dying, 7);
    expect(['tsb', 'exponential-smoothing']).toContain(method);
    expect(expected(1)).toBeLessThan(0.2);
  });

  it('is the one with the smallest error over the horizon, as computed the long way round', () => {
    const history = days(60, (day) => (day * 37) % 11);
    const methods = [naive(), exponentialSmoothing(0.1), exponentialSmoothing(0.3)];
    const horizon = 3;
    const errors = methods.map(({ start }) => {
      const squares: number[] = [];
      for (let origin = 20; origin + horizon <= history.length; origin++) {
        const forecaster = start();
        for (const units of history.slice(0, origin)) forecaster.observe(units);
        const actual = history.slice(origin, origin + horizon).reduce<number>((sum, units) => sum + (units ?? 0), 0);
        squares.push((expectedOver(forecaster, horizon) - actual) ** 2);
      }
      return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
    });
    const chosen = chooseForecast(history, horizon, methods);
    expect(chosen.error).toBeCloseTo(Math.min(...errors));
    expect(chosen.method).toBe(methods[errors.indexOf(Math.min(...errors))]?.name);
  });

  it('is not judged by stretches in which there was nothing to demand', () => {
    const gap = days(60, (day) => (day >= 30 && day < 40 ? null : 6));
    expect(chooseForecast(gap, 5)).toMatchObject({ error: 0 });
    expect(chooseForecast(gap, 5).expect(1)).toBeCloseTo(6);
  });

  it.each([0, 1, 2, 4])(
    'says that it knows nothing of its error after %d periods, and forecasts all the same',
    (count) => {
      const { error, expect: expected } = chooseForecast(
        days(count, () => 3),
        7,
      );
      expect(error).toBeNull();
      expect(expected(1)).toBe(count === 0 ? 0 : 3);
    },
  );
});

it('can be any of those that suit the kind of period', () => {
  const names = (methods: typeof METHODS) => [...new Set(methods.map(({ name }) => name))];
  expect(names(METHODS)).toEqual(['exponential-smoothing', 'croston', 'sba', 'tsb']);
  expect(names(DAILY_METHODS)).toEqual([...names(METHODS), 'weekly-seasonality']);
});
