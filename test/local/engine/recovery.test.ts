import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Handler } from '../../../local/engine/engine.ts';
import { type Harness, invoke, machine, startHarness } from './harness.ts';

const flow = (states: Record<string, unknown>) => ({ StartAt: Object.keys(states)[0], States: states });
const payload = '{% $states.result.Payload %}';

/** A machine with everything that leaves a record: branches, iterations, retries, catchers, waits, tokens. */
const everything = machine({
  Before: { Type: 'Pass', Assign: { outer: '{% $states.input.n %}' }, Next: 'Both' },
  Both: {
    Type: 'Parallel',
    Branches: [
      flow({
        Each: {
          Type: 'Map',
          Items: [1, 2, 3],
          ItemSelector: { item: '{% $states.context.Map.Item.Value %}', outer: '{% $outer %}' },
          MaxConcurrency: 2,
          ItemProcessor: flow({
            Double: invoke('double', '{% $states.input.item %}', {
              Assign: { twice: payload },
              Output: '{% $states.input %}',
              Next: 'Tell',
            }),
            Tell: { Type: 'Pass', Output: '{% [$twice, $states.input.outer] %}', End: true },
          }),
          End: true,
        },
      }),
      flow({
        Ask: {
          ...invoke('ask', '{% $states.context.Task.Token %}', {
            HeartbeatSeconds: 600,
            TimeoutSeconds: 900,
            End: true,
          }),
          Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        },
      }),
      flow({ Wait: { Type: 'Wait', Seconds: 0, Output: 'waited', End: true } }),
    ],
    Output: { both: '{% $states.result %}' },
    Next: 'Flaky',
  },
  Flaky: invoke('flaky', '{% $states.context.State.RetryCount %}', {
    Retry: [{ ErrorEquals: ['NotYet'], IntervalSeconds: 1, JitterStrategy: 'FULL' }],
    Output: { both: '{% $states.input.both %}', tries: payload },
    Next: 'Fails',
  }),
  Fails: invoke(
    'fails',
    {},
    {
      Catch: [{ ErrorEquals: ['Broken'], Output: '{% $merge([$states.input, {"outer": $outer}]) %}', Next: 'End' }],
      End: true,
    },
  ),
  End: { Type: 'Succeed' },
});
const expected = {
  both: [
    [
      [2, 7],
      [4, 7],
      [6, 7],
    ],
    'answered',
    'waited',
  ],
  tries: 2,
  outer: 7,
};

let directory: string;
let tokens: Set<string>;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'recovery-'));
  tokens = new Set();
});
afterEach(() => rmSync(directory, { recursive: true }));

const named = (name: string) => Object.assign(new Error(name), { name });
const functions: Record<string, Handler> = {
  double: async (n: number) => 2 * n,
  ask: async (token: string) => void tokens.add(token),
  flaky: async (retries: number) => {
    if (retries < 2) throw named('NotYet');
    return retries;
  },
  fails: async () => {
    throw named('Broken');
  },
};

const open = (journalFile: string) => {
  const random = { fraction: () => 0, uuid: () => crypto.randomUUID() };
  return startHarness({ stateMachines: [{ name: 'all', definition: everything }], journalFile, random }, functions);
};

/** Answers every token there ever was, as a repeating stream of events would, until nothing runs. */
async function finish(local: Harness): Promise<void> {
  while (local.engine.counts().executions.RUNNING > 0) {
    for (const taskToken of tokens) {
      const command = new SendTaskSuccessCommand({ taskToken, output: '"answered"' });
      await local.client.send(command).catch((error: Error) => {
        expect(error.name).toMatch(/^Task(TimedOut|DoesNotExist)$/);
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('comes to the same end, after whichever record the journal breaks off', async () => {
  const whole = join(directory, 'whole');
  const first = await open(whole);
  const arn = await first.start('one', { n: 7 });
  await finish(first);
  expect(JSON.parse((await first.describe(arn)).output ?? '')).toEqual(expected);
  const counts = first.engine.counts();
  await first.close();

  const lines = readFileSync(whole, 'utf8').trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(40);
  // The header, the definition and the execution's start at least.
  for (let kept = 3; kept <= lines.length; kept += 1) {
    const cut = join(directory, `cut-${kept}`);
    // Half of the next line, too, as a crash would leave it.
    const half = lines[kept]?.slice(0, 30) ?? '';
    writeFileSync(cut, `${lines.slice(0, kept).join('\n')}\n${half}`);
    const again = await open(cut);
    await finish(again);
    const { status, output = '' } = await again.describe(arn);
    expect({ kept, status, output: JSON.parse(output) }).toEqual({ kept, status: 'SUCCEEDED', output: expected });
    expect(again.engine.counts()).toEqual(counts);
    await again.close();
  }
});
