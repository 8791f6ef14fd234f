import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { keptTable, type OpenTable } from './kept-table.ts';

/**
 * The table that a command is to work on: the one of that name in AWS, or of the name in TABLE_NAME of the environment, else the one that is
 * kept in the directory.
 *
 * @throws ExplainedError where nothing is kept.
 */
export async function openTable({ table, state }: { table?: string | undefined; state: string }): Promise<OpenTable> {
  const name = table ?? process.env.TABLE_NAME;
  if (!name) return keptTable(state);
  const client = new DynamoDBClient({});
  return { client, name, description: `the table ${name}`, [Symbol.asyncDispose]: async () => client.destroy() };
}
