import {
  DynamoDBStreamsClient,
  ExpiredIteratorException,
  type _Record as SdkRecord,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { expect, it, vi } from 'vitest';
import { StreamPoller } from '../../../local/streams/poller.ts';
import { clientConfig, startDatabase } from '../../support/database.ts';
import { recorder, streamOf } from './harness.ts';

const database = await startDatabase();

interface Faults {
  /** Thrown by the next request of that name. */
  [commandName: string]: Error | undefined;
}

/** Throws each fault once, at the request of its name. */
function injectFaults(client: DynamoDBStreamsClient, faults: Faults) {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const fault = faults[commandName];
        faults[commandName] = undefined;
        if (fault) throw fault;
        return next(args);
      },
    { step: 'initialize' },
  );
}

const details = { $metadata: {}, message: 'injected' };

it('takes a new iterator where it is when the old one has expired', async () => {
  const stream = await streamOf(database);
  const faults: Faults = {};
  injectFaults(stream.client, faults);
  const { handler, taken } = recorder();
  const poller = await stream.poll([{ functionName: 'f', handler }]);
  await stream.put(['A']);
  await poller.idle();
  faults.GetRecordsCommand = new ExpiredIteratorException(details);
  await stream.put(['B']);
  await poller.idle();
  expect(faults.GetRecordsCommand).toBeUndefined();
  expect(taken).toEqual(['A', 'B']);
});

it('goes on with the oldest record there is when those after its position were dropped', async () => {
  const stream = await streamOf(database);
  const faults: Faults = {};
  injectFaults(stream.client, faults);
  const { handler, taken } = recorder();
  const poller = await stream.poll([{ functionName: 'f', handler }]);
  await stream.put(['A']);
  await poller.idle();
  faults.GetRecordsCommand = new TrimmedDataAccessException(details);
  await stream.put(['B']);
  await poller.idle();
  expect(taken).toEqual(['A', 'B']);
});

it('outlives a stream that cannot be read for a while', async () => {
  const stream = await streamOf(database);
  const faults: Faults = {};
  injectFaults(stream.client, faults);
  const { handler, taken } = recorder();
  await stream.poll([{ functionName: 'f', handler }]);
  faults.GetRecordsCommand = new Error('connection refused');
  await vi.waitFor(() => expect(faults.GetRecordsCommand).toBeUndefined());
  await stream.put(['A']);
  await vi.waitFor(() => expect(taken).toEqual(['A']), { timeout: 3_000 });
});

/** Streams that split up, which Dynoxide's do not: shards with their parents and names, closed or open. */
function scriptedStream(shards: { id: string; parent?: string; names: string[]; isOpen?: boolean }[]) {
  const client = new DynamoDBStreamsClient(clientConfig('http://127.0.0.1:9'));
  const answers: Record<string, (input: { [field: string]: unknown }) => object> = {
    DescribeStreamCommand: () => ({
      StreamDescription: { Shards: shards.map(({ id, parent }) => ({ ShardId: id, ParentShardId: parent })) },
    }),
    GetShardIteratorCommand: ({ ShardId, SequenceNumber }) => ({ ShardIterator: `${ShardId}/${SequenceNumber ?? -1}` }),
    GetRecordsCommand: ({ ShardIterator }) => {
      const [id, after] = String(ShardIterator).split('/');
      const shard = shards.find((candidate) => candidate.id === id);
      const rest = (shard?.names ?? []).map(toRecord).filter((record) => sequence(record) > Number(after));
      const position = rest[0] ? sequence(rest[0]) : after;
      const isEnd = rest.length <= 1 && !shard?.isOpen;
      return { Records: rest.slice(0, 1), NextShardIterator: isEnd ? undefined : `${id}/${position}` };
    },
  };
  client.middlewareStack.add(
    (_, { commandName = '' }) =>
      async (args) => ({ output: { $metadata: {}, ...answers[commandName]?.({ ...args.input }) }, response: {} }),
    { step: 'initialize' },
  );
  return client;
}

const toRecord = (name: string, index: number): SdkRecord => ({
  dynamodb: { Keys: { pk: { S: name } }, SequenceNumber: String(index + 1), ApproximateCreationDateTime: new Date() },
});
const sequence = (record: SdkRecord) => Number(record.dynamodb?.SequenceNumber);

it('reads a shard to its end before those that came out of it', async () => {
  const client = scriptedStream([
    { id: 'shard-1', names: ['A', 'B', 'C'] },
    { id: 'shard-2', parent: 'shard-1', names: ['D', 'E'] },
    { id: 'shard-3', parent: 'shard-2', names: ['F'], isOpen: true },
  ]);
  let failures = 3;
  const { handler, taken } = recorder((name) => name === 'B' && failures-- > 0);
  const mapping = { functionName: 'f', handler, backoffMs: () => 5 };
  const poller = await StreamPoller.start({ client, streamArn: 'arn:stream', mappings: [mapping] });
  await vi.waitFor(() => expect(taken).toHaveLength(6));
  await poller.idle();
  expect(taken).toEqual(['A', 'B', 'C', 'D', 'E', 'F']);
  await poller.close();
});

it('finds the successor of a shard that is closed while it is read', async () => {
  const first = { id: 'shard-1', names: ['A'], isOpen: true };
  const shards: Parameters<typeof scriptedStream>[0] = [first];
  const { handler, taken } = recorder();
  const poller = await StreamPoller.start({
    client: scriptedStream(shards),
    streamArn: 'arn:stream',
    mappings: [{ functionName: 'f', handler }],
  });
  await poller.idle();
  first.isOpen = false;
  shards.push({ id: 'shard-2', parent: 'shard-1', names: ['B'], isOpen: true });
  await vi.waitFor(() => expect(taken).toEqual(['A', 'B']));
  shards.shift();
  await poller.close();
});

it('ends at once when it is closed while a closed shard has no successor yet', async () => {
  const { handler, taken } = recorder();
  const poller = await StreamPoller.start({
    client: scriptedStream([{ id: 'shard-1', names: ['A'] }]),
    streamArn: 'arn:stream',
    mappings: [{ functionName: 'f', handler }],
  });
  await poller.idle();
  expect(taken).toEqual(['A']);
  const start = performance.now();
  await poller.close();
  expect(performance.now() - start).toBeLessThan(500);
});
