import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { startDynoxide } from '../../../local/dynamodb/dynoxide.ts';
import { startDatabase } from '../../support/database.ts';
import { lettersOf, namesIn, recorder, streamOf, temporaryFolder } from './harness.ts';

const database = await startDatabase();

let stateDirectory: string;
beforeEach(async () => {
  stateDirectory = await temporaryFolder();
});

const checkpointFile = () => join(stateDirectory, 'stream-checkpoints.json');

it('goes on where it ended when it was closed', async () => {
  const stream = await streamOf(database);
  const { handler, taken } = recorder();
  const first = await stream.poll([{ functionName: 'f', handler }], { stateDirectory });
  await stream.put(['A', 'B']);
  await first.idle();
  await first.close();
  await stream.put(['C']);
  const second = await stream.poll([{ functionName: 'f', handler }], { stateDirectory });
  await second.idle();
  expect(taken).toEqual(['A', 'B', 'C']);
});

it('repeats the last records, but loses none, when it went on without its last checkpoint', async () => {
  const stream = await streamOf(database);
  const { handler, taken } = recorder();
  const first = await stream.poll([{ functionName: 'f', handler }], { stateDirectory });
  await stream.put(['A', 'B']);
  await first.idle();
  await vi.waitFor(() => readFile(checkpointFile()));
  const checkpoint = await readFile(checkpointFile());
  await stream.put(['C', 'D']);
  await first.idle();
  await first.close();
  await writeFile(checkpointFile(), checkpoint);
  const second = await stream.poll([{ functionName: 'f', handler }], { stateDirectory });
  await stream.put(['E']);
  await second.idle();
  expect(taken).toEqual(['A', 'B', 'C', 'D', 'C', 'D', 'E']);
});

it('keeps a checkpoint for each function and gives a new function everything', async () => {
  const stream = await streamOf(database);
  const old = recorder();
  const added = recorder();
  const first = await stream.poll([{ functionName: 'old', handler: old.handler }], { stateDirectory });
  await stream.put(['A', 'B']);
  await first.idle();
  await first.close();
  const second = await stream.poll(
    [
      { functionName: 'old', handler: old.handler },
      { functionName: 'added', handler: added.handler },
    ],
    { stateDirectory },
  );
  await stream.put(['C']);
  await second.idle();
  expect(old.taken).toEqual(['A', 'B', 'C']);
  expect(added.taken).toEqual(['A', 'B', 'C']);
});

it('hands a batch over again that was being retried when it was closed', async () => {
  const stream = await streamOf(database);
  await stream.put(['A', 'B']);
  const failing = recorder(() => true);
  const first = await stream.poll([{ functionName: 'f', handler: failing.handler, backoffMs: () => 60_000 }], {
    stateDirectory,
  });
  await vi.waitFor(() => expect(failing.batches).toHaveLength(1));
  await first.close();
  expect(failing.batches).toHaveLength(1);
  const { handler, taken } = recorder();
  const second = await stream.poll([{ functionName: 'f', handler }], { stateDirectory });
  await second.idle();
  expect(taken).toEqual(['A', 'B']);
});

it('waits for the call in progress when it is closed', async () => {
  const stream = await streamOf(database);
  await stream.put(['A']);
  const called = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const poller = await stream.poll([
    {
      functionName: 'f',
      handler: async () => {
        called.resolve();
        await answer.promise;
      },
    },
  ]);
  await called.promise;
  let isClosed = false;
  const closing = poller.close().then(() => {
    isClosed = true;
  });
  await stream.put(['B']);
  expect(isClosed).toBe(false);
  answer.resolve();
  await closing;
});

it('goes on after the database was killed, with nothing lost', async () => {
  const databasePath = join(stateDirectory, 'dynamodb.sqlite');
  const { handler, taken } = recorder();
  const run = async (write: string[], kill: boolean) => {
    const dynoxide = await startDynoxide({ databasePath });
    const stream = await streamOf({ endpoint: dynoxide.endpoint, freshTable: async () => 'orders' });
    const poller = await stream.poll([{ functionName: 'f', handler }], { stateDirectory });
    await poller.idle();
    if (kill) {
      await Promise.all(write.map((name) => stream.put([name])));
      process.kill(dynoxide.pid, 'SIGKILL');
    }
    await poller.close();
    await dynoxide.stop();
  };
  const names = Array.from({ length: 40 }, (_, n) => `SKU#${n}`);
  await run(names.slice(0, 20), true);
  await run(names.slice(20), true);
  await run([], false);
  expect(new Set(taken)).toEqual(new Set(names));
});

it('keeps dead letters, under the names that Lambda gives them', async () => {
  const stream = await streamOf(database);
  await stream.put(['A', 'B']);
  const mapping = { functionName: 'f', batchSize: 1, maximumRetryAttempts: 0 };
  const failing = recorder(() => true);
  const first = await stream.poll([{ ...mapping, handler: failing.handler }], { stateDirectory });
  await first.idle();
  const letters = await lettersOf(first);
  await first.close();

  const second = await stream.poll([{ ...mapping, handler: recorder().handler }], { stateDirectory });
  expect(letters.map(({ payload }) => namesIn(JSON.parse(payload)))).toEqual([['A'], ['B']]);
  expect(await lettersOf(second)).toEqual(letters);
  const keys = await Array.fromAsync(second.deadLetters.keys());
  for (const key of keys) {
    expect(key).toMatch(/^aws\/lambda\/f\/[\w-]+\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/);
  }
});

it.each([
  ['is broken', () => '{"f": '],
  ['belongs to another table', () => '{"f": {"arn:aws:dynamodb:other": {"shard": "7"}}}'],
  ['is ahead of the stream', (arn: string, shardId: string) => JSON.stringify({ f: { [arn]: { [shardId]: '999' } } })],
])('reads everything when the checkpoint %s', async (_, content) => {
  const stream = await streamOf(database);
  await stream.put(['A', 'B']);
  await writeFile(checkpointFile(), content(stream.streamArn, await stream.shardId()));
  const { handler, taken } = recorder();
  const poller = await stream.poll([{ functionName: 'f', handler }], { stateDirectory });
  await poller.idle();
  expect(taken).toEqual(['A', 'B']);
});

it('writes its checkpoints a few times a second at most, however many batches there are', async () => {
  const stream = await streamOf(database);
  await stream.put(Array.from({ length: 300 }, (_, n) => `SKU#${n}`));
  const { handler, batches } = recorder();
  const versions = new Set<string>();
  const poller = await stream.poll(
    [
      {
        functionName: 'f',
        batchSize: 1,
        handler: async (event) => {
          versions.add(await readFile(checkpointFile(), 'utf8').catch(() => ''));
          await handler(event);
        },
      },
    ],
    { stateDirectory },
  );
  const start = performance.now();
  await poller.idle();
  expect(batches).toHaveLength(300);
  expect(versions.size).toBeLessThanOrEqual(2 + (performance.now() - start) / 100);
});
