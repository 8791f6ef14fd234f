import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetExecutionHistoryCommand, SendTaskSuccessCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DamagedJournal, type Engine, startEngine } from '../../../local/engine/engine.ts';
import { openFileJournal } from '../../../local/engine/file-journal.ts';
import { type Harness, invoke, machine, startHarness, until } from './harness.ts';
import { ManualClock } from './manual-clock.ts';

const ask = (rest: Record<string, unknown> = { Next: 'Tell' }) => ({
  ...invoke('ask', { token: '{% $states.context.Task.Token %}' }, rest),
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
});
const definition = machine({
  Before: { Type: 'Pass', Assign: { kept: '{% $states.input.n %}' }, Next: 'Ask' },
  Ask: { ...ask(), TimeoutSeconds: 1000 },
  Tell: { Type: 'Pass', Output: { kept: '{% $kept %}', answer: '{% $states.input %}' }, End: true },
});

describe('an engine that is started again on its journal', () => {
  let directory: string;
  let journalFile: string;
  let clock: ManualClock;
  let tokens: string[];
  let open: Harness | undefined;

  const ask1 = async ({ token }: { token: string }) => void tokens.push(token);
  const start = async (source = definition, name = 'asking') => {
    open = await startHarness({ stateMachines: [{ name, definition: source }], journalFile, clock }, { ask: ask1 });
    return open;
  };
  const restart = async (source = definition, name = 'asking') => {
    await open?.close();
    return start(source, name);
  };
  const answer = (local: Harness, token: string) =>
    local.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '"yes"' }));
  const submitted = async (local: Harness, arn: string) => {
    const { events = [] } = await local.client.send(new GetExecutionHistoryCommand({ executionArn: arn }));
    return events.some(({ type }) => type === 'TaskSubmitted');
  };
  const waiting = async (local: Harness, name: string) => {
    const arn = await local.start(name, { n: name });
    await until(() => submitted(local, arn));
    return arn;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'journal-'));
    journalFile = join(directory, 'engine', 'journal');
    clock = new ManualClock();
    tokens = [];
    open = undefined;
  });
  afterEach(async () => {
    await open?.close();
    rmSync(directory, { recursive: true });
  });

  it('goes on waiting with the same token, and calls nobody again', async () => {
    const arn = await waiting(await start(), 'one');
    const again = await restart();
    expect(tokens).toHaveLength(1);
    await answer(again, tokens[0] as string);
    const ended = await again.ended(arn);
    expect(JSON.parse(ended.output ?? '')).toEqual({ kept: 'one', answer: 'yes' });
    expect(tokens).toHaveLength(1);
  });

  it('still describes what has ended, keeps its name taken and its token used, and counts on', async () => {
    const first = await start();
    const arn = await waiting(first, 'one');
    await answer(first, tokens[0] as string);
    const before = await first.ended(arn);
    const counts = first.engine.counts();
    const again = await restart();
    const { status, input, output, startDate, stopDate } = before;
    expect(await again.describe(arn)).toMatchObject({ status, input, output, startDate, stopDate });
    expect(again.engine.counts()).toEqual(counts);
    const stateMachineArn = again.engine.stateMachineArn('asking');
    const taken = again.client.send(new StartExecutionCommand({ stateMachineArn, name: 'one', input: '{"n":"one"}' }));
    await expect(taken).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await expect(answer(again, tokens[0] as string)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('lets time that has passed meanwhile count', async () => {
    const arn = await waiting(await start(), 'one');
    await open?.close();
    clock.advance(1001);
    const again = await start();
    await until(() => clock.pending > 0);
    clock.advance(0);
    expect(await again.ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  it('goes on with the branches that had not ended', async () => {
    const both = machine({
      Both: {
        Type: 'Map',
        Items: [1, 2, 3],
        MaxConcurrency: 2,
        ItemProcessor: { StartAt: 'Ask', States: { Ask: ask({ End: true }) } },
        End: true,
      },
    });
    const first = await start(both);
    const arn = await first.start('one');
    await until(() => tokens.length === 2);
    await answer(first, tokens[1] as string);
    await until(() => tokens.length === 3);
    const again = await restart(both);
    for (const token of new Set(tokens)) if (token !== tokens[1]) await answer(again, token);
    expect((await again.ended(arn)).output).toBe('["yes","yes","yes"]');
  });

  it('takes answers before it runs, and acts on them when it does', async () => {
    const arn = await waiting(await start(), 'one');
    await open?.close();
    const engine: Engine = await startEngine({ stateMachines: [{ name: 'asking', definition }], journalFile, clock });
    const response = await fetch(engine.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSStepFunctions.SendTaskSuccess' },
      body: JSON.stringify({ taskToken: tokens[0], output: '"early"' }),
    });
    expect(response.status).toBe(200);
    expect(engine.counts().executions.RUNNING).toBe(1);
    engine.run();
    await until(() => engine.counts().executions.SUCCEEDED === 1);
    await engine.close();
    expect(JSON.parse((await (await start()).describe(arn)).output ?? '')).toMatchObject({ answer: 'early' });
  });

  it('fails executions whose machine is gone', async () => {
    const arn = await waiting(await start(), 'one');
    const without = await restart(definition, 'another');
    expect(await without.ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  it('fails an execution with several branches once when its machine is gone', async () => {
    const branch = (name: string) => ({ StartAt: name, States: { [name]: ask({ End: true }) } });
    const both = machine({ Both: { Type: 'Parallel', Branches: [branch('A'), branch('B')], End: true } });
    const first = await start(both);
    const arn = await first.start('one');
    await until(() => tokens.length === 2);
    const reported = vi.spyOn(console, 'error');
    const without = await restart(definition, 'another');
    expect(await without.ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(reported).not.toHaveBeenCalled();
    reported.mockRestore();
  });

  it('does not mind half a line at the end, which a crash leaves, and writes on after it', async () => {
    const arn = await waiting(await start(), 'one');
    await open?.close();
    appendFileSync(journalFile, '12345678 {"kind":"ended","stat');
    const again = await start();
    expect((await again.describe(arn)).status).toBe('RUNNING');
    await answer(again, tokens[0] as string);
    await again.ended(arn);
    expect((await (await restart()).describe(arn)).status).toBe('SUCCEEDED');
  });

  it('refuses a journal that is damaged anywhere else, and says where', async () => {
    await waiting(await start(), 'one');
    await open?.close();
    const whole = readFileSync(journalFile, 'utf8');
    const place = whole.indexOf('"kind":"submitted"');
    const line = whole.lastIndexOf('\n', place) + 1;
    writeFileSync(journalFile, whole.replace('"kind":"submitted"', '"kind":"sUbmitted"'));
    await expect(start()).rejects.toThrow(DamagedJournal);
    await expect(start()).rejects.toThrow(`at byte ${line}: the checksum does not match`);
  });

  it('refuses a journal in which a record is missing or doubled', async () => {
    await waiting(await start(), 'one');
    await open?.close();
    const lines = readFileSync(journalFile, 'utf8').split('\n');
    writeFileSync(journalFile, [...lines.slice(0, 3), ...lines.slice(4)].join('\n'));
    await expect(start()).rejects.toThrow('another record belongs before it');
    writeFileSync(journalFile, [...lines.slice(0, 3), ...lines.slice(2)].join('\n'));
    await expect(start()).rejects.toThrow('starts out of order');
    writeFileSync(journalFile, [...lines.slice(0, 1), ...lines.slice(2)].join('\n'));
    await expect(start()).rejects.toThrow('another record belongs before it');
  });

  it('refuses a file that is no journal of its version', async () => {
    await start();
    await open?.close();
    writeFileSync(journalFile, 'something else\n');
    await expect(start()).rejects.toThrow(/at byte 0/);
  });

  it('keeps a second engine away while it runs, and not after it was killed', async () => {
    await start();
    await open?.close();
    expect(existsSync(`${journalFile}.lock`)).toBe(false);
    writeFileSync(`${journalFile}.lock`, String(process.ppid));
    await expect(start()).rejects.toThrow(`in use by process ${process.ppid}`);
    writeFileSync(`${journalFile}.lock`, '4194304');
    await expect(start()).resolves.toBeDefined();
  });

  it('is compacted to what runs, and to start and end of what has ended', async () => {
    const first = await start();
    const running = await waiting(first, 'running');
    const ended: string[] = [];
    for (let count = 0; count < 30; count += 1) {
      const arn = await waiting(first, `ended-${count}`);
      await answer(first, tokens.at(-1) as string);
      ended.push((await first.ended(arn)).executionArn as string);
    }
    const counts = first.engine.counts();
    await first.close();
    const size = statSync(journalFile).size;
    const copy = join(directory, 'copy');
    copyFileSync(journalFile, copy);
    for (const limit of [size - 1, 1]) {
      const { journal } = await openFileJournal(journalFile, limit);
      await journal.close();
    }
    expect(statSync(journalFile).size).toBeLessThan(size / 2);
    const again = await start();
    expect(again.engine.counts()).toEqual(counts);
    expect(await again.describe(ended[7] as string)).toMatchObject({ status: 'SUCCEEDED', input: '{"n":"ended-7"}' });
    const history = async (executionArn: string) =>
      (await again.client.send(new GetExecutionHistoryCommand({ executionArn }))).events?.map(({ type }) => type);
    expect(await history(ended[7] as string)).toEqual(
      expect.arrayContaining(['ExecutionStarted', 'ExecutionSucceeded']),
    );
    expect(await history(running)).toContain('TaskSubmitted');
    await answer(again, tokens[0] as string);
    expect((await again.ended(running)).status).toBe('SUCCEEDED');
  });
});
