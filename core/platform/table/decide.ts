import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { count } from '../metrics.ts';
import type { Key } from './keys.ts';
import type { Write } from './writes.ts';

/** DynamoDB's own limit on the items of one transaction. */
export const MAX_TRANSACTION_WRITES = 100;

/** How long one decision is tried before its caller, a workflow's retry or a client, is asked to come back. */
const MAX_ATTEMPTS = 25;
const FIRST_BACKOFF_MS = 8;
const MAX_BACKOFF_MS = 400;

/** Too many others wanted the same items at once. Nothing was written; the call can be repeated. */
export class TooMuchContention extends Error {
  override name = 'TooMuchContention';
}

/** What is known of the items so far: nothing, that there is none, or the image that refuted an earlier attempt. */
export class Seen {
  readonly #images = new Map<string, object | null>();

  /** The item's image; `null` where it is known not to exist, `undefined` where nothing is known. */
  get<Row>(key: Key): Row | null | undefined {
    return this.#images.get(`${key.pk}\n${key.sk}`) as Row | null | undefined;
  }

  set(key: Key, image: object | null | undefined): this {
    this.#images.set(`${key.pk}\n${key.sk}`, image ?? null);
    return this;
  }
}

/** What to write, under conditions that state why; or nothing, where the answer stands already. */
export interface Decision<Answer> {
  readonly answer: Answer;
  readonly writes?: readonly Write[];
}

/**
 * Decides on what is seen so far, writes the decision in one transaction, and where a condition refutes it, decides anew on the
 * images that refuted it. The common case is thus one request, without a read. Conflicts and throttling are tried again with full
 * jitter (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
 *
 * @throws TooMuchContention after {@link MAX_ATTEMPTS} attempts.
 */
export async function decide<Answer>(
  client: DynamoDBDocumentClient,
  tableName: string,
  build: (seen: Seen) => Decision<Answer> | Promise<Decision<Answer>>,
  seen = new Seen(),
  backOff: BackOff = fullJitter,
): Promise<Answer> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const { answer, writes = [] } = await build(seen);
    if (writes.length === 0) return answer;
    const refusal = await commit(client, tableName, writes);
    if (refusal === undefined) {
      for (const write of writes) write.committed?.();
      return answer;
    }
    for (const { key, image } of refusal.refuted) seen.set(key, image);
    if (refusal.congested) {
      count('Conflicts');
      await backOff(attempt);
    }
  }
  throw new TooMuchContention(`gave up after ${MAX_ATTEMPTS} attempts on ${tableName}`);
}

interface CommitRefusal {
  readonly refuted: readonly { key: Key; image: object | null }[];
  /** True where somebody else was writing at the same time, or the table was throttled. */
  readonly congested: boolean;
}

async function commit(
  client: DynamoDBDocumentClient,
  tableName: string,
  writes: readonly Write[],
): Promise<CommitRefusal | undefined> {
  if (writes.length > MAX_TRANSACTION_WRITES) throw new Error(`a transaction of ${writes.length} writes was built`);
  try {
    await send(client, tableName, writes);
    return undefined;
  } catch (error) {
    return refusalOf(error, writes);
  }
}

/** A write alone costs half of what it costs in a transaction. */
async function send(client: DynamoDBDocumentClient, tableName: string, writes: readonly Write[]): Promise<void> {
  const items = writes.map((write) => write.toTransactItem(tableName));
  const [only, ...others] = items;
  if (only?.Put && others.length === 0) await client.send(new PutCommand(only.Put));
  else if (only?.Update && others.length === 0) await client.send(new UpdateCommand(only.Update));
  else if (only?.Delete && others.length === 0) await client.send(new DeleteCommand(only.Delete));
  else await client.send(new TransactWriteCommand({ TransactItems: items }));
}

/** Reasons for which a transaction is cancelled, and names of errors of a write alone, that pass by themselves. */
const CONGESTION = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);
const CONGESTION_ERRORS = new Set([
  'TransactionConflictException',
  'TransactionInProgressException',
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
]);

/** Reads out of a failed write which conditions did not hold; any other failure is thrown on. */
function refusalOf(error: unknown, writes: readonly Write[]): CommitRefusal {
  if (error instanceof Error && CONGESTION_ERRORS.has(error.name)) return { refuted: [], congested: true };
  if (error instanceof ConditionalCheckFailedException) {
    const [write] = writes;
    if (write === undefined) throw error;
    return { refuted: [{ key: write.key, image: error.Item ? unmarshall(error.Item) : null }], congested: false };
  }
  if (!(error instanceof TransactionCanceledException)) throw error;
  const reasons = error.CancellationReasons ?? [];
  const refuted = reasons.flatMap(({ Code, Item }, i) => {
    const write = writes[i];
    return Code === 'ConditionalCheckFailed' && write
      ? [{ key: write.key, image: Item ? unmarshall(Item) : null }]
      : [];
  });
  const congested = reasons.some(({ Code }) => Code !== undefined && CONGESTION.has(Code));
  if (refuted.length === 0 && !congested) throw error;
  return { refuted, congested };
}

/** Waits before a decision that met others is tried again; attempts count from 0. */
export type BackOff = (attempt: number) => Promise<void>;

export function fullJitter(attempt: number): Promise<void> {
  const ceilingMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * ceilingMs));
}
