import fc from 'fast-check';
import { expect, it } from 'vitest';
import { audit } from '../../core/audit/audit.ts';
import { startDatabase } from '../support/database.ts';
import { expectMessagesToFollow, expectPromisesToHold, readRows } from '../support/promise-checks.ts';
import { type Delivery, SKUS, type Step, World } from '../support/promise-world.ts';

const database = await startDatabase();
const RUNS = 30;

const sku = fc.constantFrom(...SKUS);
const which = fc.nat(20);
const day = fc.integer({ min: 1, max: 30 });
const few = fc.integer({ min: 1, max: 4 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      quantities: fc.tuple(fc.nat(3), fc.nat(3)),
      priority: fc.constantFrom(5, 5, 5, 1, 8),
      ifShort: fc.constantFrom('wait' as const, 'split' as const),
    }),
  },
  fc.record({ kind: fc.constant('receive' as const), sku, quantity: few }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('announce' as const),
      skus: fc.subarray([...SKUS], { minLength: 1 }),
      quantity: fc.integer({ min: 1, max: 6 }),
      day,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), which, day }) },
  fc.record({ kind: fc.constant('arrive' as const), which, quantity: few, complete: fc.boolean() }),
  fc.record({ kind: fc.constant('drop' as const), which }),
  fc.record({ kind: fc.constant('cancel' as const), which }),
  fc.record({ kind: fc.constant('split' as const), which }),
  fc.record({ kind: fc.constant('take' as const), which }),
  fc.record({ kind: fc.constant('priority' as const), which, priority: fc.constantFrom(1, 5, 8) }),
  fc.record({ kind: fc.constant('pick' as const), which, short: fc.nat(2) }),
  fc.record({ kind: fc.constant('count' as const), sku, found: fc.nat(3) }),
  fc.record({ kind: fc.constant('allocate' as const), sku }),
);
const records = fc.integer({ min: 1, max: 6 });
const atRequest = fc.integer({ min: 1, max: 12 });
const delivery: fc.Arbitrary<Delivery> = fc.oneof(
  fc.record({ kind: fc.constant('deliver' as const), records, twice: fc.boolean() }),
  fc.record({
    kind: fc.constant('cut' as const),
    records,
    cut: fc.record({ atRequest, when: fc.constantFrom('before' as const, 'after' as const) }),
  }),
  fc.record({
    kind: fc.constant('held-up' as const),
    records,
    atRequest,
    meanwhile: fc.array(step, { minLength: 1, maxLength: 2 }),
  }),
);

/** A few things that happen while the stream is read somehow, and then rest, so that what one of them leaves undone no other one does. */
const episode = fc.array(fc.oneof({ weight: 3, arbitrary: step }, { weight: 2, arbitrary: delivery }), {
  minLength: 1,
  maxLength: 4,
});

it('promises what the future holds as far as it is known, whatever happens in between', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(4, 100),
      fc.array(episode, { minLength: 3, maxLength: 12 }),
      async (placesPerCall, story) => {
        const world = await World.create(database, { placesPerPage: 2, placesPerCall });
        for (const parts of story) {
          for (const part of parts) await ('records' in part ? world.deliver(part) : world.take(part));
          await world.quiet(2);
          const rows = await readRows(world.services);
          expectPromisesToHold(rows, world.services.promises);
          expectMessagesToFollow(rows, world.services.promises);
          const { violations } = await audit({ ...world.services, now: () => new Date('2026-11-25') });
          expect(violations).toEqual([]);
        }
      },
    ),
    { numRuns: RUNS, endOnFailure: false },
  );
}, 120_000);
