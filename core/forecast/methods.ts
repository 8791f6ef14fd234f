/** Units demanded in each period, oldest first; null where nobody could demand any, as there was no stock. */
export type DemandHistory = readonly (number | null)[];

/** What one method makes of a history, period by period. */
export interface Forecaster {
  /** Takes note of the next period. */
  observe(units: number | null): void;
  /** Units expected in one of the periods to come: 1 is the next. */
  expect(ahead: number): number;
}

/** A way to forecast, with its parameters set. */
export interface ForecastMethod {
  readonly name: MethodName;
  readonly start: () => Forecaster;
}

export type MethodName =
  | 'naive'
  | 'moving-average'
  | 'exponential-smoothing'
  | 'weekly-seasonality'
  | 'croston'
  | 'sba'
  | 'tsb';

const DAYS_A_WEEK = 7;

/** Whatever it was the last time. For comparison. */
export function naive(): ForecastMethod {
  return movingAverage(1, 'naive');
}

/** The mean of the last periods that are known. For comparison. */
export function movingAverage(periods: number, name: MethodName = 'moving-average'): ForecastMethod {
  return {
    name,
    start: () => {
      const last: number[] = [];
      return {
        observe: (units) => {
          if (units !== null) last.push(units);
          if (last.length > periods) last.shift();
        },
        expect: () => mean(last),
      };
    },
  };
}

/**
 * Simple exponential smoothing: a level that moves by a share of each error, for demand that comes every day or nearly so.
 * Source: Hyndman, Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, 8.1. It begins as the plain mean of what is known.
 *
 * @param alpha share of the error, above 0 and up to 1
 */
export function exponentialSmoothing(alpha: number): ForecastMethod {
  return {
    name: 'exponential-smoothing',
    start: () => {
      const level = new Smoothed(alpha);
      return {
        observe: (units) => {
          if (units !== null) level.add(units);
        },
        expect: () => level.value,
      };
    },
  };
}

/**
 * Exponential smoothing with a part for each day of the week that is added to the level: ETS(A,N,A) in its error correction form, without trend.
 * Source: Hyndman, Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, 8.5. Until two weeks are known it is the mean of what is known.
 *
 * @param alpha share of the error by which the level moves
 * @param gamma share of the error by which the part of that day of the week moves
 */
export function weeklySeasonality(alpha: number, gamma: number): ForecastMethod {
  return { name: 'weekly-seasonality', start: () => new Weekly(alpha, gamma) };
}

class Weekly implements Forecaster {
  readonly #alpha: number;
  readonly #gamma: number;
  #periods = 0;
  readonly #first: { readonly day: number; readonly units: number }[] = [];
  #level = 0;
  readonly #days = new Array<number>(DAYS_A_WEEK).fill(0);

  constructor(alpha: number, gamma: number) {
    this.#alpha = alpha;
    this.#gamma = gamma;
  }

  observe(units: number | null): void {
    const day = this.#periods++ % DAYS_A_WEEK;
    if (units === null) return;
    if (this.#isBeginning) this.#begin(day, units);
    else {
      const error = units - this.#level - this.#of(day);
      this.#level += this.#alpha * error;
      this.#days[day] = this.#of(day) + this.#gamma * error;
    }
  }

  expect(ahead: number): number {
    if (this.#isBeginning) return this.#level;
    return Math.max(0, this.#level + this.#of((this.#periods - 1 + ahead) % DAYS_A_WEEK));
  }

  get #isBeginning(): boolean {
    return this.#first.length < 2 * DAYS_A_WEEK;
  }

  #of(day: number): number {
    return this.#days[day] ?? 0;
  }

  #begin(day: number, units: number): void {
    this.#first.push({ day, units });
    this.#level = mean(this.#first.map((each) => each.units));
    if (this.#isBeginning) return;
    for (const weekday of this.#days.keys()) {
      const same = this.#first.filter((each) => each.day === weekday).map((each) => each.units);
      this.#days[weekday] = same.length === 0 ? 0 : mean(same) - this.#level;
    }
  }
}

/**
 * Croston's method, for demand with many periods of none: the size of a demand and the time between two, each smoothed when there is one.
 * Source: Croston, Forecasting and stock control for intermittent demands, Operational Research Quarterly 23 (1972). It expects too much.
 */
export function croston(alpha: number): ForecastMethod {
  return intermittent('croston', alpha, 1);
}

/**
 * Croston's method less its bias (Syntetos-Boylan approximation).
 * Source: Syntetos, Boylan, The accuracy of intermittent demand estimates, International Journal of Forecasting 21 (2005).
 */
export function sba(alpha: number): ForecastMethod {
  return intermittent('sba', alpha, 1 - alpha / 2);
}

function intermittent(name: MethodName, alpha: number, correction: number): ForecastMethod {
  return {
    name,
    start: () => {
      const size = new Smoothed(alpha);
      const interval = new Smoothed(alpha);
      let since = 0;
      return {
        observe: (units) => {
          if (units === null) return;
          since++;
          if (units === 0) return;
          size.add(units);
          interval.add(since);
          since = 0;
        },
        expect: () => (size.count === 0 ? 0 : (correction * size.value) / interval.value),
      };
    },
  };
}

/**
 * The probability of a demand, smoothed in every period, and its size, smoothed when there is one: unlike Croston's it falls while nothing is demanded,
 * as with an item that dies.
 * Source: Teunter, Syntetos, Babai, Intermittent demand: linking forecasting to inventory obsolescence, European Journal of Operational Research 214 (2011).
 *
 * @param alpha of the size
 * @param beta of the probability
 */
export function tsb(alpha: number, beta: number): ForecastMethod {
  return {
    name: 'tsb',
    start: () => {
      const size = new Smoothed(alpha);
      const probability = new Smoothed(beta);
      return {
        observe: (units) => {
          if (units === null) return;
          probability.add(units > 0 ? 1 : 0);
          if (units > 0) size.add(units);
        },
        expect: () => probability.value * size.value,
      };
    },
  };
}

/**
 * A value that moves by a share of the difference, and by more in the beginning: the first values count alike, as in a mean. So what comes first has no
 * more weight than it deserves, and nothing has to be guessed to begin with.
 */
class Smoothed {
  readonly #share: number;
  value = 0;
  count = 0;

  constructor(share: number) {
    this.#share = share;
  }

  add(value: number): void {
    this.count++;
    this.value += Math.max(this.#share, 1 / this.count) * (value - this.value);
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
