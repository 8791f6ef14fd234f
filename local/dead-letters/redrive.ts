import { z } from 'zod';
import { DeadLetter, type DeadLetters } from './dead-letter.ts';

/** A dead letter that waits: all that is known of it but what is in it. */
export interface Waiting {
  readonly key: string;
  readonly functionArn: string;
  readonly condition: string;
  readonly givenUpAt: string;
  readonly firstRecordAt: string;
  readonly firstSequence: bigint;
  readonly records: number;
}

/** Something among the dead letters that is none. */
export interface Unreadable {
  readonly key: string;
  readonly why: string;
}

/** Calls a function and answers what it answered. @throws Error when it cannot be called, or failed. */
export type Invoke = (functionArn: string, payload: string) => Promise<string>;

/** Reads all dead letters there are; answers them oldest record first, as the stream had them. */
export async function waitingLetters(
  letters: DeadLetters,
  onRead: (read: number) => void = () => {},
): Promise<{ waiting: Waiting[]; unreadable: Unreadable[] }> {
  const waiting: Waiting[] = [];
  const unreadable: Unreadable[] = [];
  for await (const key of letters.keys()) {
    const text = await letters.read(key);
    if (text === undefined) continue;
    const letter = parse(text);
    if ('why' in letter) unreadable.push({ key, ...letter });
    else waiting.push(waitingOf(key, letter));
    onRead(waiting.length);
  }
  return { waiting: waiting.sort(byAge), unreadable };
}

/** What came of delivering one letter: the function handled all of it, says why it stays, or it was gone already. */
export type Delivery = { outcome: 'handled' | 'gone' } | { outcome: 'stays'; why: string };

/**
 * Delivers one dead letter to the function that gave it up, and removes it when all of it was handled. Between the two it may be cut
 * off: then it is delivered once more, which the functions bear.
 */
export async function redeliver(letters: DeadLetters, { key }: Waiting, invoke: Invoke): Promise<Delivery> {
  const text = await letters.read(key);
  const letter = text === undefined ? undefined : parse(text);
  if (letter === undefined || 'why' in letter) return { outcome: 'gone' };
  try {
    const failed = failedItems(await invoke(letter.requestContext.functionArn, letter.payload));
    // Those behind a failed one in its lane were not handled either, and the answer does not name them: all of it stays.
    if (failed > 0) return { outcome: 'stays', why: `the function reports ${failed} of its records as failed` };
  } catch (error) {
    return { outcome: 'stays', why: (error as Error).message };
  }
  await letters.remove(key);
  return { outcome: 'handled' };
}

const Answer = z
  .object({ batchItemFailures: z.array(z.unknown()).nullish() })
  .nullish()
  .transform((answer) => answer?.batchItemFailures?.length ?? 0);

/** How many records a function reports as failed. @throws Error for an answer that cannot be understood, which fails a batch */
function failedItems(answer: string): number {
  return Answer.parse(answer === '' ? undefined : JSON.parse(answer));
}

function parse(text: string): DeadLetter | { why: string } {
  try {
    const letter = DeadLetter.safeParse(JSON.parse(text));
    return letter.success ? letter.data : { why: z.prettifyError(letter.error) };
  } catch (error) {
    return { why: `it is not JSON: ${(error as Error).message}` };
  }
}

function waitingOf(key: string, { requestContext, timestamp, DDBStreamBatchInfo: batch }: DeadLetter): Waiting {
  return {
    key,
    functionArn: requestContext.functionArn,
    condition: requestContext.condition,
    givenUpAt: timestamp,
    firstRecordAt: batch.approximateArrivalOfFirstRecord,
    firstSequence: BigInt(batch.startSequenceNumber),
    records: batch.batchSize,
  };
}

/** Of one second, by sequence: it grows along a shard, and what shares a row shares its shard. */
function byAge(a: Waiting, b: Waiting): number {
  const secondOf = ({ firstRecordAt }: Waiting) => Math.floor(Date.parse(firstRecordAt) / 1000);
  return (
    secondOf(a) - secondOf(b) || Number(a.firstSequence > b.firstSequence) - Number(a.firstSequence < b.firstSequence)
  );
}
