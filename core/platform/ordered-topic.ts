import { PublishBatchCommand, type PublishBatchRequestEntry, type SNSClient } from '@aws-sdk/client-sns';
import { messageAttributes } from './topic.ts';

/** SNS's own limits on one PublishBatch; the second leaves room for attributes. */
const MAX_ENTRIES = 10;
const MAX_BYTES = 240 * 1024;

/** What a queue gets, in the order in which those of its group were published. */
export interface OrderedMessage {
  readonly json: object;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly group: string;
  /** Published twice within five minutes, it is delivered once. */
  readonly deduplicationId: string;
}

/** SNS did not take a message. */
class NotPublished extends Error {
  override name = 'NotPublished';
}

interface Waiting {
  readonly entry: Omit<PublishBatchRequestEntry, 'Id'>;
  readonly bytes: number;
  readonly settle: (failure?: unknown) => void;
}

/**
 * A FIFO topic of SNS. What is published at the same moment goes in one request. Whoever wants two messages in their order waits for
 * the first before the second, so those of a request need no order among them.
 */
export class OrderedTopic {
  readonly #client: SNSClient;
  readonly #topicArn: string;
  #waiting: Waiting[] = [];

  constructor(client: SNSClient, topicArn: string) {
    this.#client = client;
    this.#topicArn = topicArn;
  }

  /** @throws NotPublished */
  publish({ json, attributes, group, deduplicationId }: OrderedMessage): Promise<void> {
    const entry = {
      Message: JSON.stringify(json),
      MessageAttributes: messageAttributes(attributes),
      MessageGroupId: group,
      MessageDeduplicationId: deduplicationId,
    };
    return new Promise((resolve, reject) => {
      const settle = (failure?: unknown) => (failure === undefined ? resolve() : reject(failure));
      this.#waiting.push({ entry, bytes: Buffer.byteLength(entry.Message), settle });
      if (this.#waiting.length === 1) queueMicrotask(() => this.#sendAll());
    });
  }

  #sendAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const batch of inBatches(waiting)) void this.#send(batch);
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    const entries = batch.map(({ entry }, i) => ({ ...entry, Id: String(i) }));
    const command = new PublishBatchCommand({ TopicArn: this.#topicArn, PublishBatchRequestEntries: entries });
    try {
      const { Failed = [] } = await this.#client.send(command);
      const failureOf = new Map(Failed.map(({ Id, Code, Message }) => [Id, new NotPublished(`${Code}: ${Message}`)]));
      for (const [i, { settle }] of batch.entries()) settle(failureOf.get(String(i)));
    } catch (error) {
      for (const { settle } of batch) settle(error);
    }
  }
}

function inBatches(waiting: readonly Waiting[]): Waiting[][] {
  const batches: Waiting[][] = [];
  let bytes = 0;
  for (const message of waiting) {
    const batch = batches.at(-1);
    const fits = batch && batch.length < MAX_ENTRIES && bytes + message.bytes <= MAX_BYTES;
    if (fits) batch.push(message);
    else batches.push([message]);
    bytes = fits ? bytes + message.bytes : message.bytes;
  }
  return batches;
}
