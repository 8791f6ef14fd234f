import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { DeadLetters } from '../../../local/dead-letters/dead-letter.ts';
import { DeadLetterDirectory } from '../../../local/dead-letters/directory.ts';
import { lambdaInvoker } from '../../../local/dead-letters/invoker.ts';
import { type Invoke, redeliver, waitingLetters } from '../../../local/dead-letters/redrive.ts';
import { startLambdaServer } from '../../../local/lambda/server.ts';
import { clientConfig } from '../../support/database.ts';
import { ARRIVED_AT, aDeadLetter } from '../../support/dead-letters.ts';

let path: string;
let letters: DeadLetterDirectory;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'fillrate-letters-'));
  letters = new DeadLetterDirectory(path);
  onTestFinished(() => rm(path, { recursive: true }));
});

const eventsIn = (payload: string) =>
  (JSON.parse(payload) as { Records: { eventID: string }[] }).Records.map(({ eventID }) => eventID);

async function redriveAll(invoke: Invoke): Promise<string[]> {
  const { waiting } = await waitingLetters(letters);
  const outcomes: string[] = [];
  for (const letter of waiting) {
    const delivery = await redeliver(letters, letter, invoke);
    outcomes.push(delivery.outcome === 'stays' ? delivery.why : delivery.outcome);
  }
  return outcomes;
}

describe('a redrive', () => {
  it('delivers the oldest record first, whatever was given up first, and each once', async () => {
    // Longer than a double can hold: as text or as a number they would sort wrongly.
    const sequences = [100000000000000000003n, 99999999999999999999n, 100000000000000000002n];
    for (const sequence of sequences) await letters.add('on-record', aDeadLetter(sequence));
    await letters.add('on-record', aDeadLetter(5n, ARRIVED_AT + 5_000));
    const delivered: string[] = [];
    const invoke: Invoke = async (functionArn, payload) => {
      expect(functionArn).toBe('arn:aws:lambda:us-east-1:000000000000:function:on-record');
      delivered.push(...eventsIn(payload));
      return '{"batchItemFailures":[]}';
    };
    expect(await redriveAll(invoke)).toEqual(['handled', 'handled', 'handled', 'handled']);
    expect(delivered).toEqual([
      'event-99999999999999999999',
      'event-100000000000000000002',
      'event-100000000000000000003',
      'event-5',
    ]);
    expect(await redriveAll(invoke)).toEqual([]);
    expect(delivered).toHaveLength(4);
  });

  it.each([
    [
      'reports a record as failed',
      async () => '{"batchItemFailures":[{"itemIdentifier":"1"}]}',
      'reports 1 of its records',
    ],
    ['answers something else', async () => '{"batchItemFailures":"all"}', 'expected array'],
    ['throws', () => Promise.reject(new Error('the function failed: Broken')), 'the function failed: Broken'],
  ])('keeps what the function %s, and goes on with the rest', async (_, fault, why) => {
    for (const sequence of [1n, 2n]) await letters.add('on-record', aDeadLetter(sequence));
    const invoke: Invoke = (_arn, payload) =>
      eventsIn(payload).includes('event-1') ? fault() : Promise.resolve('{"batchItemFailures":[]}');
    expect(await redriveAll(invoke)).toEqual([expect.stringContaining(why), 'handled']);
    const { waiting } = await waitingLetters(letters);
    expect(waiting.map(({ firstSequence }) => firstSequence)).toEqual([1n]);
  });

  it('takes an answer that reports nothing as all handled, as Lambda does', async () => {
    for (const sequence of [1n, 2n, 3n]) await letters.add('on-record', aDeadLetter(sequence));
    const answers = ['null', '{}', '{"batchItemFailures":null}'];
    expect(await redriveAll(async () => answers.pop() ?? '')).toEqual(['handled', 'handled', 'handled']);
  });

  it('delivers again what was handled when it was cut off before it could be removed', async () => {
    await letters.add('on-record', aDeadLetter(1n));
    let calls = 0;
    const invoke: Invoke = async () => {
      calls++;
      return 'null';
    };
    const cutOff: DeadLetters = {
      description: letters.description,
      keys: () => letters.keys(),
      read: (key) => letters.read(key),
      remove: () => Promise.reject(new Error('cut off')),
    };
    const [letter] = (await waitingLetters(letters)).waiting;
    if (!letter) throw new Error('there is no letter');
    await expect(redeliver(cutOff, letter, invoke)).rejects.toThrow('cut off');
    expect(await redriveAll(invoke)).toEqual(['handled']);
    expect(calls).toBe(2);
  });

  it('passes over what somebody else has delivered meanwhile', async () => {
    await letters.add('on-record', aDeadLetter(1n));
    const [letter] = (await waitingLetters(letters)).waiting;
    if (!letter) throw new Error('there is no letter');
    await letters.remove(letter.key);
    const never: Invoke = () => Promise.reject(new Error('must not be called'));
    expect(await redeliver(letters, letter, never)).toEqual({ outcome: 'gone' });
  });

  it('leaves alone what is no dead letter, and says what is wrong with it', async () => {
    const { payload: _, ...withoutPayload } = aDeadLetter(1n);
    await mkdir(join(path, 'aws'));
    await writeFile(join(path, 'aws', 'from-sqs'), JSON.stringify(withoutPayload));
    await writeFile(join(path, 'notes.txt'), 'look at this');
    const { waiting, unreadable } = await waitingLetters(letters);
    expect(waiting).toEqual([]);
    expect(Object.fromEntries(unreadable.map(({ key, why }) => [key, why]))).toEqual({
      'aws/from-sqs': expect.stringContaining('expected the event'),
      'notes.txt': expect.stringContaining('it is not JSON'),
    });
  });
});

describe('a function that is called by Lambda’s API', () => {
  it('answers, fails with what it threw, or is not there', async () => {
    const server = await startLambdaServer({
      echo: async (event: unknown) => event,
      broken: async () => {
        throw Object.assign(new Error('the topic is gone'), { name: 'NotFound' });
      },
    });
    onTestFinished(() => server.close());
    const client = new LambdaClient(clientConfig(server.endpoint));
    onTestFinished(() => client.destroy());
    const invoke = lambdaInvoker(client);
    const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
    expect(await invoke(arn('echo'), '{"Records":["Zoë"]}')).toBe('{"Records":["Zoë"]}');
    expect(await invoke(`${arn('echo')}:$LATEST`, '{}')).toBe('{}');
    await expect(invoke(arn('broken'), '{}')).rejects.toThrow('the function failed: NotFound: the topic is gone');
    await expect(invoke(arn('nobody'), '{}')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: nobody',
    });
  });
});
