import { closeSync, fdatasyncSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StateType } from './asl.ts';
import { Executions } from './executions.ts';
import { encode, HEADER, readJournal } from './journal-lines.ts';
import type { JournalRecord } from './records.ts';

/** Written in pieces of about this size. */
const PIECE_CHARACTERS = 1024 * 1024;

/**
 * Rewrites a journal: executions that run keep every record; of those that have ended, start and end are left, and the
 * number of their state transitions; of definitions, the newest and those that somebody runs on. The old file is whole until the new one takes its place.
 * @param known what the journal says at present
 */
export function compact(path: string, known: Executions): void {
  const target = `${path}.compacting`;
  rmSync(target, { force: true });
  const from = openSync(path, 'r');
  const to = openSync(target, 'wx');
  try {
    const writer = new Writer(to);
    const kept = new Executions();
    const running = known.all.filter((execution) => execution.running !== undefined);
    const runOn = new Set(running.map(({ machine, version }) => `${machine}:${version}`));
    for (const { record } of readJournal(from, path)) {
      if (!isNeeded(record, known, runOn)) continue;
      kept.apply(record);
      writer.write(record);
    }
    writer.write({ kind: 'carried', at: 0, execution: -1, transitions: difference(known, kept) });
    writer.flush();
    fdatasyncSync(to);
  } finally {
    closeSync(from);
    closeSync(to);
  }
  renameSync(target, path);
  syncDirectory(dirname(path));
}

function isNeeded(record: JournalRecord, known: Executions, runOn: ReadonlySet<string>): boolean {
  if (record.kind === 'started' || record.kind === 'ended') return true;
  if (record.kind !== 'published') return known.all[record.execution]?.running !== undefined;
  const { machine, version } = record;
  return version === known.newestVersion(machine) || runOn.has(`${machine}:${version}`);
}

/** The transitions that the dropped records, and what was carried from earlier compactions, stood for. */
function difference(known: Executions, kept: Executions): [string, StateType, number][] {
  return [...known.transitions].map(([state, { type, count }]) => [
    state,
    type,
    count - (kept.transitions.get(state)?.count ?? 0),
  ]);
}

class Writer {
  readonly #fd: number;
  readonly #last = new Map<number, number>();
  #piece = HEADER;
  #bytes = Buffer.byteLength(HEADER);

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Writes a record with its chain laid anew. */
  write({ previous: _, ...record }: JournalRecord): void {
    const previous = this.#last.get(record.execution);
    const line = encode({ ...record, ...(previous !== undefined && { previous }) });
    if (record.kind === 'ended') this.#last.delete(record.execution);
    else this.#last.set(record.execution, this.#bytes);
    this.#bytes += Buffer.byteLength(line);
    this.#piece += line;
    if (this.#piece.length > PIECE_CHARACTERS) this.flush();
  }

  flush(): void {
    const data = Buffer.from(this.#piece);
    for (let done = 0; done < data.length; ) done += writeSync(this.#fd, data, done);
    this.#piece = '';
  }
}

/** Makes durable what is in a directory: a file made or renamed. */
export function syncDirectory(directory: string): void {
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
