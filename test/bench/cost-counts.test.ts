import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Counts, Measured } from '../../bench/cost/counts.ts';
import { fillIn, render } from '../../bench/cost/render.ts';
import { shapes } from '../../bench/cost/shapes.ts';

const PROJECT = new URL('../../', import.meta.url);
const CHANGED =
  'What an order costs has changed. See whether it became dearer and whether that can be helped; where it is meant, `npm run cost -- --write` ' +
  'keeps the new counts and writes docs/cost.md';

const kept = Measured.parse(JSON.parse(await readFile(new URL('bench/cost/measured.json', PROJECT), 'utf8')));

it('has its tables in docs/cost.md from the counts that are kept', async () => {
  const document = await readFile(new URL('docs/cost.md', PROJECT), 'utf8');
  expect(fillIn(document, render(kept)), CHANGED).toBe(document);
});

describe('what is counted today', async () => {
  // In a process of its own: the functions log there as they do in AWS, and their output is counted.
  const run = await promisify(execFile)(process.execPath, ['bench/cost.ts', '--counts'], { cwd: PROJECT });
  const counted = Measured.parse(JSON.parse(run.stdout));

  it('is what the stack has that is paid by the month', () => {
    const { sweep, ...paid } = counted.monthly;
    const { sweep: keptSweep, ...keptPaid } = kept.monthly;
    expect(paid, CHANGED).toEqual(keptPaid);
    expectSame(sweep, keptSweep);
    expect(counted.memory, CHANGED).toEqual(kept.memory);
    expect(counted.throttlePerSecond, CHANGED).toBe(kept.throttlePerSecond);
    expect(counted.apiConcurrency, CHANGED).toBe(kept.apiConcurrency);
  });

  it.each(Object.entries(shapes).map(([name, { title }]) => ({ name, title })))(
    'is what is kept: $title',
    ({ name }) => {
      const [now, then] = [counted.shapes[name], kept.shapes[name]];
      if (!now || !then) throw new Error(`${name} was not counted, or is not kept. ${CHANGED}`);
      expectSame(now, then);
    },
  );
});

/** Things that a step sets off may come in any order, which costs some reads more or less, most of all with many lines. Log lines hold times of any length. */
function expectSame(now: Counts, then: Counts): void {
  const { readUnits, writeUnits, writeUnitsByIndex, tableRequests, storedBytes, logLines, logBytes, ...exact } = now;
  expect(then, CHANGED).toMatchObject(exact);
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, count) => total + count, 0);
  for (const [counted, keptCount] of [
    [readUnits, then.readUnits],
    [writeUnits, then.writeUnits],
    [sum(writeUnitsByIndex), sum(then.writeUnitsByIndex)],
    [sum(tableRequests), sum(then.tableRequests)],
    [storedBytes / 1000, then.storedBytes / 1000],
    [logLines, then.logLines],
    [logBytes / 1000, then.logBytes / 1000],
  ] as const) {
    expect(Math.abs(counted - keptCount), CHANGED).toBeLessThanOrEqual(4 + keptCount / 10);
  }
}
