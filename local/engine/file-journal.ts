import { closeSync, mkdirSync, openSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { compact, syncDirectory } from './compaction.ts';
import type { Execution } from './execution.ts';
import { Executions } from './executions.ts';
import type { Journal } from './journal.ts';
import { DamagedJournal, decode, encode, HEADER, readJournal } from './journal-lines.ts';
import { lockJournal } from './journal-lock.ts';
import type { JournalRecord } from './records.ts';

/** A log smaller than this is not worth compacting. */
const COMPACT_ABOVE_BYTES = 32 * 1024 * 1024;
/** What is read at first of a record in the middle of the file; most are shorter. */
const RECORD_BYTES = 4096;

/**
 * Opens the journal in the file `path`, made if it is not there, and applies what it holds. When more than half of a
 * large one is about executions that have ended, it is rewritten without what happened between their start and end.
 * @throws DamagedJournal, and Error when another process has it open
 */
export async function openFileJournal(
  path: string,
  compactAboveBytes = COMPACT_ABOVE_BYTES,
): Promise<{ journal: Journal; executions: Executions }> {
  mkdirSync(dirname(path), { recursive: true });
  const unlock = lockJournal(path);
  try {
    let replayed = replay(path);
    if (replayed.bytes > compactAboveBytes && replayed.droppable > replayed.bytes / 2) {
      await compact(path, replayed.executions);
      replayed = replay(path);
    }
    const file = await open(path, 'r+');
    const journal = new FileJournal(file, replayed.bytes, unlock);
    await journal.prepare();
    syncDirectory(dirname(path));
    return { journal, executions: replayed.executions };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Applies the records of a journal to nothing. `droppable` is what compaction would save. */
function replay(path: string): { executions: Executions; bytes: number; droppable: number } {
  const executions = new Executions();
  const between = new Map<number, number>();
  let droppable = 0;
  const fd = openSync(path, 'a+');
  try {
    const lines = readJournal(fd, path);
    for (let next = lines.next(); ; next = lines.next()) {
      if (next.done) return { executions, bytes: next.value, droppable };
      const { record, offset, bytes } = next.value;
      apply(executions, record, offset, path);
      if (record.kind === 'ended') {
        droppable += between.get(record.execution) ?? 0;
        between.delete(record.execution);
      } else if (record.kind !== 'started') {
        between.set(record.execution, (between.get(record.execution) ?? 0) + bytes);
      }
    }
  } finally {
    closeSync(fd);
  }
}

/** Applies a record that stands at `offset`. The chain tells of a line that is missing, doubled or out of order. */
function apply(executions: Executions, record: JournalRecord, offset: number, path: string): void {
  try {
    executions.apply(record);
    const execution = executions.all[record.execution];
    if (execution === undefined) return;
    if ((record.previous ?? -1) !== execution.lastRecord) throw new Error('another record belongs before it');
    link(execution, offset);
  } catch (error) {
    throw new DamagedJournal(`${path} cannot be read at byte ${offset}: ${(error as Error).message}`);
  }
}

function link(execution: Execution, offset: number): void {
  if (execution.firstRecord < 0) execution.firstRecord = offset;
  execution.lastRecord = offset;
}

interface Batch {
  readonly lines: string[];
  readonly written: PromiseWithResolvers<void>;
}

/**
 * An append-only file with group commit: what is appended while one batch is being written goes out with the next, in
 * one write and one fdatasync. Records of an execution are chained backwards, so that its history needs no memory.
 */
class FileJournal implements Journal {
  readonly #file: FileHandle;
  readonly #unlock: () => void;
  #bytes: number;
  #writtenBytes: number;
  #next: Batch | undefined;
  #writing: Batch | undefined;
  #fault: Error | undefined;

  constructor(file: FileHandle, bytes: number, unlock: () => void) {
    this.#file = file;
    this.#bytes = bytes;
    this.#writtenBytes = bytes;
    this.#unlock = unlock;
  }

  /** Cuts off half a last line, and begins an empty file with the header. */
  async prepare(): Promise<void> {
    await this.#file.truncate(this.#bytes);
    if (this.#bytes === 0) this.#add(HEADER);
    await this.flushed();
  }

  append(execution: Execution | undefined, record: JournalRecord): void {
    if (execution === undefined) {
      this.#add(encode(record));
      return;
    }
    if (execution.lastRecord >= 0) record.previous = execution.lastRecord;
    const offset = this.#bytes;
    this.#add(encode(record));
    link(execution, offset);
  }

  flushed(): Promise<void> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault);
    return (this.#next ?? this.#writing)?.written.promise ?? Promise.resolve();
  }

  async history(execution: Execution): Promise<JournalRecord[]> {
    await this.flushed();
    const records: JournalRecord[] = [];
    for (
      let offset: number | undefined = execution.lastRecord;
      offset !== undefined;
      offset = records.at(-1)?.previous
    ) {
      records.push(await this.#read(offset));
    }
    return records.reverse();
  }

  async ends(execution: Execution): Promise<{ first: JournalRecord; last: JournalRecord }> {
    await this.flushed();
    return { first: await this.#read(execution.firstRecord), last: await this.#read(execution.lastRecord) };
  }

  async close(): Promise<void> {
    try {
      await this.flushed();
    } finally {
      await this.#file.close();
      this.#unlock();
    }
  }

  #add(line: string): void {
    this.#bytes += Buffer.byteLength(line);
    if (this.#next !== undefined) {
      this.#next.lines.push(line);
      return;
    }
    this.#next = { lines: [line], written: Promise.withResolvers() };
    // Whoever needs to know asks `flushed`.
    this.#next.written.promise.catch(() => {});
    if (this.#writing === undefined) setImmediate(() => this.#write());
  }

  async #write(): Promise<void> {
    while (this.#next !== undefined) {
      const batch = this.#next;
      this.#writing = batch;
      this.#next = undefined;
      try {
        if (this.#fault !== undefined) throw this.#fault;
        const data = Buffer.from(batch.lines.join(''));
        for (let done = 0; done < data.length; ) {
          const { bytesWritten } = await this.#file.write(data, done, data.length - done, this.#writtenBytes);
          done += bytesWritten;
          this.#writtenBytes += bytesWritten;
        }
        await this.#file.datasync();
        batch.written.resolve();
      } catch (error) {
        this.#fault ??= new Error('the journal cannot be written', { cause: error });
        batch.written.reject(this.#fault);
      }
    }
    this.#writing = undefined;
  }

  async #read(offset: number): Promise<JournalRecord> {
    for (let size = RECORD_BYTES; ; size *= 4) {
      const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(size), 0, size, offset);
      const end = buffer.subarray(0, bytesRead).indexOf('\n');
      if (end >= 0) return decode(buffer.subarray(0, end));
      if (bytesRead < size) throw new Error(`the journal has no record at byte ${offset}`);
    }
  }
}
