import type { Execution } from './execution.ts';
import type { JournalRecord } from './records.ts';

/** Where the records go. What the engine does outside itself (calls, answers) waits for `flushed` first. */
export interface Journal {
  /** Takes a record that has been applied, to `execution` if it is about one. It is durable once a `flushed` called afterwards resolves. */
  append(execution: Execution | undefined, record: JournalRecord): void;
  /** Resolves when everything appended so far is durable; rejects for good once a write has failed. */
  flushed(): Promise<void>;
  /** An execution's records, oldest first. Those in between may be gone for one that ended long ago. */
  history(execution: Execution): Promise<JournalRecord[]>;
  /** Its first record and, when it has ended, its last; undefined for one that ended too long ago. */
  ends(execution: Execution): Promise<{ first: JournalRecord; last: JournalRecord } | undefined>;
  close(): Promise<void>;
}

/** How many ended executions a journal in memory remembers the payloads and the history of. */
const REMEMBERED = 1000;

/** A journal that ends with the process. */
export function memoryJournal(): Journal {
  const records = new Map<number, JournalRecord[]>();
  const ended: number[] = [];
  return {
    append(execution, record) {
      if (execution === undefined) return;
      const own = records.get(execution.number);
      if (own === undefined) records.set(execution.number, [record]);
      else own.push(record);
      if (record.kind !== 'ended') return;
      ended.push(execution.number);
      if (ended.length < 2 * REMEMBERED) return;
      for (const number of ended.splice(0, REMEMBERED)) records.delete(number);
    },
    async flushed() {},
    async history(execution) {
      return records.get(execution.number) ?? [];
    },
    async ends(execution) {
      const own = records.get(execution.number);
      const [first] = own ?? [];
      const last = own?.at(-1);
      return first === undefined || last === undefined ? undefined : { first, last };
    },
    async close() {
      records.clear();
    },
  };
}
