import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterEach, expect, it, vi } from 'vitest';
import { clientConfig } from '../../../local/client-config.ts';
import { type Dynoxide, findDynoxide, startDynoxide } from '../../../local/dynamodb/dynoxide.ts';
import { ensureTable } from '../../../local/dynamodb/ensure-table.ts';
import { trimStreamRecords } from '../../../local/dynamodb/stream-table.ts';

const TableName = 'orders';
const started: Dynoxide[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((dynoxide) => dynoxide.stop()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

it('keeps every acknowledged write and its stream record when the database is killed', async () => {
  const databasePath = await newDatabasePath();
  const { client, streamArn, pid, died } = await start(databasePath);
  await Promise.all(Array.from({ length: 100 }, (_, n) => put(client, n)));
  process.kill(pid, 'SIGKILL');
  expect(await died).toContain('SIGKILL');
  const again = await start(databasePath);
  expect(again.streamArn).toBe(streamArn);
  for (let n = 0; n < 100; n++) expect(await get(again.client, n)).toBeDefined();
  expect(await sequenceNumbers(again.streams, streamArn)).toHaveLength(100);
});

it('forgets stream records older than a day, keeps the others, and goes on counting', async () => {
  const databasePath = await newDatabasePath();
  const { client, streams, streamArn } = await start(databasePath);
  for (let n = 0; n < 5; n++) await put(client, n);
  withDatabase(databasePath, (db) =>
    db.exec('UPDATE _stream_records SET created_at = created_at - 90000 WHERE id <= 3'),
  );
  await trimStreamRecords(databasePath);
  expect(await sequenceNumbers(streams, streamArn)).toEqual(['4', '5']);

  const inTwoDays = Math.floor(Date.now() / 1000) + 2 * 86_400;
  await trimStreamRecords(databasePath, inTwoDays);
  await put(client, 5);
  expect(await sequenceNumbers(streams, streamArn)).toEqual(['5', '6']);
});

it('trims while others write, without failing a write', async () => {
  const databasePath = await newDatabasePath();
  const { client, streams, streamArn } = await start(databasePath);
  await Promise.all(Array.from({ length: 1200 }, (_, n) => put(client, n)));
  withDatabase(databasePath, (db) => db.exec('UPDATE _stream_records SET created_at = created_at - 90000'));
  await Promise.all([trimStreamRecords(databasePath), ...Array.from({ length: 300 }, (_, n) => put(client, n))]);
  expect(await sequenceNumbers(streams, streamArn)).toHaveLength(300);
});

it('leaves nothing behind of a temporary database', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fillrate-test-'));
  folders.push(folder);
  const dynoxide = await startDynoxide({ temporary: true }, folder);
  expect(await readdir(folder)).toHaveLength(1);
  await dynoxide.stop();
  await dynoxide.stop();
  expect(await readdir(folder)).toEqual([]);
  await vi.waitFor(() => expect(() => process.kill(dynoxide.pid, 0)).toThrow('ESRCH'));
  await expect(fetch(dynoxide.endpoint)).rejects.toThrow();
});

it('says what went wrong when the database cannot be opened', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fillrate-test-'));
  folders.push(folder);
  await expect(startDynoxide({ databasePath: folder })).rejects.toThrow(/did not start.*database/s);
});

it('says what to set when there is no program', async () => {
  vi.stubEnv('DYNOXIDE_BIN', '/nowhere/dynoxide');
  const folder = await mkdtemp(join(tmpdir(), 'fillrate-test-'));
  folders.push(folder);
  await expect(startDynoxide({ temporary: true }, folder)).rejects.toThrow(/nowhere.*did not start.*ENOENT/);
  vi.unstubAllEnvs();
  expect(await readdir(folder)).toEqual([]);
  expect(() => findDynoxide({}, 'plan9', 'x64')).toThrow(/plan9-x64.*DYNOXIDE_BIN.*DYNAMODB_ENDPOINT/);
});

it('finds the installed program', async () => {
  const { mode } = await stat(findDynoxide({}));
  expect(mode & 0o111).not.toBe(0);
});

async function newDatabasePath() {
  const folder = await mkdtemp(join(tmpdir(), 'fillrate-test-'));
  folders.push(folder);
  return join(folder, 'state', 'dynamodb.sqlite');
}

async function start(databasePath: string) {
  const dynoxide = await startDynoxide({ databasePath });
  started.push(dynoxide);
  const client = new DynamoDBClient(clientConfig(dynoxide.endpoint));
  const streams = new DynamoDBStreamsClient(clientConfig(dynoxide.endpoint));
  return { client, streams, pid: dynoxide.pid, died: dynoxide.died, ...(await ensureTable(client, TableName)) };
}

const put = (client: DynamoDBClient, n: number) =>
  client.send(new PutItemCommand({ TableName, Item: { pk: { S: `ORDER#${n}` }, sk: { S: 'ORDER' } } }));

const get = async (client: DynamoDBClient, n: number) =>
  (await client.send(new GetItemCommand({ TableName, Key: { pk: { S: `ORDER#${n}` }, sk: { S: 'ORDER' } } }))).Item;

async function sequenceNumbers(streams: DynamoDBStreamsClient, StreamArn: string) {
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map((record) => record.dynamodb?.SequenceNumber);
}

function withDatabase(path: string, use: (database: DatabaseSync) => void) {
  const database = new DatabaseSync(path);
  use(database);
  database.close();
}
