import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { DeadLetter, DeadLetters } from './dead-letter.ts';

/** Dead letters in a directory, a file each, under the names that Lambda gives its objects. */
export class DeadLetterDirectory implements DeadLetters {
  readonly description: string;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.description = path;
  }

  /** Resolves when the letter is kept. */
  async add(functionName: string, letter: DeadLetter): Promise<void> {
    const path = join(this.#path, keyOf(functionName, letter));
    await mkdir(dirname(path), { recursive: true });
    const half = `${path}${HALF_WRITTEN}`;
    const file = await open(half, 'w');
    try {
      await file.writeFile(JSON.stringify(letter));
      // The stream moves on past these records: they have to be on disk.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(half, path);
  }

  async *keys(): AsyncIterable<string> {
    const entries = await readdir(this.#path, { recursive: true, withFileTypes: true }).catch(noneIfMissing);
    for (const entry of entries) {
      if (!entry.isFile() || entry.name.endsWith(HALF_WRITTEN)) continue;
      yield relative(this.#path, join(entry.parentPath, entry.name)).split(sep).join('/');
    }
  }

  async read(key: string): Promise<string | undefined> {
    return readFile(join(this.#path, key), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  }

  async remove(key: string): Promise<void> {
    await rm(join(this.#path, key), { force: true });
  }
}

const HALF_WRITTEN = '.half';

/** `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<UUID>`. Here a mapping has its function's name. */
export function keyOf(functionName: string, { timestamp, DDBStreamBatchInfo }: DeadLetter): string {
  const [day = '', time = ''] = timestamp.slice(0, 'YYYY-MM-DDTHH:MM:SS'.length).split('T');
  const name = `${day}T${time.replaceAll(':', '.')}-${randomUUID()}`;
  return `aws/lambda/${functionName}/${DDBStreamBatchInfo.shardId}/${day.replaceAll('-', '/')}/${name}`;
}

function noneIfMissing(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
