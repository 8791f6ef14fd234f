import { open, readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { log } from '../../core/platform/log.ts';

/** A crash repeats at most what was handled in this time. */
const WRITE_INTERVAL_MS = 100;

const Positions = z.record(z.string(), z.record(z.string(), z.record(z.string(), z.string().regex(/^\d+$/))));

/** How far each function has come on each shard of each stream: a small file that is replaced as a whole, or memory. */
export class Checkpoints {
  readonly #path: string | undefined;
  /** Function, stream, shard → sequence number. */
  readonly #positions: z.infer<typeof Positions>;
  /** Runs while there is something to write. */
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string | undefined, positions: z.infer<typeof Positions>) {
    this.#path = path;
    this.#positions = positions;
  }

  /** A file that cannot be read counts as none: records are handled again rather than missed. */
  static async open(path: string | undefined): Promise<Checkpoints> {
    if (!path) return new Checkpoints(path, {});
    try {
      return new Checkpoints(path, Positions.parse(JSON.parse(await readFile(path, 'utf8'))));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        log.warn('the checkpoints cannot be read', { path, error });
      return new Checkpoints(path, {});
    }
  }

  get(functionName: string, streamArn: string, shardId: string): bigint | undefined {
    const position = this.#positions[functionName]?.[streamArn]?.[shardId];
    return position === undefined ? undefined : BigInt(position);
  }

  /** Is on disk a moment later. */
  set(functionName: string, streamArn: string, shardId: string, position: bigint): void {
    // The table has one stream at a time; shards of an earlier one are of no use.
    const shards = this.#positions[functionName]?.[streamArn] ?? {};
    shards[shardId] = String(position);
    this.#positions[functionName] = { [streamArn]: shards };
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_INTERVAL_MS);
  }

  /** Forgets the shards that the stream no longer has. */
  retain(streamArn: string, shardIds: Set<string>): void {
    for (const streams of Object.values(this.#positions)) {
      const shards = streams[streamArn] ?? {};
      for (const shardId of Object.keys(shards)) if (!shardIds.has(shardId)) delete shards[shardId];
    }
  }

  /** Resolves when everything set so far is on disk. */
  flush(): Promise<void> {
    if (!this.#timer) return this.#writing;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing
      .then(() => this.#write())
      .catch((error: unknown) => {
        log.error('the checkpoints cannot be written', { path: this.#path, error });
      });
    return this.#writing;
  }

  async #write() {
    if (!this.#path) return;
    const temporary = `${this.#path}.new`;
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(JSON.stringify(this.#positions));
      // A rename may reach the disk before the content does.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#path);
  }
}
