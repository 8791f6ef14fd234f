import { describe, expect, it } from 'vitest';
import { startDatabase } from '../support/database.ts';
import { expectMessagesToFollow, expectPromisesToHold, readRows } from '../support/promise-checks.ts';
import { type Step, World } from '../support/promise-world.ts';

const database = await startDatabase();

const order = (mugs: number, priority = 5, pans = 0): Step => ({
  kind: 'order',
  quantities: [mugs, pans],
  priority,
  ifShort: 'split',
});
const announce = (quantity: number, day: number): Step => ({ kind: 'announce', skus: ['MUG'], quantity, day });

const ALL = 1000;

/** Six orders wait for mugs, of which the first has its pan already; three inbound shipments are on their way. */
const before: Step[] = [
  { kind: 'receive', sku: 'PAN', quantity: 1 },
  announce(4, 5),
  announce(4, 15),
  announce(4, 25),
  order(1, 5, 1),
  ...[2, 1, 2, 1, 2].map((mugs) => order(mugs)),
];

const meanwhile: Record<string, Step> = {
  'somebody ahead cancels': { kind: 'cancel', which: 1 },
  'somebody in the middle cancels': { kind: 'cancel', which: 4 },
  'somebody more urgent orders': order(3, 0),
  'somebody orders at the end of the queue': order(1),
  'the inbound shipment moves again': { kind: 'move', which: 0, day: 2 },
  'another one moves': { kind: 'move', which: 1, day: 28 },
  'units arrive': { kind: 'receive', sku: 'MUG', quantity: 3 },
  'units are found': { kind: 'count', sku: 'MUG', found: 2 },
  'the first order takes what is there': { kind: 'split', which: 0 },
  'somebody is moved to the front': { kind: 'priority', which: 4, priority: 0 },
};

/** What a computation that takes several calls can miss in between. */
const betweenCalls = [
  'somebody in the middle cancels',
  'somebody is moved to the front',
  'the inbound shipment moves again',
];

const cases = [
  ...Object.keys(meanwhile).map((name) => ({ name, calls: 'one call', placesPerCall: 100 })),
  ...betweenCalls.map((name) => ({ name, calls: 'several calls', placesPerCall: 4 })),
];

describe('while dates are computed', () => {
  it.each(cases)(
    'in $calls, $name, at any request, and all are right in the end',
    async ({ name, placesPerCall }) => {
      const step = meanwhile[name] as Step;
      const prepared = await World.create(database, { placesPerPage: 2, placesPerCall });
      for (const part of before) await prepared.take(part);
      await prepared.quiet(ALL);
      let requests = Number.POSITIVE_INFINITY;
      for (let atRequest = 1; atRequest <= requests; atRequest++) {
        const world = await prepared.copy();
        await world.take({ kind: 'move', which: 0, day: 20 });

        requests = await world.deliver({ kind: 'held-up', records: ALL, atRequest, meanwhile: [step] });
        await world.quiet(ALL);

        const rows = await readRows(world.services);
        expectPromisesToHold(rows, world.services.promises);
        expectMessagesToFollow(rows, world.services.promises);
      }
      expect(requests).toBeGreaterThan(10);
    },
    60_000,
  );
});
