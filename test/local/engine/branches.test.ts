import { expect, it } from 'vitest';
import { invoke, machine, runOnce, startHarness, until } from './harness.ts';
import { ManualClock } from './manual-clock.ts';

const flow = (states: Record<string, unknown>) => ({ StartAt: Object.keys(states)[0], States: states });
const failing = async () => {
  throw Object.assign(new Error('no'), { name: 'Broken' });
};

it('runs the branches of a Parallel on the same input, and gives their outputs in order', async () => {
  const definition = machine({
    Both: {
      Type: 'Parallel',
      Arguments: { n: '{% $states.input.n + 1 %}' },
      Branches: [
        flow({
          Slow: invoke('double', '{% $states.input.n %}', { Output: '{% $states.result.Payload %}', End: true }),
        }),
        flow({ Quick: { Type: 'Pass', Output: '{% $states.input.n %}', End: true } }),
      ],
      Output: { both: '{% $states.result %}' },
      End: true,
    },
  });
  const double = async (n: number) => 2 * n;
  expect((await runOnce(definition, { input: { n: 1 }, functions: { double } })).result).toEqual({ both: [4, 2] });
});

it('lets branches read the variables around them and keeps their own to themselves', async () => {
  const definition = machine({
    Before: { Type: 'Pass', Assign: { outer: 'o' }, Next: 'Both' },
    Both: {
      Type: 'Parallel',
      Branches: ['A', 'B'].map((name) =>
        flow({
          [`Set${name}`]: { Type: 'Pass', Assign: { inner: name }, Next: `Get${name}` },
          [`Get${name}`]: { Type: 'Pass', Output: '{% $outer & $inner %}', End: true },
        }),
      ),
      Next: 'After',
    },
    After: { Type: 'Pass', Output: { in: '{% $states.input %}', inner: '{% $exists($inner) %}' }, End: true },
  });
  expect((await runOnce(definition)).result).toEqual({ in: ['oA', 'oB'], inner: false });
});

it('fails a Parallel with the error of the first branch that fails, and drops the others', async () => {
  const clock = new ManualClock();
  const definition = machine({
    Both: {
      Type: 'Parallel',
      Branches: [flow({ Long: { Type: 'Wait', Seconds: 1000, End: true } }), flow({ Bad: invoke('bad', {}) })],
      Catch: [{ ErrorEquals: ['Broken'], Next: 'Caught' }],
      End: true,
    },
    Caught: { Type: 'Pass', Output: '{% $states.input.Error %}', End: true },
  });
  expect((await runOnce(definition, { clock, functions: { bad: failing } })).result).toBe('Broken');
  expect(clock.pending).toBe(0);
});

it('tries a whole Parallel again', async () => {
  let calls = 0;
  const flaky = async () => {
    calls += 1;
    if (calls < 3) throw new Error('not yet');
    return calls;
  };
  const definition = machine({
    Both: {
      Type: 'Parallel',
      Branches: [flow({ Flaky: invoke('flaky', {}, { Output: '{% $states.result.Payload %}', End: true }) })],
      Retry: [{ ErrorEquals: ['States.ALL'], JitterStrategy: 'FULL' }],
      End: true,
    },
  });
  const random = { fraction: () => 0, uuid: () => crypto.randomUUID() };
  expect((await runOnce(definition, { functions: { flaky }, random })).result).toEqual([3]);
});

it('maps items with their index and value, and gives the results in order', async () => {
  const definition = machine({
    Each: {
      Type: 'Map',
      Items: '{% $states.input.lines %}',
      ItemSelector: {
        line: '{% $states.context.Map.Item.Value %}',
        at: '{% $states.context.Map.Item.Index %}',
        order: '{% $states.input.order %}',
      },
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        ...flow({
          Do: { Type: 'Pass', Next: 'Tell' },
          Tell: {
            Type: 'Pass',
            Output: ['{% $states.input %}', '{% $states.context.Map.Item.Value %}'],
            End: true,
          },
        }),
      },
      End: true,
    },
  });
  expect((await runOnce(definition, { input: { order: 'O', lines: ['a', 'b'] } })).result).toEqual([
    [{ line: 'a', at: 0, order: 'O' }, 'a'],
    [{ line: 'b', at: 1, order: 'O' }, 'b'],
  ]);
});

it('maps no items to no results, and refuses what is no list', async () => {
  const each = machine({
    Each: {
      Type: 'Map',
      Items: '{% $states.input.lines %}',
      ItemProcessor: flow({ Do: { Type: 'Succeed' } }),
      End: true,
    },
  });
  expect((await runOnce(each, { input: { lines: [] } })).result).toEqual([]);
  expect(await runOnce(each, { input: { lines: 1 } })).toMatchObject({ error: 'States.QueryEvaluationError' });
});

it('has no more iterations under way than MaxConcurrency, and starts the next as one ends', async () => {
  const definition = machine({
    Each: {
      Type: 'Map',
      Items: '{% [1..7] %}',
      MaxConcurrency: 2,
      ItemProcessor: flow({
        Do: invoke('do', '{% $states.input %}', { Output: '{% $states.result.Payload %}', End: true }),
      }),
      End: true,
    },
  });
  let running = 0;
  let most = 0;
  const functions = {
    do: async (n: number) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return n * n;
    },
  };
  expect((await runOnce(definition, { functions })).result).toEqual([1, 4, 9, 16, 25, 36, 49]);
  expect(most).toBe(2);
});

it('waits as long as it is told, or until a time', async () => {
  const clock = new ManualClock('2026-11-24T08:00:00.000Z');
  const definition = machine({
    Long: { Type: 'Wait', Seconds: '{% $states.input.seconds %}', Next: 'Until' },
    Until: { Type: 'Wait', Timestamp: '2027-01-01T00:00:00Z', Assign: { at: '{% $now() %}' }, Next: 'Tell' },
    Tell: { Type: 'Pass', Output: ['{% $at %}', '{% $states.input %}'], End: true },
  });
  const local = await startHarness({ stateMachines: [{ name: 'waits', definition }], clock });
  const arn = await local.start('one', { seconds: 3600 });
  await until(() => clock.pending > 0);
  clock.advance(3600);
  await until(() => local.engine.counts().transitionsByState.Until === 1 && clock.pending > 0);
  clock.advance(37.625 * 86_400 - 1);
  expect((await local.describe(arn)).status).toBe('RUNNING');
  clock.advance(1);
  const { output } = await local.ended(arn);
  expect(JSON.parse(output ?? '')).toEqual(['2027-01-01T00:00:00.000Z', { seconds: 3600 }]);
  // A delay over 31 bits fires at once in Node.
  expect(Math.max(...clock.delays)).toBeLessThan(2 ** 31);
  await local.close();
});

it('calls no more functions at once than it may, in the order in which they were asked for', async () => {
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const definition = machine({
    Each: {
      Type: 'Map',
      Items: '{% [1..20] %}',
      ItemProcessor: flow({ Do: invoke('do', '{% $states.input %}') }),
      End: true,
    },
  });
  const functions = {
    do: async (n: number) => {
      order.push(n);
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    },
  };
  await runOnce(definition, { functions, concurrency: 3 });
  expect(most).toBe(3);
  expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
});
