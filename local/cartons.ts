import type { Carton } from '../core/orders/shipments.ts';
import type { WorkItem } from './api-client.ts';

/** What one person may carry. */
const MAX_CARTON_GRAMS = 30_000;
/** Of the carton itself. */
const EMPTY_CARTON_GRAMS = 250;
/** The API takes so many cartons of a shipment, and so much of each. */
const MAX_CARTONS = 500;
const MAX_GRAMS = 1_000_000;
const MAX_MILLIMETERS = 100_000;

/**
 * The cartons of a shipment, as an estimate that a packer would improve on: as many equal ones as keep each light enough to carry, each
 * with the longest and the widest item as its floor, and as high as its share of the volume needs.
 */
export function packCartons(lines: WorkItem['lines']): Carton[] {
  const sides = lines.map(({ dimensionsMm: { length, width, height } }) =>
    [length, width, height].sort((a, b) => b - a),
  );
  const longest = (side: number) => Math.max(1, ...sides.map((of) => of[side] ?? 0));
  const units = sum(lines, ({ quantity }) => quantity);
  const grams = sum(lines, ({ quantity, weightGrams }) => quantity * weightGrams);
  const volume = sum(
    lines,
    ({ quantity, dimensionsMm: { length, width, height } }) => quantity * length * width * height,
  );
  const count = Math.min(MAX_CARTONS, units, Math.max(1, Math.ceil(grams / MAX_CARTON_GRAMS)));
  const [length, width] = [longest(0), longest(1)];
  const height = Math.max(longest(2), Math.ceil(volume / count / (length * width)));
  const carton = {
    weightGrams: Math.min(MAX_GRAMS, Math.ceil(grams / count) + EMPTY_CARTON_GRAMS),
    dimensionsMm: { length, width, height: Math.min(MAX_MILLIMETERS, height) },
  };
  return Array.from({ length: count }, () => carton);
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
