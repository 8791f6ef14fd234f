import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { sweepExpired } from '../../../local/dynamodb/expiry.ts';
import { clientConfig, startDatabase } from '../../support/database.ts';

const database = await startDatabase();
const client = new DynamoDBClient(clientConfig(database.endpoint));
const now = new Date('2026-11-24T12:00:00Z');
const NOW_SECONDS = now.getTime() / 1000;

it('deletes what has expired and nothing else', async () => {
  const TableName = await database.freshTable();
  await put(TableName, 'past', { N: String(NOW_SECONDS - 1) });
  await put(TableName, 'future', { N: String(NOW_SECONDS + 1) });
  await put(TableName, 'not-a-number', { S: '5' });
  await put(TableName, 'never');
  expect(await sweepExpired(client, TableName, now)).toBe(1);
  expect(await keys(TableName)).toEqual(['future', 'never', 'not-a-number']);
});

it('works through more items than a page holds', async () => {
  const TableName = await database.freshTable();
  await Promise.all(Array.from({ length: 620 }, (_, n) => put(TableName, `k${n}`, { N: '5' })));
  expect(await sweepExpired(client, TableName, now)).toBe(620);
  expect(await keys(TableName)).toEqual([]);
});

it('leaves an item that got more time after it was read', async () => {
  const TableName = await database.freshTable();
  await put(TableName, 'renewed', { N: '5' });
  const renewing = new DynamoDBClient(clientConfig(database.endpoint));
  renewing.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === 'DeleteItemCommand') await put(TableName, 'renewed', { N: String(NOW_SECONDS + 9) });
      return next(args);
    },
    { step: 'initialize' },
  );
  expect(await sweepExpired(renewing, TableName, now)).toBe(0);
  expect(await keys(TableName)).toEqual(['renewed']);
});

async function put(TableName: string, pk: string, expiresAt?: { N: string } | { S: string }) {
  const Item = { pk: { S: pk }, sk: { S: 'X' }, ...(expiresAt && { expiresAt }) };
  await client.send(new PutItemCommand({ TableName, Item }));
}

async function keys(TableName: string) {
  const { Items = [] } = await client.send(new ScanCommand({ TableName }));
  return Items.map((item) => item.pk?.S).sort();
}
