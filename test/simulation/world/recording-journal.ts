import { Executions } from '../../../local/engine/executions.ts';
import type { Journal } from '../../../local/engine/journal.ts';
import type { JournalRecord } from '../../../local/engine/records.ts';

/** The engine's journal as a list, from which a killed engine comes back, less some of what nobody had waited for. */
export class RecordingJournal implements Journal {
  readonly #records: string[] = [];
  #flushed = 0;

  append(_execution: unknown, record: JournalRecord): void {
    this.#records.push(JSON.stringify(record));
  }

  async flushed(): Promise<void> {
    this.#flushed = this.#records.length;
  }

  async history(): Promise<JournalRecord[]> {
    return [];
  }

  async ends(): Promise<undefined> {}

  async close(): Promise<void> {}

  /** Records that would be lost, were the engine killed now. */
  get unflushed(): number {
    return this.#records.length - this.#flushed;
  }

  /** What is known after a crash that took so many of the last records with it. */
  recover(lost: number): Executions {
    this.#records.length -= lost;
    const executions = new Executions();
    for (const record of this.#records) executions.apply(JSON.parse(record));
    return executions;
  }
}
