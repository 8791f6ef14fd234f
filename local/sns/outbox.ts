import { appendFile } from 'node:fs/promises';
import { openJsonLines, readJsonLines, toLine } from './json-lines.ts';
import type { MessageAttribute } from './message.ts';

/** Older messages are forgotten at the next start; in memory at once. */
const MAX_KEPT = 5_000;
const DEFAULT_PAGE_SIZE = 50;

/** A message that was published, and whom it would have reached. */
export interface OutboxEntry {
  messageId: string;
  topicArn: string;
  /** ISO 8601, UTC. */
  publishedAt: string;
  subject?: string;
  email: string;
  default: string;
  attributes: Record<string, MessageAttribute>;
  /** E-mail addresses whose subscription's filter policy lets the message through. */
  recipients: string[];
}

export interface OutboxPage {
  /** Newest first. */
  items: OutboxEntry[];
  nextCursor?: string;
}

/** What was sent: a file of JSON lines, or memory. */
export class Outbox {
  readonly #path: string | undefined;
  readonly #entries: OutboxEntry[];
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string | undefined, entries: OutboxEntry[]) {
    this.#path = path;
    this.#entries = entries;
  }

  static async open(path: string | undefined): Promise<Outbox> {
    if (!path) return new Outbox(path, []);
    return new Outbox(path, await openJsonLines<OutboxEntry>(path, MAX_KEPT));
  }

  /** Resolves when the messages are kept. */
  async add(entries: OutboxEntry[]): Promise<void> {
    this.#entries.push(...entries);
    this.#entries.splice(0, this.#entries.length - MAX_KEPT);
    const path = this.#path;
    if (!path) return;
    const written = this.#writing.then(() => appendFile(path, entries.map(toLine).join('')));
    this.#writing = written.catch(() => undefined);
    await written;
  }

  /** @param cursor the `nextCursor` of the page before. */
  page({ limit = DEFAULT_PAGE_SIZE, cursor }: { limit?: number; cursor?: string | undefined } = {}): OutboxPage {
    const end = cursor ? this.#entries.findIndex((entry) => entry.messageId === cursor) : this.#entries.length;
    const start = Math.max(0, end - limit);
    const items = this.#entries.slice(start, Math.max(0, end)).reverse();
    const oldest = items.at(-1);
    return { items, ...(start > 0 && oldest && { nextCursor: oldest.messageId }) };
  }
}

/** The messages of a file, oldest first. */
export const readOutbox = (path: string) => readJsonLines<OutboxEntry>(path);
