import { expect, it } from 'vitest';
import { measureDates } from '../../bench/dates-run.ts';
import type { DatesRun } from '../../bench/results.ts';

const LINES = 250;

it('computes dates with one write for each line whose date moved, and with one read of each shipment that waits', async () => {
  const { runs, audit } = await measureDates(LINES, () => {});
  const [first, behindAll, twoHours, newcomer] = runs;

  expect(runs.map(({ moved }) => moved)).toEqual([LINES, LINES, LINES / 10, 1]);
  for (const run of runs) expect(writesOf(run), run.what).toBe(run.moved);
  // The queue, what is on its way, 100 shipments a batch; the level before it all, and after each batch that was written to.
  expect(readsOf(first)).toEqual({ BatchGetItem: 3, GetItem: 4, Query: 2 });
  expect(readsOf(behindAll)).toEqual(readsOf(first));
  expect(readsOf(twoHours)).toEqual({ BatchGetItem: 3, GetItem: 2, Query: 2 });
  expect(twoHours?.requests.readUnits).toBeLessThan(LINES * 1.1);
  // Its own place is looked up first. Nobody ahead of it is read.
  expect(readsOf(newcomer)).toEqual({ BatchGetItem: 2, GetItem: 2, Query: 2 });
  expect(newcomer?.requests.readUnits).toBeLessThan(10);
  expect(audit.violations).toEqual([]);
}, 60_000);

function writesOf({ requestsByOperation: { UpdateItem, TransactWriteItems } }: DatesRun): number {
  return (UpdateItem?.requests ?? 0) + (TransactWriteItems?.requests ?? 0);
}

function readsOf(run: DatesRun | undefined): Record<string, number> {
  const { UpdateItem: _, TransactWriteItems: __, ...reads } = run?.requestsByOperation ?? {};
  return Object.fromEntries(Object.entries(reads).map(([name, { requests }]) => [name, requests]));
}
