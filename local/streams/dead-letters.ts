import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { functionArn } from '../engine/names.ts';
import type { StreamRecord } from './stream-record.ts';

/**
 * What Lambda sends to the failure destination of a mapping: where the records are in the stream, not the records.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export interface DeadLetter {
  requestContext: {
    requestId: string;
    functionArn: string;
    condition: DeadLetterCondition;
    approximateInvokeCount: number;
  };
  responseContext: { statusCode: 200; executedVersion: '$LATEST'; functionError: 'Unhandled' };
  version: '1.0';
  timestamp: string;
  DDBStreamBatchInfo: {
    shardId: string;
    startSequenceNumber: string;
    endSequenceNumber: string;
    approximateArrivalOfFirstRecord: string;
    approximateArrivalOfLastRecord: string;
    batchSize: number;
    streamArn: string;
  };
}

export type DeadLetterCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export interface FailedBatch {
  functionName: string;
  streamArn: string;
  shardId: string;
  records: StreamRecord[];
  condition: DeadLetterCondition;
  requestId: string;
  invocations: number;
}

export function toDeadLetter(batch: FailedBatch, now: Date): DeadLetter {
  const first = batch.records.at(0);
  const last = batch.records.at(-1);
  return {
    requestContext: {
      requestId: batch.requestId,
      functionArn: functionArn(batch.functionName),
      condition: batch.condition,
      approximateInvokeCount: batch.invocations,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: now.toISOString(),
    DDBStreamBatchInfo: {
      shardId: batch.shardId,
      startSequenceNumber: String(first?.sequence),
      endSequenceNumber: String(last?.sequence),
      approximateArrivalOfFirstRecord: new Date(first?.createdAtMs ?? 0).toISOString(),
      approximateArrivalOfLastRecord: new Date(last?.createdAtMs ?? 0).toISOString(),
      batchSize: batch.records.length,
      streamArn: batch.streamArn,
    },
  };
}

/** The failure destination: a file of JSON lines, or memory. */
export class DeadLetters {
  readonly #path: string | undefined;
  #letters: DeadLetter[] = [];
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string | undefined) {
    this.#path = path;
  }

  static async open(path: string | undefined): Promise<DeadLetters> {
    const deadLetters = new DeadLetters(path);
    if (path) deadLetters.#letters = (await readIfThere(path)).split('\n').filter(Boolean).map(parse);
    return deadLetters;
  }

  all(): DeadLetter[] {
    return [...this.#letters];
  }

  /** Resolves when the letter is kept. */
  async add(letter: DeadLetter): Promise<void> {
    this.#letters.push(letter);
    await this.#write((path) => appendFile(path, toLine(letter)));
  }

  async remove(letter: DeadLetter): Promise<void> {
    this.#letters = this.#letters.filter((other) => other !== letter);
    await this.#write((path) => writeFile(path, this.#letters.map(toLine).join('')));
  }

  async #write(write: (path: string) => Promise<void>) {
    const path = this.#path;
    if (!path) return;
    const written = this.#writing.then(() => write(path));
    this.#writing = written.catch(() => undefined);
    await written;
  }
}

async function readIfThere(path: string) {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function parse(line: string) {
  return JSON.parse(line) as DeadLetter;
}

function toLine(letter: DeadLetter) {
  return `${JSON.stringify(letter)}\n`;
}
