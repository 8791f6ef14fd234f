import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startEngine, stateMachineArn } from '../../../local/engine/engine.ts';
import { type HandedOver, handingOver } from './handing-over.ts';
import { clientOf, until } from './harness.ts';

const machineArn = stateMachineArn('handing-over');
const arnOf = (name: string) => `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;

let directory: string;
let journalFile: string;
let callsFile: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'engine-'));
  journalFile = join(directory, 'journal');
  callsFile = join(directory, 'calls');
  writeFileSync(callsFile, '');
});
afterEach(() => rmSync(directory, { recursive: true }));

const calls = (): HandedOver[] =>
  readFileSync(callsFile, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

async function startChild(): Promise<{ child: ChildProcess; client: SFNClient }> {
  const script = new URL('./crash-child.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, journalFile, callsFile], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [endpoint] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  return { child, client: clientOf(String(endpoint).trim()) };
}

/** Starts executions and answers tokens as fast as it can, until the engine is gone. */
async function load(client: SFNClient, prefix: string, acknowledged: Set<string>, answered: Set<string>) {
  const starting = async (worker: number) => {
    for (let count = 0; ; count += 1) {
      const name = `${prefix}-${worker}-${count}`;
      await client.send(new StartExecutionCommand({ stateMachineArn: machineArn, name, input: '{"from":"load"}' }));
      acknowledged.add(name);
    }
  };
  const answering = async () => {
    for (;;) {
      // Every third is left to wait, so that there are some at each restart.
      const open = calls().filter(({ token, name }) => token && !answered.has(token) && !name.endsWith('0'));
      for (const { token = '' } of open.slice(0, 20)) {
        await client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' })).catch((error: Error) => {
          if (error.name !== 'TaskTimedOut') throw error;
        });
        answered.add(token);
      }
      if (open.length === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const isGone = (error: Error) => expect(error.name).toMatch(/ECONNREFUSED|ECONNRESET|Error|TimeoutError/);
  await Promise.all(
    [...Array.from({ length: 8 }, (_, worker) => starting(worker)), answering()].map((work) => work.catch(isGone)),
  );
}

async function submittedNow(client: SFNClient, names: Iterable<string>): Promise<Set<string>> {
  const submitted = new Set<string>();
  for (const name of names) {
    const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn: arnOf(name) }));
    if (events.some(({ type }) => type === 'TaskSubmitted')) submitted.add(name);
  }
  return submitted;
}

it('finishes every accepted execution once, and hands no task over twice, however often it is killed', async () => {
  const acknowledged = new Set<string>();
  const answered = new Set<string>();
  for (const round of ['a', 'b', 'c']) {
    const { child, client } = await startChild();
    const loading = load(client, round, acknowledged, answered);
    const before = acknowledged.size;
    await until(() => acknowledged.size > before + 150);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await loading;
    client.destroy();
  }

  const engine = await startEngine({ stateMachines: [handingOver.source], journalFile });
  const client = clientOf(engine.endpoint);
  const names: string[] = [];
  for (let nextToken: string | undefined; ; ) {
    const page = await client.send(
      new ListExecutionsCommand({ stateMachineArn: machineArn, maxResults: 1000, ...(nextToken && { nextToken }) }),
    );
    names.push(...(page.executions ?? []).map(({ name }) => name as string));
    nextToken = page.nextToken;
    if (nextToken === undefined) break;
  }
  expect(new Set(names).size).toBe(names.length);
  expect([...acknowledged].filter((name) => !names.includes(name))).toEqual([]);
  const submitted = await submittedNow(client, names);
  expect(submitted.size).toBeGreaterThan(0);
  expect(engine.counts().executions.RUNNING).toBeGreaterThan(0);

  const callsBefore = calls();
  const callsAfter: HandedOver[] = [];
  handingOver.register(engine, (call) => callsAfter.push(call));
  engine.run();
  while (engine.counts().executions.RUNNING > 0) {
    for (const { token } of [...callsBefore, ...callsAfter]) {
      if (token === undefined || answered.has(token)) continue;
      answered.add(token);
      await client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' })).catch((error: Error) => {
        expect(error.name).toBe('TaskTimedOut');
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  expect(engine.counts().executions).toMatchObject({ SUCCEEDED: names.length, RUNNING: 0, FAILED: 0 });
  const handedOverAgain = callsAfter.filter(({ name, state }) => state === 'Wait' && submitted.has(name));
  expect(handedOverAgain).toEqual([]);
  for (const name of names.slice(0, 50)) {
    const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn: arnOf(name) }));
    const last = events.filter(({ type }) => type === 'ExecutionSucceeded');
    expect(last).toMatchObject([{ executionSucceededEventDetails: { output: JSON.stringify({ shipped: name }) } }]);
  }
  const tokens = new Map<string, Set<string>>();
  for (const { name, token } of [...callsBefore, ...callsAfter]) {
    if (token !== undefined) tokens.set(name, (tokens.get(name) ?? new Set()).add(token));
  }
  expect([...tokens].filter(([, own]) => own.size !== 1)).toEqual([]);
  client.destroy();
  await engine.close();
});
