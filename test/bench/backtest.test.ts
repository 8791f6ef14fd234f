import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { backtest } from '../../bench/backtest/accuracy.ts';
import { readDemand } from '../../bench/backtest/demand-file.ts';

const accuracyOf = (histories: (number | null)[][], periods: number, name: string) => {
  const found = backtest(histories, periods).accuracies.find((each) => each.name.startsWith(name));
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};

// Before the test the naive forecast errs by 2, 2, 4: 8/3, and by 24/3 = 8 in squares. In the test it expects 1 and gets 3, then expects 3 and gets 3.
it('measures errors as multiples of those of the naive forecast before, as by hand', () => {
  const { mase, rmsse, bias } = accuracyOf([[1, 3, 5, 1, 3, 3]], 2, 'naive');
  expect(mase).toBeCloseTo((2 + 0) / 2 / (8 / 3));
  expect(rmsse).toBeCloseTo(Math.sqrt((4 + 0) / 2 / 8));
  expect(bias).toBeCloseTo((1 + 3 - 6) / 6);
});

it('counts a month as one item counts: the mean of items, not of months', () => {
  const histories = [
    [0, 2, 0, 2, 0, 2],
    [0, 200, 0, 200, 0, 200],
  ];
  const both = accuracyOf(histories, 2, 'naive');
  expect(both.mase).toBeCloseTo(accuracyOf(histories.slice(0, 1), 2, 'naive').mase);
});

it('leaves out items of which too little is known, and those that never changed', () => {
  const { items, leftOut } = backtest([[1, 2, 3], [4, 4, 4, 4, 4, 4], [], [1, 2, 1, 2, 1, 2]], 2);
  expect({ items, leftOut }).toEqual({ items: 1, leftOut: 3 });
});

it('forecasts each period with nothing that comes after it', () => {
  const before = [4, 0, 3, 0, 5, 0, 4, 0, 3, 0];
  const [a, b] = [1000, 7].map((last) => backtest([[...before, 2, last]], 2).accuracies);
  const forecastOf = (bias: number, last: number) => bias * (2 + last) + 2 + last;
  for (const [i, { name, bias }] of (a ?? []).entries()) {
    expect(forecastOf(bias, 1000), name).toBeCloseTo(forecastOf(b?.[i]?.bias ?? 0, 7), 6);
  }
});

const inFile = async (text: string) => {
  const directory = await mkdtemp(join(tmpdir(), 'fillrate-backtest-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'demand.csv');
  await writeFile(path, text);
  return path;
};

it('reads demand from a file, without what is empty at its ends', async () => {
  const path = await inFile('part,jan,feb,mar,apr\nA,,1,,2.5\nB,0,3,,\n');
  expect(await readDemand(path)).toEqual([
    [1, null, 2.5],
    [0, 3],
  ]);
});

it.each([
  ['part,jan\nA,-1\n', 'line 2: expected units, 0 or more'],
  ['part,jan,feb\nA,1,2\nB,1,x\n', 'line 3: expected units, 0 or more'],
  ['part,jan\n', 'has no rows'],
  ['part,jan\n"A,1\n', 'is no CSV file'],
])('says what is wrong with a file: %j', async (text, why) => {
  await expect(readDemand(await inFile(text))).rejects.toThrow(why);
});

it('prints a table, and says how it is called where it is called wrongly', async () => {
  const run = (...args: string[]) => promisify(execFile)(process.execPath, ['bench/backtest.ts', ...args]);
  const path = await inFile('part,a,b,c,d,e,f\nA,1,0,3,0,2,1\n');

  const { stdout } = await run('--demand', path, '--periods', '2');
  expect(stdout).toContain('1 items, of each the last 2 periods');
  expect(stdout).toContain('| **chosen for each item** |');
  expect(stdout).toContain('1 items, bought in the last 3 of 6 months');
  expect(stdout).toContain('| perfect forecast |');
  await expect(run('--demand', '')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--demand: expected a CSV file'),
  });
  await expect(run('--demand', path)).rejects.toMatchObject({ stderr: expect.stringContaining('36 periods') });
});
