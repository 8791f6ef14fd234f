import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll } from 'vitest';
import { clientConfig } from '../../local/client-config.ts';
import { startDynoxide } from '../../local/dynamodb/dynoxide.ts';
import { ensureTable } from '../../local/dynamodb/ensure-table.ts';

export { clientConfig };

export interface TestDatabase {
  endpoint: string;
  /** Creates an empty table of the real definition, under a name of its own, and answers the name. */
  freshTable(): Promise<string>;
}

/**
 * A DynamoDB for one test file, gone after its last test: call it at the top of the file, `const database = await startDatabase();`.
 * It is a Dynoxide of the file's own, which starts in milliseconds; DYNAMODB_ENDPOINT takes another.
 */
export async function startDatabase(): Promise<TestDatabase> {
  const endpoint = process.env.DYNAMODB_ENDPOINT ?? (await startOwn());
  const client = new DynamoDBClient(clientConfig(endpoint));
  afterAll(() => client.destroy());
  return {
    endpoint,
    freshTable: async () => {
      const name = `test-${randomUUID()}`;
      await ensureTable(client, name);
      return name;
    },
  };
}

async function startOwn() {
  const dynoxide = await startDynoxide({ temporary: true });
  afterAll(() => dynoxide.stop());
  return dynoxide.endpoint;
}
