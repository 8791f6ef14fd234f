import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeStateMachineForExecutionCommand,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Executions } from '../../../local/engine/executions.ts';
import { openFileJournal } from '../../../local/engine/file-journal.ts';
import { type Harness, invoke, machine, startHarness, until } from './harness.ts';

const ask = {
  ...invoke('ask', { token: '{% $states.context.Task.Token %}' }, { Next: 'Tell' }),
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
};
/** Asks, and tells what it was told and by which definition. */
const telling = (who: string, states: Record<string, unknown> = { Ask: ask }) =>
  machine({ ...states, Tell: { Type: 'Pass', Output: { who, told: '{% $states.input %}' }, End: true } });
const first = telling('first');
/** The state in which the others wait is gone. */
const second = telling('second', { Question: ask });

describe('a definition that changes while executions wait', () => {
  let directory: string;
  let tokens: string[];
  let open: Harness | undefined;

  const start = async (definition: string) => {
    await open?.close();
    const stateMachines = [{ name: 'asking', definition, alias: 'live' }];
    open = await startHarness(
      { stateMachines, journalFile: join(directory, 'journal') },
      { ask: async ({ token }: { token: string }) => void tokens.push(token) },
    );
    return open;
  };
  const begin = async (local: Harness, name: string) => {
    const before = tokens.length;
    const arn = await local.start(name, {}, 'asking:live');
    await until(() => tokens.length > before);
    return arn;
  };
  const answerAll = async (local: Harness) => {
    for (const taskToken of tokens.splice(0)) {
      await local.client.send(new SendTaskSuccessCommand({ taskToken, output: '"yes"' }));
    }
  };
  const toldBy = async (local: Harness, arn: string) => {
    const { output = '', stateMachineVersionArn = '' } = await local.ended(arn);
    return [JSON.parse(output).who, stateMachineVersionArn.split(':').at(-1)];
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'versions-'));
    tokens = [];
    open = undefined;
  });
  afterEach(async () => {
    await open?.close();
    rmSync(directory, { recursive: true });
  });

  it('lets each finish on the one that it began with', async () => {
    const old = await begin(await start(first), 'old');
    const local = await start(second);
    const young = await begin(local, 'young');
    const running = async (version: string) => {
      const stateMachineArn = `${local.engine.stateMachineArn('asking')}:${version}`;
      const listed = await local.client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }));
      return listed.executions?.map(({ name }) => name);
    };
    expect([await running('1'), await running('2')]).toEqual([['old'], ['young']]);
    const { definition = '' } = await local.client.send(
      new DescribeStateMachineForExecutionCommand({ executionArn: old }),
    );
    expect(JSON.parse(definition)).toEqual(JSON.parse(first));
    await answerAll(local);
    expect(await toldBy(local, old)).toEqual(['first', '1']);
    expect(await toldBy(local, young)).toEqual(['second', '2']);
    expect([await running('1'), await running('2')]).toEqual([[], []]);
  });

  it('may be taken back: that is a version of its own', async () => {
    const a = await begin(await start(first), 'a');
    const b = await begin(await start(second), 'b');
    await start(first);
    const local = await start(first);
    const c = await begin(local, 'c');
    await answerAll(local);
    expect([await toldBy(local, a), await toldBy(local, b), await toldBy(local, c)]).toEqual([
      ['first', '1'],
      ['second', '2'],
      ['first', '3'],
    ]);
    const published = readFileSync(join(directory, 'journal'), 'utf8').match(/"kind":"published"/g);
    expect(published).toHaveLength(3);
  });

  it('can be started at an earlier version, and at none that is not there', async () => {
    await start(first);
    const local = await start(second);
    const startAt = (qualifier: string) =>
      local.client.send(
        new StartExecutionCommand({
          stateMachineArn: `${local.engine.stateMachineArn('asking')}:${qualifier}`,
          name: `at-${qualifier}`,
        }),
      );
    const { executionArn = '' } = await startAt('1');
    await until(() => tokens.length > 0);
    await answerAll(local);
    expect(await toldBy(local, executionArn)).toEqual(['first', '1']);
    for (const nobody of ['3', '0', 'dead']) {
      await expect(startAt(nobody)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
    }
  });

  it('is kept by a compaction as long as somebody runs on it', async () => {
    const old = await begin(await start(first), 'old');
    await start(telling('between'));
    const local = await start(second);
    for (let count = 0; count < 20; count += 1) {
      const before = tokens.splice(0);
      const arn = await begin(local, `ended-${count}`);
      await answerAll(local);
      await local.ended(arn);
      tokens.push(...before);
    }
    await open?.close();
    const { journal } = await openFileJournal(join(directory, 'journal'), 1);
    await journal.close();
    const kept = readFileSync(join(directory, 'journal'), 'utf8').match(
      /"kind":"published","machine":"asking","version":\d/g,
    );
    expect(kept?.map((record) => record.at(-1))).toEqual(['1', '3']);
    open = undefined;
    const again = await start(second);
    await answerAll(again);
    expect(await toldBy(again, old)).toEqual(['first', '1']);
  });

  it('of a journal that kept none counts as the one with which that journal is opened first', () => {
    const executions = new Executions();
    const began = { machine: 'asking', name: 'old', input: '{}', state: 'Ask', type: 'Task', at: 0 } as const;
    executions.apply({ kind: 'started', ...began, execution: 0 });
    for (const version of [1, 2]) {
      executions.apply({ kind: 'published', machine: 'asking', version, definition: first, at: 1, execution: -1 });
    }
    executions.apply({ kind: 'started', ...began, name: 'young', version: 2, execution: 1 });
    expect(executions.all.map(({ version }) => version)).toEqual([1, 2]);
  });
});
