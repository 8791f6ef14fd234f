import { expect, it, vi } from 'vitest';
import type { EventSourceMapping } from '../../../local/streams/mapping.ts';
import { startDatabase } from '../../support/database.ts';
import { lettersOf, namesIn, recorder, sequenceOf, streamOf } from './harness.ts';

const database = await startDatabase();

/** Retries without waiting. */
const atOnce = { backoffMs: () => 0 } satisfies Partial<EventSourceMapping>;

it('tries a failed batch again, as a whole and before anything later', async () => {
  const stream = await streamOf(database);
  await stream.put(['A', 'B', 'C', 'D']);
  let isDown = true;
  const { handler, batches } = recorder(() => isDown);
  const poller = await stream.poll([
    {
      functionName: 'f',
      batchSize: 2,
      backoffMs: (failures) => {
        if (failures === 3) isDown = false;
        return 0;
      },
      handler,
    },
  ]);
  await poller.idle();
  expect(batches).toEqual([
    ['A', 'B'],
    ['A', 'B'],
    ['A', 'B'],
    ['A', 'B'],
    ['C', 'D'],
  ]);
  expect(await lettersOf(poller)).toEqual([]);
});

it('goes on after the records that were done when the function reports where it failed', async () => {
  const stream = await streamOf(database);
  await stream.put(['A', 'B', 'C', 'D']);
  let failures = 2;
  const { reportingHandler, batches, taken } = recorder((name) => name === 'C' && failures-- > 0);
  const poller = await stream.poll([
    { functionName: 'f', reportBatchItemFailures: true, handler: reportingHandler, ...atOnce },
  ]);
  await poller.idle();
  expect(batches).toEqual([
    ['A', 'B', 'C', 'D'],
    ['C', 'D'],
    ['C', 'D'],
  ]);
  expect(taken).toEqual(['A', 'B', 'C', 'D']);
});

it('counts the attempts of each record that blocks a batch by itself', async () => {
  const stream = await streamOf(database);
  await stream.put(['A', 'B', 'C']);
  const failures: string[] = [];
  const { reportingHandler, taken } = recorder((name) => {
    const isBad = failures.filter((failed) => failed === name).length < 2;
    if (isBad) failures.push(name);
    return isBad;
  });
  const poller = await stream.poll([
    { functionName: 'f', reportBatchItemFailures: true, maximumRetryAttempts: 2, handler: reportingHandler, ...atOnce },
  ]);
  await poller.idle();
  expect(taken).toEqual(['A', 'B', 'C']);
  expect(await lettersOf(poller)).toEqual([]);
});

it('tries what is left of a batch as a whole before it bisects it', async () => {
  const stream = await streamOf(database);
  await stream.put(['A', 'B', 'C', 'D']);
  let failures = 1;
  const { reportingHandler, batches } = recorder((name) => name === 'B' && failures-- > 0);
  const poller = await stream.poll([
    {
      functionName: 'f',
      reportBatchItemFailures: true,
      bisectBatchOnFunctionError: true,
      maximumRetryAttempts: 0,
      handler: reportingHandler,
      ...atOnce,
    },
  ]);
  await poller.idle();
  expect(batches).toEqual([
    ['A', 'B', 'C', 'D'],
    ['B', 'C', 'D'],
  ]);
});

it('takes the lowest of several reported failures', async () => {
  const stream = await streamOf(database);
  await stream.put(['A', 'B', 'C', 'D']);
  const batches: string[][] = [];
  const poller = await stream.poll([
    {
      functionName: 'f',
      reportBatchItemFailures: true,
      ...atOnce,
      handler: async (event) => {
        batches.push(namesIn(event));
        if (batches.length > 1) return {};
        return { batchItemFailures: [3, 1].map((n) => ({ itemIdentifier: sequenceOf(event.Records[n]) })) };
      },
    },
  ]);
  await poller.idle();
  expect(batches).toEqual([
    ['A', 'B', 'C', 'D'],
    ['B', 'C', 'D'],
  ]);
});

it.each([
  ['nothing', undefined, 1],
  ['null', null, 1],
  ['an empty list', { batchItemFailures: [] }, 1],
  ['no list', { batchItemFailures: null }, 1],
  ['a record of another batch', { batchItemFailures: [{ itemIdentifier: '999' }] }, 2],
  ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }, 2],
  ['no identifier', { batchItemFailures: [{}] }, 2],
  ['something else than a list', { batchItemFailures: 'all' }, 2],
])('understands a report of %s as Lambda does', async (_, report, calls) => {
  const stream = await streamOf(database);
  await stream.put(['A', 'B']);
  const handler = vi.fn(async () => (handler.mock.calls.length === 1 ? report : undefined));
  const poller = await stream.poll([{ functionName: 'f', reportBatchItemFailures: true, handler, ...atOnce }]);
  await poller.idle();
  expect(handler).toHaveBeenCalledTimes(calls);
});

it('ignores reports when the mapping does not ask for them', async () => {
  const stream = await streamOf(database);
  await stream.put(['A']);
  const handler = vi.fn(async () => ({ batchItemFailures: [{ itemIdentifier: '1' }] }));
  const poller = await stream.poll([{ functionName: 'f', handler, ...atOnce }]);
  await poller.idle();
  expect(handler).toHaveBeenCalledTimes(1);
});

it('halves a failing batch until the bad record is alone, and handles all others once', async () => {
  const stream = await streamOf(database);
  const names = Array.from({ length: 16 }, (_, n) => `SKU#${n}`);
  await stream.put(names);
  const { handler, batches, taken } = recorder((name) => name === 'SKU#5');
  const poller = await stream.poll([
    { functionName: 'f', bisectBatchOnFunctionError: true, maximumRetryAttempts: 2, handler, ...atOnce },
  ]);
  await poller.idle();
  expect(taken).toEqual(names.filter((name) => name !== 'SKU#5'));
  expect(batches.filter((batch) => batch.length === 1 && batch[0] === 'SKU#5')).toHaveLength(3);
  expect(await lettersOf(poller)).toHaveLength(1);
});

it.each(['handler', 'reportingHandler'] as const)(
  'isolates a bad record in the middle of a batch when it bisects (%s)',
  async (kind) => {
    const stream = await streamOf(database);
    await stream.put(['A', 'bad', 'C', 'D', 'E']);
    const functions = recorder((name) => name === 'bad');
    const poller = await stream.poll([
      {
        functionName: 'f',
        bisectBatchOnFunctionError: true,
        reportBatchItemFailures: true,
        maximumRetryAttempts: 1,
        handler: functions[kind],
        ...atOnce,
      },
    ]);
    await poller.idle();
    expect(functions.taken).toEqual(['A', 'C', 'D', 'E']);
    expect((await lettersOf(poller)).map((letter) => letter.DDBStreamBatchInfo.batchSize)).toEqual([1]);
  },
);

it('makes a batch a dead letter after the last retry and goes on with later records', async () => {
  const stream = await streamOf(database);
  await stream.put(['good', 'bad', 'worse', 'later']);
  const { handler, batches } = recorder((name) => name === 'bad');
  const poller = await stream.poll([
    { functionName: 'on-record', batchSize: 1, maximumRetryAttempts: 2, handler, ...atOnce },
  ]);
  await poller.idle();
  expect(batches.flat()).toEqual(['good', 'bad', 'bad', 'bad', 'worse', 'later']);
  const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(await lettersOf(poller)).toEqual([
    {
      requestContext: {
        requestId: expect.any(String),
        functionArn: expect.stringMatching(/^arn:aws:lambda:.*:function:on-record$/),
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 3,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: isoTime,
      DDBStreamBatchInfo: {
        shardId: expect.any(String),
        startSequenceNumber: '2',
        endSequenceNumber: '2',
        approximateArrivalOfFirstRecord: isoTime,
        approximateArrivalOfLastRecord: isoTime,
        batchSize: 1,
        streamArn: stream.streamArn,
      },
      payload: expect.any(String),
    },
  ]);
  const [letter] = await lettersOf(poller);
  expect(namesIn(JSON.parse(letter?.payload ?? ''))).toEqual(['bad']);
});

it('gives up records that are too old and handles the young ones of the batch', async () => {
  const stream = await streamOf(database);
  let now = Date.now();
  await stream.put(['A', 'B']);
  const { handler, batches } = recorder((name) => name === 'A');
  const poller = await stream.poll(
    [
      {
        functionName: 'f',
        handler,
        maximumRecordAgeSeconds: 60,
        backoffMs: (failures) => {
          if (failures === 3) now += 120_000;
          return 0;
        },
      },
    ],
    { now: () => new Date(now) },
  );
  await poller.idle();
  expect(batches).toHaveLength(3);
  expect((await lettersOf(poller)).map((letter) => letter.requestContext.condition)).toEqual(['RecordAgeExceeded']);
});

it('gives up a function that runs into its timeout', async () => {
  const stream = await streamOf(database);
  await stream.put(['A']);
  let calls = 0;
  const poller = await stream.poll([
    {
      functionName: 'f',
      functionTimeoutSeconds: 0.02,
      handler: () => (++calls === 1 ? new Promise(() => undefined) : Promise.resolve()),
      ...atOnce,
    },
  ]);
  await poller.idle();
  expect(calls).toBe(2);
});

it('does not hold up one function for another one that fails', async () => {
  const stream = await streamOf(database);
  let isDown = true;
  const failing = recorder(() => isDown);
  const healthy = recorder();
  const poller = await stream.poll([
    { functionName: 'failing', handler: failing.handler, backoffMs: () => 10 },
    { functionName: 'healthy', handler: healthy.handler },
  ]);
  const names = Array.from({ length: 30 }, (_, n) => `SKU#${n}`);
  await stream.put(names);
  await vi.waitFor(() => expect(healthy.taken).toEqual(names));
  expect(failing.taken).toEqual([]);
  isDown = false;
  await poller.idle();
  expect(failing.taken).toEqual(names);
});

it('lets a function that fell far behind catch up from the stream', async () => {
  const stream = await streamOf(database);
  let isDown = true;
  const failing = recorder(() => isDown);
  const healthy = recorder();
  const large = 'x'.repeat(300_000);
  const poller = await stream.poll([
    { functionName: 'failing', handler: failing.handler, batchSize: 3, backoffMs: () => 10 },
    { functionName: 'healthy', handler: healthy.handler },
  ]);
  const names = Array.from({ length: 40 }, (_, n) => `SKU#${n}`);
  await stream.put(names);
  for (const name of names) await stream.putLarge(name, large);
  await vi.waitFor(() => expect(healthy.taken).toHaveLength(80), { timeout: 5_000 });
  isDown = false;
  await stream.put(['last']);
  await poller.idle();
  expect(failing.taken).toEqual([...names, ...names, 'last']);
});
