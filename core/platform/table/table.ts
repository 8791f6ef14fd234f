import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/lib-dynamodb';
import { type BackOff, type Decision, decide, fullJitter, type Seen } from './decide.ts';
import type { Index, Key } from './keys.ts';
import { decodeCursor, encodeCursor, type Page, type PageRequest } from './pages.ts';

/** DynamoDB's own limit on one BatchGetItem. */
const MAX_BATCH_GET = 100;

/** Sorts behind whatever a key may go on with. */
const LAST_CHARACTER = '\u{10ffff}';

interface ListQuery extends PageRequest {
  /** The partitions over which the list is spread; they are merged by sort key. */
  readonly partitions: readonly string[];
  /** Only rows whose sort key begins so. */
  readonly prefix?: string;
  /** The index to read; the table itself where it is left out. */
  readonly index?: Index;
  readonly newestFirst?: boolean;
}

/** The one table. Reads are strongly consistent but where they go through an index. */
export class Table {
  readonly #client: DynamoDBDocumentClient;
  readonly #backOff: BackOff;
  readonly name: string;

  constructor(client: DynamoDBDocumentClient, name: string, backOff: BackOff = fullJitter) {
    this.#client = client;
    this.#backOff = backOff;
    this.name = name;
  }

  async get<Row>(key: Key): Promise<Row | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.name, Key: { pk: key.pk, sk: key.sk }, ConsistentRead: true }),
    );
    return Item as Row | undefined;
  }

  /** The items that exist among those asked for, in no order. */
  async getMany<Row>(wanted: readonly Key[]): Promise<Row[]> {
    const rows: Row[] = [];
    let left = wanted.map(({ pk, sk }) => ({ pk, sk }));
    while (left.length > 0) {
      const batch = left.slice(0, MAX_BATCH_GET);
      const { Responses, UnprocessedKeys } = await this.#client.send(
        new BatchGetCommand({ RequestItems: { [this.name]: { Keys: batch, ConsistentRead: true } } }),
      );
      rows.push(...((Responses?.[this.name] ?? []) as Row[]));
      const unprocessed = (UnprocessedKeys?.[this.name]?.Keys ?? []) as { pk: string; sk: string }[];
      left = [...left.slice(MAX_BATCH_GET), ...unprocessed];
    }
    return rows;
  }

  /**
   * All rows of a partition, or those whose sort key begins with `prefix`, in the order of their sort keys; with `lowest` only those
   * from this sort key on.
   */
  async *partition<Row>(pk: string, prefix = '', lowest = prefix): AsyncGenerator<Row> {
    const isWhole = prefix === '' && lowest === '';
    let from: Record<string, unknown> | undefined;
    do {
      const { Items, LastEvaluatedKey } = await this.#client.send(
        new QueryCommand({
          TableName: this.name,
          KeyConditionExpression: isWhole ? 'pk = :pk' : 'pk = :pk AND sk BETWEEN :lowest AND :highest',
          ExpressionAttributeValues: {
            ':pk': pk,
            ...(!isWhole && { ':lowest': lowest, ':highest': `${prefix}${LAST_CHARACTER}` }),
          },
          ConsistentRead: true,
          ExclusiveStartKey: from,
        }),
      );
      yield* (Items ?? []) as Row[];
      from = LastEvaluatedKey;
    } while (from !== undefined);
  }

  /**
   * One page of a list. Sort keys are unique within a list, so the cursor is the last one given out, whatever the partitions.
   *
   * @throws InvalidCursor for a cursor that this list did not give out.
   */
  async list<Row>(query: ListQuery): Promise<Page<Row>> {
    const sortKey = query.index?.sortKey ?? 'sk';
    const name = `${query.index?.name ?? 'table'} ${query.partitions[0]}`;
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor, name, query.prefix ?? '');
    const perPartition = await Promise.all(query.partitions.map((partition) => this.#slice(query, partition, after)));
    const direction = query.newestFirst ? -1 : 1;
    const rows = perPartition.flat().sort((a, b) => (String(a[sortKey]) < String(b[sortKey]) ? -direction : direction));
    const items = rows.slice(0, query.limit);
    const last = items.at(-1);
    return {
      items: items as Row[],
      ...(rows.length > items.length && last && { nextCursor: encodeCursor(name, String(last[sortKey])) }),
    };
  }

  /** Every page of a list, row by row. */
  async *listAll<Row>(query: Omit<ListQuery, 'cursor'>): AsyncGenerator<Row> {
    let cursor: string | undefined;
    do {
      const page: Page<Row> = await this.list<Row>({ ...query, ...(cursor && { cursor }) });
      yield* page.items;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  /** Every item of the table, or every one with this sort key: for commands that read it whole, and for no list. */
  async *scan<Row>(sortKey?: string): AsyncGenerator<Row> {
    const filter = sortKey !== undefined && {
      FilterExpression: 'sk = :sk',
      ExpressionAttributeValues: { ':sk': sortKey },
    };
    let from: Record<string, unknown> | undefined;
    do {
      const { Items, LastEvaluatedKey } = await this.#client.send(
        new ScanCommand({ TableName: this.name, ConsistentRead: true, ExclusiveStartKey: from, ...filter }),
      );
      yield* (Items ?? []) as Row[];
      from = LastEvaluatedKey;
    } while (from !== undefined);
  }

  /** See {@link decide}. */
  decide<Answer>(build: (seen: Seen) => Decision<Answer> | Promise<Decision<Answer>>, seen?: Seen): Promise<Answer> {
    return decide(this.#client, this.name, build, seen, this.#backOff);
  }

  /** One row more than a page holds, so that the page knows whether it is the last. */
  async #slice(query: ListQuery, partition: string, after: string | undefined): Promise<Record<string, unknown>[]> {
    const { index, prefix = '', newestFirst = false } = query;
    const sortKey = index?.sortKey ?? 'sk';
    const lowest = after !== undefined && !newestFirst ? after : prefix;
    const highest = after !== undefined && newestFirst ? after : `${prefix}${LAST_CHARACTER}`;
    const wanted = query.limit + 1;
    const rows: Record<string, unknown>[] = [];
    let from: Record<string, unknown> | undefined;
    do {
      const { Items, LastEvaluatedKey } = await this.#client.send(
        new QueryCommand({
          TableName: this.name,
          IndexName: index?.name,
          KeyConditionExpression: '#partition = :partition AND #sort BETWEEN :lowest AND :highest',
          ExpressionAttributeNames: { '#partition': index?.partitionKey ?? 'pk', '#sort': sortKey },
          ExpressionAttributeValues: { ':partition': partition, ':lowest': lowest || ' ', ':highest': highest },
          ScanIndexForward: !newestFirst,
          ConsistentRead: index === undefined,
          Limit: wanted + 1 - rows.length,
          ExclusiveStartKey: from,
        }),
      );
      rows.push(...(Items ?? []).filter((row) => row[sortKey] !== after));
      from = LastEvaluatedKey;
    } while (from !== undefined && rows.length < wanted);
    return rows.slice(0, wanted);
  }
}
