import {
  croston,
  type DemandHistory,
  exponentialSmoothing,
  type Forecaster,
  type ForecastMethod,
  type MethodName,
  sba,
  tsb,
  weeklySeasonality,
} from './methods.ts';

const SHARES = [0.05, 0.1, 0.2, 0.3];
/** The first third of a history is what a method learns from before its forecasts are judged, and at least this many periods. */
const WARM_UP = 4;

/** What may be chosen for demand by the month, or by any period that has no week. */
export const METHODS: readonly ForecastMethod[] = [
  ...SHARES.map(exponentialSmoothing),
  ...SHARES.map(croston),
  ...SHARES.map(sba),
  ...SHARES.flatMap((alpha) => SHARES.map((beta) => tsb(alpha, beta))),
];

/** What may be chosen for demand by the day. */
export const DAILY_METHODS: readonly ForecastMethod[] = [
  ...METHODS,
  ...SHARES.flatMap((alpha) => [0.05, 0.1].map((gamma) => weeklySeasonality(alpha, gamma))),
];

export interface ChosenForecast {
  readonly method: MethodName;
  /** Units expected in one of the periods to come: 1 is the next. */
  readonly expect: (ahead: number) => number;
  /**
   * The root of the mean squared error with which the method would have forecast the units of `horizon` periods together, in the past that it was judged by; null
   * where there was too little of it.
   */
  readonly error: number | null;
}

/**
 * Finds the method that would have forecast this history best, and forecasts with it. From each period after the first ones it forecasts the units of the next
 * `horizon` periods together (the lead time: that is what stock has to last for), and is judged by the squares of its errors. Not by their
 * absolute values: of demand that is 0 in most periods, 0 is the forecast with the smallest of those, and nobody would ever buy.
 * Source: Kolassa, Why the "best" point forecast depends on the error or accuracy measure, International Journal of Forecasting 36 (2020).
 */
export function chooseForecast(
  history: DemandHistory,
  horizon: number,
  methods: readonly ForecastMethod[] = DAILY_METHODS,
): ChosenForecast {
  let best: { method: ForecastMethod; forecaster: Forecaster; error: number | null } | undefined;
  for (const method of methods) {
    const { forecaster, error } = judge(method, history, horizon);
    // Of too short a history nothing is known; then the first is as good as any.
    if (!best || (error !== null && (best.error === null || error < best.error))) best = { method, forecaster, error };
  }
  if (!best) throw new Error('there is no method to choose from');
  const { forecaster } = best;
  return { method: best.method.name, expect: (ahead) => forecaster.expect(ahead), error: best.error };
}

function judge({ start }: ForecastMethod, history: DemandHistory, horizon: number) {
  const forecaster = start();
  const from = Math.max(WARM_UP, Math.floor(history.length / 3));
  let squares = 0;
  let judged = 0;
  for (const [i, units] of history.entries()) {
    const actual = i >= from ? unitsOf(history, i, horizon) : null;
    if (actual !== null) {
      const expected = expectedOver(forecaster, horizon);
      squares += (expected - actual) ** 2;
      judged++;
    }
    forecaster.observe(units);
  }
  return { forecaster, error: judged === 0 ? null : Math.sqrt(squares / judged) };
}

/** Units expected in the next periods together. */
export function expectedOver(forecast: Pick<Forecaster, 'expect'>, periods: number): number {
  let sum = 0;
  for (let ahead = 1; ahead <= periods; ahead++) sum += forecast.expect(ahead);
  return sum;
}

/** The units of some periods together; null where one of them is not known, or still to come. */
function unitsOf(history: DemandHistory, from: number, periods: number): number | null {
  let sum = 0;
  for (let i = from; i < from + periods; i++) {
    const units = history[i];
    if (units === null || units === undefined) return null;
    sum += units;
  }
  return sum;
}
