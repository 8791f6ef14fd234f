export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** By the nearest rank: the smallest of the values that as many percent of them do not exceed. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (percent: number) => Math.round(sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN);
  return { p50: rank(50), p99: rank(99) };
}
