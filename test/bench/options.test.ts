import { expect, it } from 'vitest';
import { UsageError } from '../../bench/command-line.ts';
import { readOptions } from '../../bench/options.ts';
import { percentiles } from '../../bench/percentiles.ts';

it('measures a thousand orders of one line when nothing is asked for', () => {
  expect(readOptions([])).toEqual({ orders: 1000, clients: 32, skus: 100, lines: 1, hot: false, conflicts: false });
});

it('knows every option', () => {
  const args = '--orders 50 --clients 4 --skus 9 --lines 3 --conflicts --json out.json'.split(' ');
  expect(readOptions(args)).toEqual({
    orders: 50,
    clients: 4,
    skus: 9,
    lines: 3,
    hot: false,
    conflicts: true,
    json: 'out.json',
  });
});

it('measures nothing when help is asked for', () => {
  expect(readOptions(['--help', '--orders', '7'])).toBeUndefined();
});

it.each([
  ['--orders 0', /--orders: expected a whole number from 1/],
  ['--orders 1.5', /--orders: expected a whole number from 1/],
  ['--clients many', /--clients: expected a whole number from 1/],
  ['--lines 5 --skus 4', /--lines: .*raise --skus/],
  ['--hot --lines 2', /--hot: orders of one SKU have one line/],
  ['--waiting 10 --hot', /--waiting: cannot be combined/],
  ['--dates 10 --waiting 10', /--dates: cannot be combined/],
  ['--colour red', /colour/],
  ['--orders', /orders/],
])('says what is wrong with "%s"', (args, message) => {
  const read = () => readOptions(args.split(' '));
  expect(read).toThrow(UsageError);
  expect(read).toThrow(message);
});

it('takes percentiles by the nearest rank', () => {
  const values = Array.from({ length: 200 }, (_, n) => 200 - n);
  expect(percentiles(values)).toEqual({ p50: 100, p99: 198 });
  expect(percentiles([7])).toEqual({ p50: 7, p99: 7 });
});
