import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { expect, it, vi } from 'vitest';
import type { FunctionContext } from '../../../local/engine/engine.ts';
import { startDatabase } from '../../support/database.ts';
import { recorder, streamOf } from './harness.ts';

const database = await startDatabase();

it('hands over each change in the shape that Lambda gives it', async () => {
  const stream = await streamOf(database);
  const events: DynamoDBStreamEvent[] = [];
  const contexts: FunctionContext[] = [];
  const poller = await stream.poll([
    {
      functionName: 'on-record',
      functionTimeoutSeconds: 30,
      handler: async (event, context) => {
        events.push(event);
        contexts.push(context);
      },
    },
  ]);
  const Item = {
    pk: { S: 'SKU#A' },
    sk: { S: 'ITEM' },
    units: { N: '12.5' },
    parts: { L: [{ M: { raw: { B: new Uint8Array([1, 2]) } } }] },
    codes: { NS: ['1', '2'] },
    blobs: { BS: [new Uint8Array([3])] },
    isSold: { BOOL: true },
    nothing: { NULL: true },
  };
  await stream.table.send(new PutItemCommand({ TableName: stream.TableName, Item }));
  await stream.put(['SKU#B']);
  await stream.put(['SKU#B']);
  await stream.remove('SKU#B');
  await poller.idle();

  const [first, ...others] = events.flatMap((event) => event.Records);
  const image = { ...Item, parts: { L: [{ M: { raw: { B: 'AQI=' } } }] }, blobs: { BS: ['Aw=='] } };
  expect(first).toEqual({
    eventID: expect.any(String),
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: expect.any(String),
    eventSourceARN: stream.streamArn,
    dynamodb: {
      ApproximateCreationDateTime: expect.any(Number),
      Keys: { pk: { S: 'SKU#A' }, sk: { S: 'ITEM' } },
      NewImage: { ...image, codes: { NS: expect.arrayContaining(['1', '2']) } },
      SequenceNumber: '1',
      SizeBytes: expect.any(Number),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  });
  expect(Math.abs((first?.dynamodb?.ApproximateCreationDateTime ?? 0) - Date.now() / 1000)).toBeLessThan(30);
  expect(JSON.parse(JSON.stringify(first))).toEqual(first);
  expect(others.map((record) => record.eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE']);
  expect(others[2]?.dynamodb).toHaveProperty('OldImage');
  expect(others[2]?.dynamodb).not.toHaveProperty('NewImage');
  expect(contexts[0]).toMatchObject({ functionName: 'on-record', awsRequestId: expect.any(String) });
  expect(contexts[0]?.getRemainingTimeInMillis()).toBeLessThanOrEqual(30_000);
});

it('hands over what was written before it started, in order and in batches', async () => {
  const stream = await streamOf(database);
  const names = Array.from({ length: 25 }, (_, n) => `SKU#${n}`);
  await stream.put(names);
  const { handler, batches } = recorder();
  const poller = await stream.poll([{ functionName: 'f', handler, batchSize: 10 }]);
  await poller.idle();
  expect(batches.flat()).toEqual(names);
  expect(Math.max(...batches.map((batch) => batch.length))).toBe(10);
});

it('compares sequence numbers as numbers', async () => {
  const stream = await streamOf(database);
  const { handler, taken } = recorder();
  const poller = await stream.poll([{ functionName: 'f', handler, batchSize: 4 }]);
  for (let n = 0; n < 120; n++) {
    await stream.put([`SKU#${n}`]);
    if (n % 7 === 0) await poller.idle();
  }
  await poller.idle();
  expect(taken).toEqual(Array.from({ length: 120 }, (_, n) => `SKU#${n}`));
});

it('shows each function only what its filters ask for', async () => {
  const stream = await streamOf(database);
  const stock = recorder();
  const shipments = recorder();
  const keyBegins = (prefix: string) => ({ dynamodb: { Keys: { sk: { S: [{ prefix }] } } } });
  const poller = await stream.poll([
    { functionName: 'stock', handler: stock.handler, filters: [keyBegins('STOCK#')] },
    { functionName: 'both', handler: shipments.handler, filters: [keyBegins('STOCK#'), keyBegins('SHIPMENT#')] },
  ]);
  await stream.put(['A'], 'STOCK#main');
  await stream.put(['B'], 'SHIPMENT#1');
  await stream.put(['C'], 'ORDER');
  await poller.idle();
  expect(stock.taken).toEqual(['A']);
  expect(shipments.taken).toEqual(['A', 'B']);
});

it('does not let one function change what another one sees', async () => {
  const stream = await streamOf(database);
  const { handler, taken } = recorder();
  const poller = await stream.poll([
    {
      functionName: 'careless',
      handler: async (event) => {
        for (const record of event.Records) delete record.dynamodb;
      },
    },
    { functionName: 'careful', handler },
  ]);
  await stream.put(['A', 'B']);
  await poller.idle();
  expect(taken).toEqual(['A', 'B']);
});

it('refuses filters that Lambda would refuse, and two mappings of one function', async () => {
  const stream = await streamOf(database);
  const { handler } = recorder();
  const wrong = { eventName: 'INSERT' } as never;
  await expect(stream.poll([{ functionName: 'f', handler, filters: [wrong] }])).rejects.toThrow();
  await expect(
    stream.poll([
      { functionName: 'f', handler },
      { functionName: 'f', handler },
    ]),
  ).rejects.toThrow('own');
});

it('is idle only when what the functions wrote themselves is handled, too', async () => {
  const stream = await streamOf(database);
  const { handler, taken } = recorder();
  const poller = await stream.poll([
    {
      functionName: 'chain',
      handler: async (event) => {
        await handler(event);
        if (taken.length < 5) await stream.put([`step ${taken.length}`]);
      },
    },
  ]);
  await stream.put(['step 0']);
  await poller.idle();
  expect(taken).toHaveLength(5);
});

it('needs less than 20 ms from the write to the function for most records under way', { retry: 3 }, async () => {
  const stream = await streamOf(database);
  const seen = new Map<string, number>();
  const poller = await stream.poll([
    {
      functionName: 'f',
      handler: async (event) => {
        for (const record of event.Records) seen.set(record.dynamodb?.Keys?.pk?.S ?? '', performance.now());
      },
    },
  ]);
  const written = new Map<string, number>();
  for (let n = 0; n < 60; n++) {
    await stream.put([String(n)]);
    written.set(String(n), performance.now());
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  await poller.idle();
  const latencies = [...written].map(([name, at]) => (seen.get(name) ?? Number.NaN) - at).sort((a, b) => a - b);
  expect(latencies[30]).toBeLessThan(20);
});

it('looks at once when it is poked, however long nothing came', { retry: 3 }, async () => {
  const stream = await streamOf(database);
  const { handler, taken } = recorder();
  const send = vi.spyOn(stream.client, 'send');
  const poller = await stream.poll([{ functionName: 'f', handler }]);
  await vi.waitFor(() => expect(send.mock.calls.length).toBeGreaterThan(35), { timeout: 5_000 });
  await stream.put(['A']);
  const start = performance.now();
  poller.poke();
  await vi.waitFor(() => expect(taken).toEqual(['A']), { interval: 2 });
  expect(performance.now() - start).toBeLessThan(100);
});
