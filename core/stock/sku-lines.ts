import * as z from 'zod';
import { MAX_QUANTITY, type Quantity, type Sku } from './schema.ts';

interface SkuLine {
  readonly sku: Sku;
  readonly quantity: Quantity;
}

/** Lines of one SKU are one line in the end, so their sum keeps to a line's limit too. */
export function skuLines<Line extends z.ZodType<SkuLine>>(line: Line, maxLines: number) {
  return z
    .array(line)
    .min(1)
    .max(maxLines)
    .superRefine((lines, context) => {
      const sums = new Map<Sku, number>();
      lines.forEach(({ sku, quantity }, i) => {
        const sum = (sums.get(sku) ?? 0) + quantity;
        sums.set(sku, sum);
        if (sum <= MAX_QUANTITY) return;
        const message = `expected at most ${MAX_QUANTITY} units of ${sku} in all its lines`;
        context.addIssue({ code: 'custom', path: [i, 'quantity'], message });
      });
    })
    .describe('Lines of one SKU become one.');
}

/** What lines ask for or bring of each SKU, in the order in which the SKUs are first named. */
export function unitsBySku(lines: readonly SkuLine[]): Map<Sku, number> {
  const sums = new Map<Sku, number>();
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return sums;
}
