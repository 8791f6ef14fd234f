import { chooseForecast, METHODS } from '../../core/forecast/choose.ts';
import {
  type DemandHistory,
  exponentialSmoothing,
  type ForecastMethod,
  movingAverage,
  naive,
} from '../../core/forecast/methods.ts';

/** How a method's forecasts of one period ahead compare with what came. */
interface Accuracy {
  readonly name: string;
  /** Mean of the items' mean absolute errors, each divided by that of the naive forecast in what came before the test. */
  readonly mase: number;
  /** Mean of the items' root mean squared errors, scaled likewise. */
  readonly rmsse: number;
  /** What was forecast too much of all that was demanded, as a share; negative for too little. */
  readonly bias: number;
}

export interface Backtest {
  readonly items: number;
  /** Items of which too little is known, or whose demand never changed before the test: there is nothing to divide by. */
  readonly leftOut: number;
  readonly accuracies: readonly Accuracy[];
}

/** Of those with parameters, an item gets the ones that would have been best for it until then, as the chosen one does. */
const COMPARED: Readonly<Record<string, readonly ForecastMethod[]>> = {
  nothing: [{ name: 'naive', start: () => ({ observe: () => {}, expect: () => 0 }) }],
  'naive: as the last time': [naive()],
  'moving average of 6': [movingAverage(6)],
  'moving average of 12': [movingAverage(12)],
  'mean of all': [exponentialSmoothing(Number.EPSILON)],
  'exponential smoothing': named('exponential-smoothing'),
  Croston: named('croston'),
  SBA: named('sba'),
  TSB: named('tsb'),
  '**chosen for each item**': METHODS,
};

function named(name: ForecastMethod['name']): ForecastMethod[] {
  return METHODS.filter((method) => method.name === name);
}

/**
 * Forecasts each of the last periods of each item from those before it, and compares.
 * Measures: Hyndman, Koehler, Another look at measures of forecast accuracy, International Journal of Forecasting 22 (2006), and, squared, Makridakis,
 * Spiliotis, Assimakopoulos, The M5 accuracy competition, International Journal of Forecasting 38 (2022).
 *
 * @param periods how many at the end; before them an item needs twice as many
 */
export function backtest(histories: readonly DemandHistory[], periods: number): Backtest {
  const items = histories.filter((history) => history.length >= 3 * periods && scaleOf(history, periods) !== undefined);
  return {
    items: items.length,
    leftOut: histories.length - items.length,
    accuracies: Object.entries(COMPARED).map(([name, methods]) => ({ name, ...accuracyOf(items, methods, periods) })),
  };
}

function accuracyOf(items: readonly DemandHistory[], methods: readonly ForecastMethod[], periods: number) {
  let [mase, rmsse, forecast, demanded] = [0, 0, 0, 0];
  for (const history of items) {
    const scale = scaleOf(history, periods) as Scale;
    const errors: number[] = [];
    for (let origin = history.length - periods; origin < history.length; origin++) {
      const actual = history[origin];
      if (actual === null || actual === undefined) continue;
      const expected = chooseForecast(history.slice(0, origin), 1, methods).expect(1);
      errors.push(expected - actual);
      forecast += expected;
      demanded += actual;
    }
    mase += meanOf(errors.map(Math.abs)) / scale.absolute;
    rmsse += Math.sqrt(meanOf(errors.map((error) => error ** 2)) / scale.squared);
  }
  return { mase: mase / items.length, rmsse: rmsse / items.length, bias: (forecast - demanded) / demanded };
}

interface Scale {
  readonly absolute: number;
  readonly squared: number;
}

/** The errors of the naive forecast before the test; undefined where it made none. */
function scaleOf(history: DemandHistory, periods: number): Scale | undefined {
  const steps = history.slice(0, -periods).flatMap((units, i, before) => {
    const last = before[i - 1];
    return units === null || last === null || last === undefined ? [] : [units - last];
  });
  if (steps.every((step) => step === 0)) return undefined;
  return { absolute: meanOf(steps.map(Math.abs)), squared: meanOf(steps.map((step) => step ** 2)) };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
