import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assumptions } from '../../bench/cost/assumptions.ts';
import type { Counts } from '../../bench/cost/counts.ts';
import { storedSizeOf } from '../../bench/cost/item-size.ts';
import { LogCount } from '../../bench/cost/log-count.ts';
import {
  type Bill,
  billOf,
  dominantOf,
  keepingOf,
  leversOf,
  logBytesOf,
  monthlyBillOf,
  runtimeOf,
  SERVICES,
  totalOf,
} from '../../bench/cost/model.ts';
import { dollarsFor, prices } from '../../bench/cost/prices.ts';
import { ceilingsOf, quotas, skuQuotas } from '../../bench/cost/quotas.ts';
import { fillIn } from '../../bench/cost/render.ts';

const memory = { api: 1024, 'open-task': 512, 'on-stock-change': 512, 'on-record': 512, sweep: 512 };

const count = fc.integer({ min: 0, max: 10_000 });
const counts: fc.Arbitrary<Counts> = fc.record({
  executions: count,
  transitions: count,
  taskAnswers: count,
  apiRequests: count,
  invocations: fc.record({ api: count, 'open-task': count }),
  streamRecords: fc.record({ 'on-stock-change': count, 'on-record': count }),
  readUnits: count,
  writeUnits: fc.integer({ min: 20_000, max: 40_000 }),
  writeUnitsByIndex: fc.record({ 'orders-by-time': count, 'orders-by-status': count }),
  tableRequests: fc.record({ 'api GetItem': count, 'workflow TransactWriteItems': count, 'stream Query': count }),
  events: count,
  alerts: count,
  logLines: count,
  logBytes: count,
  storedBytes: count,
  levelWrites: count,
});

const doubled = (value: Counts): Counts =>
  Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      typeof one === 'number' ? 2 * one : Object.fromEntries(Object.entries(one).map(([key, n]) => [key, 2 * n])),
    ]),
  ) as Counts;

describe('the bill of an order', () => {
  it('is the sum of what its services cost, none of which is negative', () => {
    fc.assert(
      fc.property(counts, (some) => {
        const bill = billOf(some, memory, assumptions);
        expect(Object.keys(bill)).toEqual([...SERVICES]);
        for (const service of SERVICES) expect(bill[service]).toBeGreaterThanOrEqual(0);
        expect(totalOf(bill)).toBeCloseTo(
          SERVICES.map((service) => bill[service]).reduce((a, b) => a + b, 0),
          10,
        );
      }),
    );
  });

  it('doubles, service by service, when everything happens twice', () => {
    fc.assert(
      fc.property(counts, (some) => {
        const once = billOf(some, memory, assumptions);
        const twice = billOf(doubled(some), memory, assumptions);
        for (const service of SERVICES) expect(twice[service]).toBeCloseTo(2 * once[service], 10);
        expect(keepingOf(doubled(some))).toBeCloseTo(2 * keepingOf(some), 10);
      }),
    );
  });

  it('names the dearest service', () => {
    fc.assert(
      fc.property(counts, (some) => {
        const bill = billOf(some, memory, assumptions);
        expect(bill[dominantOf(bill)]).toBe(Math.max(...Object.values(bill)));
      }),
    );
  });

  it('takes from the price list what each thing costs', () => {
    const nothing: Counts = {
      executions: 0,
      transitions: 0,
      taskAnswers: 0,
      apiRequests: 0,
      invocations: {},
      streamRecords: {},
      readUnits: 0,
      writeUnits: 0,
      writeUnitsByIndex: {},
      tableRequests: {},
      events: 0,
      alerts: 0,
      logLines: 0,
      logBytes: 0,
      storedBytes: 0,
      levelWrites: 0,
    };
    const bill = (some: Partial<Counts>): Bill => billOf({ ...nothing, ...some }, memory, assumptions);
    expect(totalOf(bill({}))).toBe(0);
    expect(bill({ transitions: 5_000_000 })['Step Functions']).toBeCloseTo(125);
    expect(bill({ writeUnits: 91_000_000, readUnits: 2_000_000 }).DynamoDB).toBeCloseTo(56.875 + 0.25);
    expect(bill({ logBytes: 2 ** 30 }).CloudWatch).toBeCloseTo(0.5);
    // Two cents a thousand e-mails, and half a dollar a million publishes.
    expect(bill({ alerts: 1_000_000 }).SNS).toBeCloseTo(20.5);
    // A thousand calls of 512 MB, each half a millisecond of a vCPU at 0.29 of one, and one in a hundred begins cold.
    const seconds = 1000 * ((0.5 * (1769 / 512)) / 1000 + 0.005);
    expect(runtimeOf({ ...nothing, invocations: { 'open-task': 1000 } }, memory, assumptions)).toEqual({
      invocations: 1000,
      seconds: expect.closeTo(seconds, 6),
      gigabyteSeconds: expect.closeTo(seconds / 2, 6),
    });
    expect(logBytesOf({ ...nothing, logLines: 2, logBytes: 100, apiRequests: 1 }, assumptions)).toBe(452);
    expect(dollarsFor('gigabyteSecond', 1)).toBe(prices.gigabyteSecond.dollars);
  });

  it('depends on durations only as far as functions run', () => {
    fc.assert(
      fc.property(counts, fc.double({ min: 1, max: 4, noNaN: true }), (some, durationFactor) => {
        const usual = billOf(some, memory, assumptions);
        const slower = billOf(some, memory, { ...assumptions, durationFactor });
        expect(slower.Lambda).toBeGreaterThanOrEqual(usual.Lambda);
        expect({ ...slower, Lambda: 0 }).toEqual({ ...usual, Lambda: 0 });
      }),
    );
  });
});

it('never promises to save more than there is to pay', () => {
  fc.assert(
    fc.property(counts, (some) => {
      const whole = totalOf(billOf(some, memory, assumptions));
      for (const [what, saved] of Object.entries(
        leversOf({ ...some, transitions: some.transitions + 1 }, memory, assumptions),
      )) {
        expect(saved, what).toBeGreaterThanOrEqual(-1e-9);
        expect(saved, what).toBeLessThanOrEqual(whole + dollarsFor('stateTransition', 1) + 1e-9);
      }
    }),
  );
});

it('adds up what is paid by the month, whether anybody orders or not', () => {
  const [sweep] = fc.sample(counts, 1) as [Counts];
  const paid = { alarmMetrics: 10, dashboards: 1, keys: 2, machineClients: 3, customMetrics: 20 };
  const monthly = { ...paid, sweep, sweepsPerMonth: 0 };
  const bill = monthlyBillOf(monthly, memory, assumptions);
  expect(totalOf(bill)).toBeCloseTo(1 + 3 + 2 + 18 + 6 + (3 * 720 * 2.25) / 1000);
});

describe('a ceiling', () => {
  const load = (some: Counts) => ({
    counts: some,
    memory,
    assumed: assumptions,
    throttlePerSecond: 100,
    apiConcurrency: 40,
    openHours: 48,
  });
  const busy = counts.map((some) => ({ ...some, executions: 1 + some.executions, levelWrites: 1 + some.levelWrites }));

  it('is half as high for orders that take twice as much', () => {
    fc.assert(
      fc.property(busy, (some) => {
        const once = Object.fromEntries(ceilingsOf(quotas, load(some)).map((one) => [one.quota.what, one]));
        for (const { quota, ordersPerSecond } of ceilingsOf(quotas, load(doubled(some)))) {
          const before = once[quota.what]?.ordersPerSecond ?? Number.NaN;
          if (Number.isFinite(before)) expect(ordersPerSecond, quota.what).toBeCloseTo(before / 2, 6);
        }
      }),
    );
  });

  it('is named with the lowest first, and is nowhere higher than where it is highest', () => {
    fc.assert(
      fc.property(busy, (some) => {
        const ceilings = ceilingsOf([...quotas, ...skuQuotas], load(some));
        const rates = ceilings.map(({ ordersPerSecond }) => ordersPerSecond);
        expect(rates).toEqual(rates.toSorted((a, b) => a - b));
        for (const { ordersPerSecond, lowestOrdersPerSecond } of ceilings) {
          expect(lowestOrdersPerSecond).toBeLessThanOrEqual(ordersPerSecond);
        }
      }),
    );
  });

  it('takes the limits that the stack sets itself from the stack, and leaves out those that it does not set', () => {
    const [some] = fc.sample(busy, 1) as [Counts];
    const ceilings = ceilingsOf(quotas, load({ ...some, apiRequests: 4 }));
    expect(ceilings.find(({ limit }) => limit === 100)?.ordersPerSecond).toBe(25);
    expect(ceilings.map(({ limit }) => limit)).toContain(40);
    const shared = ceilingsOf(quotas, { ...load(some), apiConcurrency: undefined });
    expect(shared).toHaveLength(ceilings.length - 1);
  });
});

it('measures an item as DynamoDB does: names and values in UTF-8, and a hundred bytes for itself', () => {
  expect(storedSizeOf({})).toBe(100);
  expect(storedSizeOf({ pk: { S: 'ORDER#1' } })).toBe(100 + 2 + 7);
  expect(storedSizeOf({ name: { S: 'Zoë' } })).toBe(100 + 4 + 4);
  expect(storedSizeOf({ n: { N: '-123.45' } })).toBe(100 + 1 + 4);
  expect(storedSizeOf({ list: { L: [{ BOOL: true }, { NULL: true }] } })).toBe(100 + 4 + 3 + 2 * (1 + 1));
  expect(storedSizeOf({ map: { M: { a: { S: 'xy' } } } })).toBe(100 + 3 + 3 + 1 + 1 + 2);
});

it('counts what functions log, and the time series that lines in the metric format make', () => {
  const log = new LogCount();
  const emf = (stage: string) => ({
    _aws: {
      CloudWatchMetrics: [
        { Namespace: 'Fillrate', Dimensions: [['stage']], Metrics: [{ Name: 'Placed' }, { Name: 'Conflicts' }] },
      ],
    },
    stage,
  });
  try {
    process.stdout.write('{"message":"Zoë"}\n');
    for (const stage of ['dev', 'dev', 'prod']) process.stdout.write(`${JSON.stringify(emf(stage))}\n`);
  } finally {
    log.stop();
  }
  const bytes = 18 + ['dev', 'dev', 'prod'].reduce((sum, stage) => sum + JSON.stringify(emf(stage)).length, 0);
  expect(log.take()).toEqual({ logLines: 4, logBytes: bytes });
  expect(log.take()).toEqual({ logLines: 0, logBytes: 0 });
  expect(log.customMetrics).toBe(4);
});

it('writes tables only where the document has a place for them', () => {
  const place = '<!-- a: npm run cost -- --write -->';
  expect(fillIn(`before\n${place}\nold\n<!-- end -->\nafter`, { a: 'new' })).toBe(
    `before\n${place}\nnew\n<!-- end -->\nafter`,
  );
  expect(() => fillIn('nothing', { a: 'new' })).toThrow('no place for the table "a"');
});
