import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { EXPIRY_ATTRIBUTE, tableDefinition } from './table-definition.ts';

const MAX_WAIT_SECONDS = 60;

/**
 * Creates the table if it is missing, and waits until it can be used. Works on any DynamoDB endpoint.
 * Throws when a table of that name exists but lacks what the code relies on: another version's, or somebody else's.
 */
export async function ensureTable(client: DynamoDBClient, tableName: string): Promise<{ streamArn: string }> {
  const table = (await describe(client, tableName)) ?? (await create(client, tableName));
  assertFits(table, tableName);
  await ensureExpiry(client, tableName);
  return { streamArn: table.LatestStreamArn };
}

async function describe(client: DynamoDBClient, tableName: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: tableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function create(client: DynamoDBClient, tableName: string) {
  try {
    await client.send(new CreateTableCommand(tableDefinition(tableName)));
  } catch (error) {
    // Somebody else was faster; theirs is as good as ours.
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  const table = await describe(client, tableName);
  if (table?.TableStatus === 'ACTIVE') return table;
  await waitUntilTableExists({ client, maxWaitTime: MAX_WAIT_SECONDS, minDelay: 1 }, { TableName: tableName });
  return describe(client, tableName);
}

async function ensureExpiry(client: DynamoDBClient, tableName: string) {
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: tableName }));
  if (TimeToLiveDescription?.AttributeName === EXPIRY_ATTRIBUTE) return;
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: tableName,
      TimeToLiveSpecification: { AttributeName: EXPIRY_ATTRIBUTE, Enabled: true },
    }),
  );
}

function assertFits(
  table: TableDescription | undefined,
  tableName: string,
): asserts table is TableDescription & { LatestStreamArn: string } {
  const wanted = tableDefinition(tableName);
  const indexNames = new Set(table?.GlobalSecondaryIndexes?.map((index) => index.IndexName));
  const missing = wanted.GlobalSecondaryIndexes.map((index) => index.IndexName).filter((name) => !indexNames.has(name));
  if (table?.StreamSpecification?.StreamViewType !== wanted.StreamSpecification.StreamViewType) missing.push('stream');
  if (missing.length === 0 && table?.LatestStreamArn) return;
  throw new Error(
    `Table "${tableName}" exists but is not the one that this version needs (missing: ${missing.join(', ')}). ` +
      'Delete it, or name another table.',
  );
}
