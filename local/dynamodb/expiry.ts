import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { EXPIRY_ATTRIBUTE } from './table-definition.ts';

/** Items looked at per request, so that a sweep never keeps the database from others for long. */
const PAGE_SIZE = 500;
const IS_PAST = '#expiry <= :now';

/**
 * Deletes the items that expired before `now`, as DynamoDB does by itself and Dynoxide does not. An item that was given more time
 * since it was read stays.
 * @returns how many items it deleted.
 */
export async function sweepExpired(client: DynamoDBClient, tableName: string, now: Date): Promise<number> {
  const isPast = {
    TableName: tableName,
    ExpressionAttributeNames: { '#expiry': EXPIRY_ATTRIBUTE },
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(now.getTime() / 1000)) } },
  };
  const pages = paginateScan(
    { client, pageSize: PAGE_SIZE },
    { ...isPast, FilterExpression: IS_PAST, ProjectionExpression: 'pk, sk' },
  );
  let deleted = 0;
  for await (const { Items = [] } of pages) {
    for (const key of Items) {
      if (await deleteUnlessChanged(client, { ...isPast, Key: key })) deleted++;
    }
  }
  return deleted;
}

async function deleteUnlessChanged(
  client: DynamoDBClient,
  input: { TableName: string; Key: Record<string, AttributeValue> },
): Promise<boolean> {
  try {
    await client.send(new DeleteItemCommand({ ...input, ConditionExpression: IS_PAST }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
