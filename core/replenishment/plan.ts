import { probit } from 'simple-statistics';
import { type ChosenForecast, chooseForecast, DAILY_METHODS, expectedOver } from '../forecast/choose.ts';
import type { DemandHistory, ForecastMethod, MethodName } from '../forecast/methods.ts';

/** What is decided for an item: how it is bought. Times are in periods of its history: days, or months. */
export interface Terms {
  /** From an order to its arrival. */
  readonly leadTime: number;
  /** By how much that varies: its standard deviation. */
  readonly leadTimeDeviation?: number;
  /** For how long an order is to last, once it is there. */
  readonly cover: number;
  /** In how many of all cycles the stock is to last until the next arrival: 0.5 and more, below 1. */
  readonly serviceLevel: number;
}

export interface Plan {
  readonly method: MethodName;
  /** Units expected in the lead time. */
  readonly expected: number;
  /** Units that are kept for what is not expected. */
  readonly safetyStock: number;
  /** With this inventory position or less it is time to order. */
  readonly reorderPoint: number;
  /** Up to which position to order then. */
  readonly orderUpTo: number;
}

/**
 * Plans from demand so far when an item is to be ordered, and up to what. Orders are considered once a period.
 *
 * Safety stock is `z·√(σ² + d²·σL²)`, of which the design says `z·√(L·σd² + d²·σL²)`: σ, the error of a forecast over the whole lead time, is measured and not put together from
 * the errors of single periods, which follow one from another wherever a forecast is off.
 * Source: Silver, Pyke, Thomas, Inventory and Production Management in Supply Chains, 4th edition, 6.7 and 6.10.
 */
export function plan(history: DemandHistory, terms: Terms, methods: readonly ForecastMethod[] = DAILY_METHODS): Plan {
  const { leadTime, leadTimeDeviation = 0, cover, serviceLevel } = terms;
  const forecast = chooseForecast(history, leadTime, methods);
  const expected = expectedOver(forecast, leadTime);
  const perPeriod = expected / leadTime;
  const deviation = Math.hypot(errorOf(forecast, expected), perPeriod * leadTimeDeviation);
  const safetyStock = probit(serviceLevel) * deviation;
  const reorderPoint = expected + safetyStock;
  return { method: forecast.method, expected, safetyStock, reorderPoint, orderUpTo: reorderPoint + perPeriod * cover };
}

/** Where nothing is known of the error: as if demands came one by one and by chance, when the variance is the mean (Poisson). */
function errorOf({ error }: ChosenForecast, expected: number): number {
  return error ?? Math.sqrt(expected);
}

/** Units to order now: none as long as what is there, and on its way, less what is waited for, is above the reorder point. */
export function unitsToOrder({ reorderPoint, orderUpTo }: Pick<Plan, 'reorderPoint' | 'orderUpTo'>, position: number) {
  return position > reorderPoint ? 0 : Math.max(0, Math.ceil(orderUpTo - position));
}
