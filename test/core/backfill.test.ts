import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, it } from 'vitest';
import { allocate } from '../../core/backorders/allocate.ts';
import { kindOf } from '../../core/platform/table/keys.ts';
import type { WaitRow } from '../../core/stock/queue.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { clientConfig, startDatabase } from '../support/database.ts';
import { expectAuditToPass, freshServices, place, reserve, stock } from '../support/services.ts';

const database = await startDatabase();

type Place = Record<string, unknown> | undefined;

/** The worked example of docs/operations/changing.md: rows of months ago get the attributes of a new index. */
async function backfill(client: DynamoDBDocumentClient, TableName: string, from: Place, pages: number): Promise<Place> {
  let place = from;
  for (let page = 0; page < pages; page++) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({ TableName, Limit: 25, ExclusiveStartKey: place }),
    );
    for (const { pk, sk, location, placedAt } of Items as WaitRow[]) {
      if (kindOf({ pk, sk }) !== 'wait') continue;
      const update = new UpdateCommand({
        TableName,
        Key: { pk, sk },
        UpdateExpression: 'SET waitShard = :shard, waitSort = :sort',
        // The row may have left since it was read: an update alone would make it anew, with nothing but these two.
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(waitShard)',
        ExpressionAttributeValues: { ':shard': `WAITING#${location}`, ':sort': placedAt },
      });
      await client.send(update).catch((error) => {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      });
    }
    place = LastEvaluatedKey;
    if (place === undefined) return undefined;
  }
  return place;
}

it('gives rows of months ago what a new index needs, while they are served, and goes on where it was cut off', async () => {
  const services = await freshServices(database);
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(database.endpoint)));
  await stock(services, 'MUG', 0);
  for (let i = 0; i < 40; i++) await reserve(services, await place(services, [{ sku: 'MUG', quantity: 1 }]));
  const serve = async (quantity: number) => {
    await receiveStock(services, 'MUG', { quantity, location: 'main' });
    expect(await allocate(services, 'MUG', 'main')).toBe(quantity);
  };
  const waiting = async () => {
    const rows: (WaitRow & { waitShard?: string })[] = [];
    for await (const row of services.table.scan<WaitRow>()) if (kindOf(row) === 'wait') rows.push(row);
    return rows;
  };

  // The head leaves between the page's read and its writes.
  let served = false;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'UpdateItemCommand' && !served) {
          served = true;
          await serve(10);
        }
        return next(args);
      },
    { step: 'initialize' },
  );

  let from: Place;
  let runs = 0;
  do {
    from = await backfill(client, services.table.name, from, 2);
    runs++;
  } while (from !== undefined);

  expect(served).toBe(true);
  expect(runs).toBeGreaterThan(2);
  const rows = await waiting();
  expect(rows).toHaveLength(30);
  expect(rows.every(({ waitShard, quantity }) => waitShard === 'WAITING#main' && quantity === 1)).toBe(true);
  await expectAuditToPass(services);
  // A second pass finds nothing to do, and the queue is served as before.
  expect(await backfill(client, services.table.name, undefined, 1000)).toBeUndefined();
  await serve(30);
  expect(await waiting()).toEqual([]);
  await expectAuditToPass(services);
});
