import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientConfig } from '../client-config.ts';
import { startDynoxide } from '../dynamodb/dynoxide.ts';
import { lockJournal } from '../engine/journal-lock.ts';
import { ExplainedError } from '../explained-error.ts';
import type { Endpoints } from '../fillrate.ts';

/** A table that can be used until it is let go of. */
export interface OpenTable extends AsyncDisposable {
  readonly client: DynamoDBClient;
  readonly name: string;
  /** Which one it is, for people. */
  readonly description: string;
}

/**
 * The table that Fillrate keeps in a directory. While Fillrate runs, it is read through the database that runs with it; else a database
 * is started for it, and Fillrate cannot start until it is let go of.
 *
 * @throws ExplainedError where nothing is kept.
 */
export async function keptTable(stateDirectory: string): Promise<OpenTable> {
  const { dynamodb, tableName: name } = await endpointsOf(stateDirectory);
  await using held = new AsyncDisposableStack();
  const unlock = tryToLock(stateDirectory);
  if (unlock) held.defer(unlock);
  const endpoint = unlock ? await startDatabase(stateDirectory, held) : dynamodb;
  const client = new DynamoDBClient(clientConfig(endpoint));
  held.defer(() => client.destroy());
  const description = `the table in ${stateDirectory}${unlock ? '' : ', in use'}`;
  const kept = held.move();
  return { client, name, description, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

export async function endpointsOf(stateDirectory: string): Promise<Endpoints> {
  try {
    return JSON.parse(await readFile(join(stateDirectory, 'endpoints.json'), 'utf8')) as Endpoints;
  } catch (cause) {
    const hint = '"npm start" makes one, --table names one in AWS';
    throw new ExplainedError(`There is no table in ${stateDirectory}: ${hint}.`, { cause });
  }
}

/** A Fillrate that runs holds the lock of its workflow's journal. */
function tryToLock(stateDirectory: string): (() => void) | undefined {
  try {
    return lockJournal(join(stateDirectory, 'executions.jsonl'));
  } catch {
    return undefined;
  }
}

async function startDatabase(stateDirectory: string, held: AsyncDisposableStack): Promise<string> {
  if (process.env.DYNAMODB_ENDPOINT) return process.env.DYNAMODB_ENDPOINT;
  const databasePath = join(stateDirectory, 'dynamodb.sqlite');
  if (!existsSync(databasePath)) throw new ExplainedError(`There is no database in ${stateDirectory}.`);
  const dynoxide = await startDynoxide({ databasePath });
  held.defer(() => dynoxide.stop());
  return dynoxide.endpoint;
}
