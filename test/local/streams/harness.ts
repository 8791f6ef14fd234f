import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { afterEach, expect } from 'vitest';
import type { DeadLetter } from '../../../local/dead-letters/dead-letter.ts';
import { waitingLetters } from '../../../local/dead-letters/redrive.ts';
import { ensureTable } from '../../../local/dynamodb/ensure-table.ts';
import type { EventSourceMapping } from '../../../local/streams/mapping.ts';
import { StreamPoller, type StreamPollerOptions } from '../../../local/streams/poller.ts';
import { clientConfig, type TestDatabase } from '../../support/database.ts';

const started: StreamPoller[] = [];
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((poller) => poller.close()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

/** A folder that is there until the pollers of the test are closed. */
export async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'fillrate-test-'));
  folders.push(folder);
  return folder;
}

export type PollerSettings = Omit<StreamPollerOptions, 'client' | 'streamArn' | 'mappings'>;

/** A fresh table with its stream, what tests write to it, and pollers that end with the test. */
export async function streamOf(database: TestDatabase) {
  const TableName = await database.freshTable();
  const table = new DynamoDBClient(clientConfig(database.endpoint));
  const client = new DynamoDBStreamsClient(clientConfig(database.endpoint));
  const { streamArn } = await ensureTable(table, TableName);
  const keyOf = (name: string, kind = 'STOCK#main') => ({ pk: { S: name }, sk: { S: kind } });

  return {
    client,
    streamArn,
    table,
    TableName,
    async put(names: string[], kind?: string) {
      for (const name of names) await table.send(new PutItemCommand({ TableName, Item: keyOf(name, kind) }));
    },
    /** A write of one item with a long text. */
    async putLarge(name: string, note: string) {
      await table.send(new PutItemCommand({ TableName, Item: { ...keyOf(name), note: { S: note } } }));
    },
    async remove(name: string) {
      await table.send(new DeleteItemCommand({ TableName, Key: keyOf(name) }));
    },
    async shardId() {
      const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn: streamArn }));
      return StreamDescription?.Shards?.[0]?.ShardId ?? '';
    },
    async poll(mappings: EventSourceMapping[], settings: PollerSettings = {}) {
      const poller = await StreamPoller.start({ client, streamArn, mappings, ...settings });
      started.push(poller);
      return poller;
    },
  };
}

/** What a poller's readers gave up, oldest first. */
export async function lettersOf({ deadLetters }: StreamPoller): Promise<DeadLetter[]> {
  const { waiting, unreadable } = await waitingLetters(deadLetters);
  expect(unreadable).toEqual([]);
  return Promise.all(waiting.map(async ({ key }) => JSON.parse((await deadLetters.read(key)) ?? '') as DeadLetter));
}

/** The partition key of each record of an event. */
export const namesIn = (event: DynamoDBStreamEvent) => event.Records.map(nameOf);

const nameOf = (record: DynamoDBRecord | undefined) => record?.dynamodb?.Keys?.pk?.S ?? '';

export const sequenceOf = (record: DynamoDBRecord | undefined) => record?.dynamodb?.SequenceNumber ?? '';

/** A function that keeps the batches it was called with and the names it took, and fails at names that are bad. */
export function recorder(isBad: (name: string) => boolean = () => false) {
  const batches: string[][] = [];
  const taken: string[] = [];
  return {
    batches,
    taken,
    handler: async (event: DynamoDBStreamEvent): Promise<unknown> => {
      const names = namesIn(event);
      batches.push(names);
      if (names.some(isBad)) throw new Error('cannot handle this');
      taken.push(...names);
      return undefined;
    },
    /** Takes what comes before the bad name and reports from there on as failed. */
    reportingHandler: async (event: DynamoDBStreamEvent): Promise<unknown> => {
      batches.push(namesIn(event));
      for (const record of event.Records) {
        if (isBad(nameOf(record))) return { batchItemFailures: [{ itemIdentifier: sequenceOf(record) }] };
        taken.push(nameOf(record));
      }
      return { batchItemFailures: [] };
    },
  };
}
