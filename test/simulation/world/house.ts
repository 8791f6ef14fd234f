import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientConfig } from '../../../local/client-config.ts';
import { startDynoxide } from '../../../local/dynamodb/dynoxide.ts';
import { ensureTable } from '../../../local/dynamodb/ensure-table.ts';
import { Commits } from './commits.ts';
import { documentWire, type Sender } from './document-wire.ts';
import { sdkSender } from './sdk-sender.ts';
import { Wire } from './wire.ts';

/** An empty table of the real definition, the client to it whose writes are counted, and the commits that they make. */
export interface FreshTable {
  readonly tableName: string;
  readonly client: Sender;
  readonly commits: Commits;
  drop(): Promise<void>;
}

/** A real database, used by one world after the other. */
export class House {
  readonly #admin: DynamoDBClient;
  readonly #wire: Wire;
  readonly #stop: () => Promise<void>;

  private constructor(admin: DynamoDBClient, wire: Wire, stop: () => Promise<void>) {
    this.#admin = admin;
    this.#wire = wire;
    this.#stop = stop;
  }

  static async open(): Promise<House> {
    const dynoxide = await startDynoxide({ temporary: true });
    const admin = new DynamoDBClient(clientConfig(dynoxide.endpoint));
    return new House(admin, await Wire.connect(dynoxide.endpoint), dynoxide.stop);
  }

  /** Calls go over a bare socket, or through the SDK, which takes twice as long. */
  async freshTable(through: 'socket' | 'sdk' = 'socket'): Promise<FreshTable> {
    const tableName = `world-${randomUUID()}`;
    await ensureTable(this.#admin, tableName);
    const commits = await Commits.of(this.#wire, tableName);
    const client = through === 'sdk' ? sdkSender(this.#admin) : documentWire(this.#wire);
    const drop = async () => void (await this.#admin.send(new DeleteTableCommand({ TableName: tableName })));
    return { tableName, client: commits.counting(client), commits, drop };
  }

  async close(): Promise<void> {
    this.#wire.close();
    this.#admin.destroy();
    await this.#stop();
  }
}
