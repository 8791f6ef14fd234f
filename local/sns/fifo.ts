import { randomUUID } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { openJsonLines, toLine } from './json-lines.ts';
import type { FifoIds, MessageAttribute, OrderedMessage } from './message.ts';

/** Older messages are forgotten at the next start; in memory at once. */
const MAX_KEPT = 20_000;
/** Source: https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html */
const DEDUPLICATION_MS = 5 * 60 * 1000;

/** A message as a queue that subscribes to a FIFO topic gets it. */
export interface FifoMessage extends FifoIds {
  messageId: string;
  topicArn: string;
  /** ISO 8601, UTC. */
  publishedAt: string;
  /** Rises with every message. */
  sequenceNumber: string;
  message: string;
  attributes: Record<string, MessageAttribute>;
}

/** What was published to FIFO topics: a file of JSON lines, or memory. */
export class FifoLog {
  readonly #path: string | undefined;
  readonly #messages: FifoMessage[];
  readonly #recent = new Map<string, FifoMessage>();
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string | undefined, messages: FifoMessage[]) {
    this.#path = path;
    this.#messages = messages;
    for (const message of messages) this.#recent.set(recentKey(message), message);
  }

  static async open(path: string | undefined): Promise<FifoLog> {
    return new FifoLog(path, path ? await openJsonLines<FifoMessage>(path, MAX_KEPT) : []);
  }

  /** Resolves when the messages are kept. One that was published less than five minutes ago is answered as then. */
  async publish(topicArn: string, messages: readonly OrderedMessage[], now: Date): Promise<FifoMessage[]> {
    const taken: FifoMessage[] = [];
    const answers = messages.map((message) => {
      const next = this.#next(topicArn, message, now, taken.length);
      const before = this.#recent.get(recentKey(next));
      if (before && Date.parse(before.publishedAt) > now.getTime() - DEDUPLICATION_MS) return before;
      this.#recent.set(recentKey(next), next);
      taken.push(next);
      return next;
    });
    await this.#keep(taken);
    return answers;
  }

  messages(): readonly FifoMessage[] {
    return this.#messages;
  }

  #next(topicArn: string, message: OrderedMessage, now: Date, ahead: number): FifoMessage {
    const { ids, default: text, attributes } = message;
    const last = Number(this.#messages.at(-1)?.sequenceNumber ?? 0);
    return {
      messageId: randomUUID(),
      topicArn,
      publishedAt: now.toISOString(),
      ...ids,
      sequenceNumber: String(last + ahead + 1).padStart(20, '0'),
      message: text,
      attributes,
    };
  }

  async #keep(messages: readonly FifoMessage[]): Promise<void> {
    this.#messages.push(...messages);
    for (const gone of this.#messages.splice(0, this.#messages.length - MAX_KEPT)) {
      if (this.#recent.get(recentKey(gone)) === gone) this.#recent.delete(recentKey(gone));
    }
    const path = this.#path;
    if (!path || messages.length === 0) return;
    const written = this.#writing.then(() => appendFile(path, messages.map(toLine).join('')));
    this.#writing = written.catch(() => undefined);
    await written;
  }
}

function recentKey({ topicArn, deduplicationId }: FifoMessage): string {
  return `${topicArn}\n${deduplicationId}`;
}
