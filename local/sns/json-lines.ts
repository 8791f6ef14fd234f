import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Opens a file of one JSON document a line for more of them; answers the newest that it holds, and drops the others. */
export async function openJsonLines<Entry extends object>(path: string, maxKept: number): Promise<Entry[]> {
  await mkdir(dirname(path), { recursive: true });
  const { entries, isClean } = await readJsonLines<Entry>(path);
  const kept = entries.slice(-maxKept);
  if (!isClean || kept.length < entries.length) await writeFile(path, kept.map(toLine).join(''));
  return kept;
}

/** A file's entries, oldest first. A process that was killed may have left half a line at the end; that entry was not acknowledged. */
export async function readJsonLines<Entry>(path: string): Promise<{ entries: Entry[]; isClean: boolean }> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n');
  const isClean = lines.pop() === '';
  return { entries: lines.map((line) => JSON.parse(line) as Entry), isClean };
}

export function toLine(entry: object): string {
  return `${JSON.stringify(entry)}\n`;
}
