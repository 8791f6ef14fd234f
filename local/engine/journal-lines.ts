import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { JournalRecord } from './records.ts';

const CHECKSUM_LENGTH = 8;
const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 10;

/** A journal is text: a line for each record, a checksum and a blank before its JSON. The first line is the header. */
export const HEADER = seal('{"journal":1}');

/** Thrown for a journal that is damaged elsewhere than at its very end, where a crash leaves half a line. */
export class DamagedJournal extends Error {
  override name = 'DamagedJournal';
}

function seal(json: string): string {
  return `${crc32(json).toString(16).padStart(CHECKSUM_LENGTH, '0')} ${json}\n`;
}

export const encode = (record: JournalRecord): string => seal(JSON.stringify(record));

/** @throws Error when the line, without its newline, is not as it was written */
export function decode(line: Buffer): JournalRecord {
  return JSON.parse(unseal(line)) as JournalRecord;
}

function unseal(line: Buffer): string {
  const json = line.subarray(CHECKSUM_LENGTH + 1);
  if (Number.parseInt(line.toString('latin1', 0, CHECKSUM_LENGTH), 16) !== crc32(json)) {
    throw new Error('the checksum does not match');
  }
  return json.toString();
}

export interface Line {
  record: JournalRecord;
  offset: number;
  /** Including the newline. */
  bytes: number;
}

/**
 * Reads a journal from its beginning, record by record.
 * @returns where the last whole line ends: what follows was being written when the process died
 * @throws DamagedJournal with the place of what cannot be read
 */
export function* readJournal(fd: number, path: string): Generator<Line, number> {
  let offset = 0;
  for (const line of readLines(fd)) {
    const bytes = line.length + 1;
    try {
      if (offset > 0) yield { record: decode(line), offset, bytes };
      else if (unseal(line) !== unseal(Buffer.from(HEADER.trimEnd()))) throw new Error('it is of another version');
    } catch (error) {
      throw new DamagedJournal(`${path} cannot be read at byte ${offset}: ${(error as Error).message}`);
    }
    offset += bytes;
  }
  return offset;
}

/** The whole lines of a file, without their newlines; what follows the last newline is left out. */
function* readLines(fd: number): Generator<Buffer> {
  let rest = Buffer.alloc(0);
  for (let position = 0; ; ) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const read = readSync(fd, chunk, 0, CHUNK_BYTES, position);
    if (read === 0) return;
    position += read;
    const data = rest.length === 0 ? chunk.subarray(0, read) : Buffer.concat([rest, chunk.subarray(0, read)]);
    let start = 0;
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
      yield data.subarray(start, end);
      start = end + 1;
    }
    rest = data.subarray(start);
  }
}
