import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Arrival, peg } from '../../core/promises/peg.ts';

const arrival = (inboundShipmentId: string, expectedAt: string, quantity: number): Arrival => ({
  inboundShipmentId,
  expectedAt,
  quantity,
});
const idsOf = (pegs: ReturnType<typeof peg>) =>
  pegs.map((found) => (typeof found === 'string' || found === null ? found : found.inboundShipmentId));

/** The story told day by day: units come, and whoever is first in line takes them as long as they suffice. */
function playedOut(available: number, queue: readonly { quantity: number }[], supply: readonly Arrival[]): unknown[] {
  const servedBy: unknown[] = queue.map(() => null);
  let free = available;
  let next = 0;
  const serve = (by: unknown) => {
    for (let head = queue[next]; head && head.quantity <= free; head = queue[++next]) {
      free -= head.quantity;
      servedBy[next] = by;
    }
  };
  serve('here');
  for (const coming of supply) {
    if (coming.overdue) continue;
    free += coming.quantity;
    serve(coming);
  }
  return servedBy;
}

describe('pegging', () => {
  it('promises each line the arrival that covers everybody ahead and itself', () => {
    const supply = [arrival('IN-1', '2026-12-01', 5), arrival('IN-2', '2026-12-08', 5)];
    const queue = [{ quantity: 2 }, { quantity: 3 }, { quantity: 1 }, { quantity: 4 }, { quantity: 1 }];
    expect(idsOf(peg(queue, 11, supply))).toEqual(['IN-1', 'IN-1', 'IN-2', 'IN-2', null]);
  });

  it('counts nothing on what is overdue', () => {
    const supply = [{ ...arrival('IN-1', '2026-12-01', 5), overdue: true as const }, arrival('IN-2', '2026-12-08', 2)];
    expect(idsOf(peg([{ quantity: 2 }, { quantity: 1 }], 3, supply))).toEqual(['IN-2', null]);
  });

  it('says what would happen if everything came as it is expected', () => {
    const quantity = fc.integer({ min: 1, max: 9 });
    const supply = fc.array(fc.record({ quantity, overdue: fc.boolean() }), { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.nat(30),
        fc.array(quantity, { maxLength: 12 }),
        supply,
        fc.nat(12),
        (available, units, coming, from) => {
          const queue = units.map((quantity) => ({ quantity }));
          const arrivals = coming.map(({ quantity, overdue }, i) => ({
            ...arrival(`IN-${i}`, `2026-12-${String(i + 1).padStart(2, '0')}`, quantity),
            ...(overdue && { overdue: true as const }),
          }));
          const short = units.reduce((sum, quantity) => sum + quantity, 0) - available;
          const expected = playedOut(available, queue, arrivals);
          expect(peg(queue.slice(from), short, arrivals)).toEqual(expected.slice(from));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
