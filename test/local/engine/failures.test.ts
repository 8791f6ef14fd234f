import { SendTaskHeartbeatCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { matchesError } from '../../../local/engine/errors.ts';
import { retryDelayMs } from '../../../local/engine/retry.ts';
import { type Harness, invoke, machine, runOnce, startHarness, until } from './harness.ts';
import { ManualClock } from './manual-clock.ts';

const named = (name: string) => Object.assign(new Error('as wanted'), { name });
const failing = (name: string) => async () => {
  throw named(name);
};
const caughtBy = (errors: string[], rest: Record<string, unknown> = {}) =>
  machine({
    Try: invoke('try', {}, { Catch: [{ ErrorEquals: errors, Next: 'Caught', ...rest }], End: true }),
    Caught: { Type: 'Succeed' },
  });

describe('which failures a name matches', () => {
  it.each([
    ['Broken', 'Broken', true],
    ['Broken', 'broken', false],
    ['States.ALL', 'Broken', true],
    ['States.ALL', 'States.Timeout', true],
    ['States.ALL', 'States.DataLimitExceeded', false],
    ['States.ALL', 'States.Runtime', false],
    ['States.Runtime', 'States.Runtime', false],
    ['States.DataLimitExceeded', 'States.DataLimitExceeded', true],
    ['States.TaskFailed', 'Broken', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['States.Timeout', 'States.HeartbeatTimeout', true],
    ['States.HeartbeatTimeout', 'States.Timeout', false],
    ['States.TaskFailed', 'States.QueryEvaluationError', true],
  ])('%s, %s: %j', (name, error, expected) => {
    expect(matchesError([name], error)).toBe(expected);
  });
});

describe('how long it takes to the next attempt', () => {
  const retrier = {
    ErrorEquals: ['x'],
    IntervalSeconds: 2,
    BackoffRate: 3,
    MaxAttempts: 9,
    JitterStrategy: 'NONE',
  } as const;
  const delays = (overrides: object, fraction = 0.25) =>
    [0, 1, 2].map((spent) =>
      retryDelayMs({ ...retrier, ErrorEquals: ['x'], ...overrides }, spent, {
        fraction: () => fraction,
        uuid: () => '',
      }),
    );

  it('grows by the rate, up to the cap, and full jitter takes a part of it', () => {
    expect(delays({})).toEqual([2000, 6000, 18_000]);
    expect(delays({ MaxDelaySeconds: 5 })).toEqual([2000, 5000, 5000]);
    expect(delays({ JitterStrategy: 'FULL' })).toEqual([500, 1500, 4500]);
  });
});

describe('a task that fails', () => {
  it('fails the execution with the name of the error, and what Lambda says of it as the cause', async () => {
    const ended = await runOnce(machine({ Try: invoke('try', {}) }), { functions: { try: failing('OrderCancelled') } });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'OrderCancelled' });
    expect(JSON.parse(ended.cause ?? '')).toEqual({
      errorType: 'OrderCancelled',
      errorMessage: 'as wanted',
      trace: expect.arrayContaining([expect.stringContaining('as wanted')]),
    });
  });

  it('is caught by the first catcher that matches, whose Assign and Output see the error', async () => {
    const definition = machine({
      Try: invoke(
        'try',
        {},
        {
          Catch: [
            { ErrorEquals: ['Other'], Next: 'Wrong' },
            {
              ErrorEquals: ['States.TaskFailed'],
              Assign: { why: '{% $states.errorOutput.Error %}' },
              Output: { was: '{% $states.input %}' },
              Next: 'Caught',
            },
          ],
          End: true,
        },
      ),
      Caught: { Type: 'Pass', Output: { in: '{% $states.input %}', why: '{% $why %}' }, End: true },
      Wrong: { Type: 'Fail' },
    });
    const ended = await runOnce(definition, { input: { n: 1 }, functions: { try: failing('Broken') } });
    expect(ended.result).toEqual({ in: { was: { n: 1 } }, why: 'Broken' });
  });

  it('hands on Error and Cause where the catcher has no Output', async () => {
    const ended = await runOnce(caughtBy(['Broken']), { functions: { try: failing('Broken') } });
    expect(ended.result).toEqual({ Error: 'Broken', Cause: expect.stringContaining('"errorType":"Broken"') });
  });

  it('may have thrown anything', async () => {
    const functions = {
      try: async () => {
        throw 'just a string';
      },
    };
    const ended = await runOnce(machine({ Try: invoke('try', {}) }), { functions });
    expect(ended).toMatchObject({ error: 'Error', cause: expect.stringContaining('just a string') });
  });

  it('may not be there at all', async () => {
    const ended = await runOnce(machine({ Try: invoke('nobody', {}) }));
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Lambda.ResourceNotFoundException' });
  });

  it('fails for good when what answers the failure fails itself', async () => {
    const definition = caughtBy(['States.ALL'], { Output: '{% $states.result %}' });
    const ended = await runOnce(definition, { functions: { try: failing('Broken') } });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });

  it('is caught also when its own Output cannot be made', async () => {
    const definition = machine({
      Try: invoke(
        'try',
        {},
        {
          Output: '{% $states.result.Payload.missing %}',
          Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'Caught' }],
          End: true,
        },
      ),
      Caught: { Type: 'Succeed' },
    });
    expect((await runOnce(definition, { functions: { try: async () => ({}) } })).status).toBe('SUCCEEDED');
  });

  it('fails with States.Runtime, which nothing catches, when its Arguments make no call', async () => {
    const definition = machine({
      Try: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: '{% {"Function": "x"} %}',
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Succeed' },
    });
    expect(await runOnce(definition)).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });
});

describe('a task that is tried again', () => {
  const retried = (retry: object[], rest: object = {}) =>
    machine({
      Try: invoke('try', { count: '{% $states.context.State.RetryCount %}' }, { Retry: retry, End: true, ...rest }),
    });
  const zero = { fraction: () => 0, uuid: () => crypto.randomUUID() };
  const atOnce = { IntervalSeconds: 1, JitterStrategy: 'FULL' };

  it('is tried as often as its retrier says, counts the attempts, and then fails', async () => {
    const counts: number[] = [];
    const functions = {
      try: async ({ count }: { count: number }) => {
        counts.push(count);
        throw named('Broken');
      },
    };
    const definition = retried([{ ErrorEquals: ['States.ALL'], MaxAttempts: 2, ...atOnce }]);
    expect(await runOnce(definition, { functions, random: zero })).toMatchObject({ status: 'FAILED', error: 'Broken' });
    expect(counts).toEqual([0, 1, 2]);
  });

  it('is not tried again where MaxAttempts is 0, whatever later retriers say', async () => {
    let calls = 0;
    const functions = {
      try: async () => {
        calls += 1;
        throw named('Final');
      },
    };
    const definition = retried([
      { ErrorEquals: ['Final'], MaxAttempts: 0 },
      { ErrorEquals: ['States.ALL'], ...atOnce },
    ]);
    await runOnce(definition, { functions, random: zero });
    expect(calls).toBe(1);
  });

  it('counts each retrier for itself', async () => {
    const errors = ['A', 'B', 'A', 'B', 'C'];
    const functions = {
      try: async () => {
        throw named(errors.shift() as string);
      },
    };
    const definition = retried(['A', 'B'].map((name) => ({ ErrorEquals: [name], MaxAttempts: 2, ...atOnce })));
    expect(await runOnce(definition, { functions, random: zero })).toMatchObject({ error: 'C' });
  });
});

describe('a task that takes too long', () => {
  const waiting = (rest: object) =>
    machine({
      Wait: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: invoke('take', '{% $states.context.Task.Token %}').Arguments,
        End: true,
        ...rest,
      },
    });
  const withClock = async (
    definition: string,
    test: (local: Harness, clock: ManualClock, token: string) => Promise<void>,
  ) => {
    const clock = new ManualClock();
    const tokens: string[] = [];
    const take = async (token: string) => void tokens.push(token);
    const local = await startHarness({ stateMachines: [{ name: 'waiting', definition }], clock }, { take });
    try {
      await local.start('one', { seconds: 60 });
      await until(() => tokens.length === 1);
      await test(local, clock, tokens[0] as string);
    } finally {
      await local.close();
    }
  };
  const arn = 'arn:aws:states:us-east-1:000000000000:execution:waiting:one';

  it('fails with States.Timeout after what TimeoutSeconds evaluates to', () =>
    withClock(waiting({ TimeoutSeconds: '{% $states.input.seconds * 2 %}' }), async (local, clock) => {
      clock.advance(119);
      expect((await local.describe(arn)).status).toBe('RUNNING');
      clock.advance(1);
      expect(await local.ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    }));

  it('fails with States.HeartbeatTimeout when it is silent for too long, and not while it beats', () =>
    withClock(waiting({ HeartbeatSeconds: 10, TimeoutSeconds: 1000 }), async (local, clock, taskToken) => {
      for (let beat = 0; beat < 5; beat += 1) {
        clock.advance(9);
        await local.client.send(new SendTaskHeartbeatCommand({ taskToken }));
      }
      expect((await local.describe(arn)).status).toBe('RUNNING');
      clock.advance(10);
      expect(await local.ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
    }));

  it.each([0, -1, 1.5, '"soon"'])('takes no timeout of %s', async (seconds) => {
    const ended = await runOnce(waiting({ TimeoutSeconds: `{% ${seconds} %}` }), {
      functions: { take: async () => {} },
    });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });

  it('has its time from when its function is called, not from when it began to wait for its turn', async () => {
    const clock = new ManualClock();
    const returns: (() => void)[] = [];
    const slow = () => new Promise<void>((resolve) => returns.push(resolve));
    const definition = machine({
      Slow: invoke('slow', {}, { TimeoutSeconds: '{% $states.input.seconds %}', End: true }),
    });
    const stateMachines = [{ name: 'slow', definition }];
    const local = await startHarness({ stateMachines, clock, concurrency: 1 }, { slow });
    const first = await local.start('first', { seconds: 1000 });
    const second = await local.start('second', { seconds: 10 });
    await until(() => returns.length === 1);
    clock.advance(100);
    expect((await local.describe(second)).status).toBe('RUNNING');
    returns[0]?.();
    await until(() => returns.length === 2);
    clock.advance(10);
    expect(await local.ended(second)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(await local.ended(first)).toMatchObject({ status: 'SUCCEEDED' });
    await local.close();
  });

  it('ends an execution over its own limit as timed out', async () => {
    const definition = JSON.stringify({ ...JSON.parse(waiting({})), TimeoutSeconds: 30 });
    await withClock(definition, async (local, clock) => {
      clock.advance(30);
      expect(await local.ended(arn)).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
    });
  });
});

it('ends a machine that runs in circles', async () => {
  const definition = machine({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } });
  expect(await runOnce(definition)).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
});
