import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { startConflictProxy } from '../../../local/dynamodb/conflicts.ts';
import { clientConfig, startDatabase } from '../../support/database.ts';

const database = await startDatabase();
const proxy = await startConflictProxy({ target: database.endpoint, holdMs: 50 });
const client = new DynamoDBClient({ ...clientConfig(proxy.endpoint), maxAttempts: 1 });
afterAll(() => proxy.close());

let TableName: string;
beforeEach(async () => {
  TableName = await database.freshTable();
});

const keyOf = (sku: string) => ({ pk: { S: `SKU#${sku}` }, sk: { S: 'STOCK#main' } });
const putAction = (sku: string) => ({ Put: { TableName, Item: keyOf(sku) } });
const checkAction = (sku: string) => ({
  ConditionCheck: { TableName, Key: keyOf(sku), ConditionExpression: 'attribute_not_exists(pk)' },
});
const transact = (...actions: object[]) => client.send(new TransactWriteItemsCommand({ TransactItems: actions }));
const put = (sku: string) => client.send(new PutItemCommand({ TableName, Item: keyOf(sku) }));

it('cancels the second of two transactions on one item and says which item it was', async () => {
  const before = proxy.conflicts();
  const [first, second] = await Promise.allSettled([
    transact(putAction('A'), putAction('B')),
    transact(putAction('C'), putAction('B'), putAction('D')),
  ]);
  expect(first.status).toBe('fulfilled');
  const error = second.status === 'rejected' ? second.reason : undefined;
  expect(error).toBeInstanceOf(TransactionCanceledException);
  expect(error.CancellationReasons.map((reason: { Code: string }) => reason.Code)).toEqual([
    'None',
    'TransactionConflict',
    'None',
  ]);
  expect(error.message).toContain('[None, TransactionConflict, None]');
  expect(proxy.conflicts()).toBe(before + 1);
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf('C') }));
  expect(Item).toBeUndefined();
});

it('counts an item that a transaction only checks as touched', async () => {
  const [first, second] = await Promise.allSettled([
    transact(checkAction('A'), putAction('B')),
    transact(putAction('A')),
  ]);
  expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
});

it.each([
  ['put', () => put('A')],
  ['update', () => client.send(new UpdateItemCommand({ TableName, Key: keyOf('A') }))],
  ['delete', () => client.send(new DeleteItemCommand({ TableName, Key: keyOf('A') }))],
])('refuses a single %s while a transaction on the item is in flight', async (_, write) => {
  const transaction = transact(putAction('A'));
  await expect(write()).rejects.toThrow(TransactionConflictException);
  await transaction;
  await write();
});

it('cancels a transaction while a single write to one of its items is in flight', async () => {
  const single = put('A');
  await expect(transact(putAction('A'))).rejects.toThrow(TransactionCanceledException);
  await single;
});

it('lets single writes to one item through, and everybody through on different items', async () => {
  await Promise.all([put('A'), put('A'), put('A')]);
  await Promise.all([transact(putAction('E')), transact(putAction('F')), put('G')]);
});

it('lets reads through and gives back the answers of the real database', async () => {
  const transaction = transact(putAction('A'));
  await client.send(new GetItemCommand({ TableName, Key: keyOf('A') }));
  await transaction;
  await expect(transact(checkAction('A'))).rejects.toThrow('ConditionalCheckFailed');
  const conditional = new PutItemCommand({
    TableName,
    Item: keyOf('A'),
    ConditionExpression: 'attribute_not_exists(pk)',
  });
  await expect(client.send(conditional)).rejects.toThrow(ConditionalCheckFailedException);
});

it('lets a hot item go again after each write, failed or not', async () => {
  for (let n = 0; n < 5; n++) {
    await transact(putAction('A'));
    await expect(transact(checkAction('A'))).rejects.toThrow('ConditionalCheckFailed');
  }
});

it('is not in the way of the right sum when twenty clients count one item up', async () => {
  await put('A');
  const addOne = {
    Update: {
      TableName,
      Key: keyOf('A'),
      UpdateExpression: 'ADD units :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    },
  };
  const countUp = async (): Promise<void> => transact(addOne).then(() => undefined, countUp);
  await Promise.all(Array.from({ length: 20 }, countUp));
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf('A') }));
  expect(Item?.units).toEqual({ N: '20' });
});
