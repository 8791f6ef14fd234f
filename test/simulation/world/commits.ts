import { fromAttributes, inOrder } from './attributes.ts';
import type { Command, Sender } from './document-wire.ts';
import type { Wire } from './wire.ts';

const STREAMS = 'DynamoDBStreams_20120810';

type Attributes = { readonly [name: string]: object };

/** A record of the table's stream as the database gives it. */
export interface Record {
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly dynamodb: {
    readonly SequenceNumber: string;
    readonly Keys: Attributes;
    readonly OldImage?: Attributes;
    readonly NewImage?: Attributes;
  };
}

/** A row of any kind, or none: who checks the business does not lean on its types. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
export type Row = any;

/** One item's part in a commit. */
export interface Changed {
  readonly pk: string;
  readonly sk: string;
  readonly before: Row;
  readonly after: Row;
  readonly record: Record;
}

/** What one request has changed, all of it at once. */
export type Commit = readonly Changed[];

/**
 * The commits of a table, in their order. The stream keeps the order and forgets what belongs together; the counted writes of the
 * requests tell where one commit ends. All writes have to go through {@link counting}.
 */
export class Commits {
  readonly #wire: Wire;
  /** How many items each of the requests has changed whose records are not read yet. */
  readonly #sizes: number[] = [];
  readonly #tokens = new Set<string>();
  readonly #unread: Record[] = [];
  #iterator: string;

  private constructor(wire: Wire, iterator: string) {
    this.#wire = wire;
    this.#iterator = iterator;
  }

  /** From the beginning of the table's stream. */
  static async of(wire: Wire, tableName: string): Promise<Commits> {
    const described = await wire.request('DynamoDB_20120810.DescribeTable', { TableName: tableName });
    const StreamArn = described.body.Table.LatestStreamArn;
    const stream = await wire.request(`${STREAMS}.DescribeStream`, { StreamArn });
    const [{ ShardId }] = stream.body.StreamDescription.Shards;
    const start = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
    const { body } = await wire.request(`${STREAMS}.GetShardIterator`, start);
    return new Commits(wire, body.ShardIterator);
  }

  /** The client, with its writes counted. */
  counting(client: Sender): Sender {
    return {
      send: async (command) => {
        const answer = await client.send(command);
        if (this.#isNew(command)) this.#sizes.push(sizeOf(command));
        return answer;
      },
    };
  }

  /** A transaction that comes again with the same token changes nothing. */
  #isNew({ input }: Command): boolean {
    const { ClientRequestToken: token } = input as { ClientRequestToken?: string };
    if (token === undefined) return true;
    const isNew = !this.#tokens.has(token);
    this.#tokens.add(token);
    return isNew;
  }

  /** The commits since the last call. */
  async read(): Promise<Commit[]> {
    const wanted = this.#sizes.reduce((sum, size) => sum + size, 0);
    while (this.#unread.length < wanted) {
      const { body } = await this.#wire.request(`${STREAMS}.GetRecords`, { ShardIterator: this.#iterator });
      if (body.Records.length === 0) throw new Error(`${wanted} changes were made, the stream has fewer`);
      this.#unread.push(...inOrder(body.Records));
      this.#iterator = body.NextShardIterator;
    }
    const sizes = this.#sizes.splice(0).filter((size) => size > 0);
    return sizes.map((size) => this.#unread.splice(0, size).map(changed));
  }
}

function changed(record: Record): Changed {
  const { Keys, OldImage, NewImage } = record.dynamodb;
  const { pk, sk } = fromAttributes(Keys) as { pk: string; sk: string };
  return { pk, sk, before: OldImage && fromAttributes(OldImage), after: NewImage && fromAttributes(NewImage), record };
}

function sizeOf({ constructor: { name }, input }: Command): number {
  if (name === 'PutCommand' || name === 'UpdateCommand' || name === 'DeleteCommand') return 1;
  if (name !== 'TransactWriteCommand') return 0;
  return (input as { TransactItems: object[] }).TransactItems.filter((item) => !('ConditionCheck' in item)).length;
}
