import { DescribeTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { ensureTable } from '../../../local/dynamodb/ensure-table.ts';
import { clientConfig, startDatabase } from '../../support/database.ts';

const database = await startDatabase();
const client = new DynamoDBClient(clientConfig(database.endpoint));

it('makes the table once and leaves what is in it', async () => {
  const TableName = await database.freshTable();
  await client.send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' }, sk: { S: 'b' } } }));
  await ensureTable(client, TableName);
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: { pk: { S: 'a' }, sk: { S: 'b' } } }));
  expect(Item).toBeDefined();
});

it('gives the table its stream, its expiry and its five lists', async () => {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: await database.freshTable() }));
  expect(Table?.StreamSpecification).toEqual({ StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' });
  expect(Table?.GlobalSecondaryIndexes?.map((index) => index.IndexName).sort()).toEqual([
    'inbound-by-arrival',
    'open-shipments',
    'orders-by-status',
    'orders-by-time',
    'stock-by-location',
  ]);
});
