import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ApiClient } from '../../local/api-client.ts';
import { DeadLetterDirectory } from '../../local/dead-letters/directory.ts';
import { waitingLetters } from '../../local/dead-letters/redrive.ts';
import { startFillrate } from '../../local/fillrate.ts';
import { aDeadLetter } from '../support/dead-letters.ts';
import { anItem, anOrder, expectAuditToPass } from '../support/services.ts';
import { expectAllTold } from '../support/told.ts';

async function redrive(...args: string[]) {
  const child = spawn(process.execPath, [join('bin', 'redrive.ts'), ...args]);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, out, err };
}

it('tells subscribers, once the topic is there again, what it could not be told in eleven tries', async () => {
  const state = await mkdtemp(join(tmpdir(), 'fillrate-redrive-'));
  onTestFinished(() => rm(state, { recursive: true }));
  const fillrate = await startFillrate({ stateDirectory: state });
  onTestFinished(() => fillrate.close());
  const api = new ApiClient(fillrate.endpoints.api);
  // Full jitter with no jitter: the tries follow each other at once.
  const patience = vi.spyOn(Math, 'random').mockReturnValue(0);
  onTestFinished(() => patience.mockRestore());
  const tell = SNSClient.prototype.send as (command: unknown) => Promise<unknown>;
  let tries = 0;
  const topicIsGone = vi.spyOn(SNSClient.prototype, 'send').mockImplementation(function (
    this: SNSClient,
    command: unknown,
  ) {
    if (!(command instanceof PublishBatchCommand)) return tell.call(this, command);
    tries++;
    return Promise.reject(new Error('InternalError: the topic cannot be reached'));
  } as SNSClient['send']);
  onTestFinished(() => topicIsGone.mockRestore());

  await api.putItem('MUG', anItem());
  await api.receiveStock('MUG', { quantity: 5 });
  await api.placeOrder(anOrder([{ sku: 'MUG', quantity: 1 }], { orderId: 'SO-1' }));
  await fillrate.settled();
  const { waiting } = await waitingLetters(fillrate.streams.deadLetters);
  expect(waiting.length).toBeGreaterThan(0);
  expect(tries).toBeGreaterThanOrEqual(11);
  expect(fillrate.events()).toEqual([]);

  const listed = await redrive('--state', state);
  expect(listed.code).toBe(0);
  expect(listed.out).toContain(`Dead letters in ${join(state, 'dead-letters')}: ${waiting.length}\n`);
  expect(listed.out).toMatch(/function:on-record\n {4}RetryAttemptsExhausted: \d+, with \d+ records\n/);
  expect(listed.out).toContain('Nothing was changed');

  const tooEarly = await redrive('--state', state, '--deliver');
  expect(tooEarly.code).toBe(1);
  expect(tooEarly.out).toContain(`Handled and removed 0, stay ${waiting.length}.`);

  topicIsGone.mockRestore();
  const delivered = await redrive('--state', state, '--deliver');
  expect(delivered.out).toContain(`Handled and removed ${waiting.length}, stay 0.`);
  expect(delivered.code).toBe(0);
  const told = [...fillrate.events()];
  await expectAllTold(fillrate.services.table, told);
  expect(told.map(({ message }) => (JSON.parse(message) as { type: string }).type).sort()).toEqual([
    'allocated',
    'order-placed',
  ]);

  const again = await redrive('--state', state, '--deliver');
  expect(again).toEqual({ code: 0, err: '', out: `No dead letters in ${join(state, 'dead-letters')}.\n` });
  expect(fillrate.events()).toEqual(told);
  await expectAuditToPass(fillrate.services);
}, 120_000);

it('lists without Fillrate, but needs it to deliver, and says so', async () => {
  const state = await mkdtemp(join(tmpdir(), 'fillrate-redrive-'));
  onTestFinished(() => rm(state, { recursive: true }));
  const empty = { code: 0, out: `No dead letters in ${join(state, 'dead-letters')}.\n`, err: '' };
  expect(await redrive('--state', state, '--deliver')).toEqual(empty);
  const letters = new DeadLetterDirectory(join(state, 'dead-letters'));
  await letters.add('on-record', aDeadLetter());
  expect(await redrive('--state', state)).toMatchObject({ code: 0, out: expect.stringContaining(': 1\n') });
  const err = expect.stringContaining(`Fillrate does not run on ${state}: "npm start" starts it`);
  expect(await redrive('--state', state, '--deliver')).toMatchObject({ code: 1, err });
  expect((await waitingLetters(letters)).waiting).toHaveLength(1);
});
