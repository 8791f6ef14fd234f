import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type ConflictProxy, startConflictProxy } from '../local/dynamodb/conflicts.ts';
import { type Dynoxide, startDynoxide } from '../local/dynamodb/dynoxide.ts';
import { type MeteringProxy, startMeteringProxy } from './metering-proxy.ts';
import type { Questions } from './system.ts';

/** How long a write is in flight at least when conflicts are wanted: a transaction takes DynamoDB 10 to 20 ms. */
const CONFLICT_HOLD_MS = 10;

export interface SystemOptions {
  /** A folder that is there already; without it, one that is gone afterwards. */
  readonly stateDirectory?: string;
  /** Whether requests to the database are counted, which slows them down. */
  readonly metered?: boolean;
  readonly conflicts?: boolean;
}

const Package = z.object({ scripts: z.object({ start: z.string() }) });

type Answer<Ask extends keyof Questions> = Awaited<ReturnType<Questions[Ask]>>;

/** Fillrate and its database, each in a process of its own; what stands between them runs in this one. */
export class SystemUnderTest {
  readonly api: string;
  readonly proxy: MeteringProxy | undefined;
  readonly conflicts: ConflictProxy | undefined;
  /** From the start of the database until the API had everything that it had before. */
  readonly startedInMs: number;
  readonly #child: ChildProcess;
  readonly #database: Dynoxide;
  readonly #cleanUp: AsyncDisposableStack;
  #questions = 0;

  private constructor(parts: Parts, api: string, startedInMs: number, cleanUp: AsyncDisposableStack) {
    this.#child = parts.child;
    this.#database = parts.database;
    this.proxy = parts.proxy;
    this.conflicts = parts.conflicts;
    this.api = api;
    this.startedInMs = startedInMs;
    this.#cleanUp = cleanUp;
  }

  static async start(options: SystemOptions = {}): Promise<SystemUnderTest> {
    await using started = new AsyncDisposableStack();
    const stateDirectory = options.stateDirectory ?? (await temporaryFolder(started));
    const startedAt = performance.now();
    const database = await startDynoxide({ databasePath: join(stateDirectory, 'dynamodb.sqlite') });
    started.defer(() => database.stop());
    const conflicts = options.conflicts
      ? await startConflictProxy({ target: database.endpoint, holdMs: CONFLICT_HOLD_MS })
      : undefined;
    if (conflicts) started.defer(() => conflicts.close());
    const unmetered = conflicts?.endpoint ?? database.endpoint;
    const proxy = options.metered ? await startMeteringProxy(unmetered) : undefined;
    if (proxy) started.defer(() => proxy.close());
    const child = fork(new URL('system.ts', import.meta.url), [stateDirectory], {
      execArgv: await startFlags(),
      env: {
        ...process.env,
        DYNAMODB_ENDPOINT: proxy?.endpoint ?? unmetered,
        POWERTOOLS_LOG_LEVEL: process.env.POWERTOOLS_LOG_LEVEL ?? 'ERROR',
      },
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    started.defer(() => end(child));
    const { ready } = await answerOf<{ ready: string }>(child, () => true);
    const parts = { child, database, proxy, conflicts };
    return new SystemUnderTest(parts, ready, performance.now() - startedAt, started.move());
  }

  /** The processes by their names. */
  get pids(): { system: number; database: number } {
    return { system: this.#child.pid ?? 0, database: this.#database.pid };
  }

  async ask<Ask extends keyof Questions>(ask: Ask): Promise<Answer<Ask>> {
    const id = this.#questions++;
    const answer = answerOf<{ id: number; said: Answer<Ask>; failed?: string }>(this.#child, (got) => got.id === id);
    this.#child.send({ id, ask });
    const { said, failed } = await answer;
    if (failed !== undefined) throw new Error(`the system could not answer "${ask}": ${failed}`);
    return said;
  }

  /** Ends it as it wants to end. */
  async stop(): Promise<void> {
    await this.ask('close');
    await this.#cleanUp.disposeAsync();
  }

  /** Pulls the plug: both processes are gone at once. */
  async kill(): Promise<void> {
    const exited = once(this.#child, 'exit');
    process.kill(this.#database.pid, 'SIGKILL');
    this.#child.kill('SIGKILL');
    await exited;
    await this.#cleanUp.disposeAsync();
  }
}

interface Parts {
  readonly child: ChildProcess;
  readonly database: Dynoxide;
  readonly proxy: MeteringProxy | undefined;
  readonly conflicts: ConflictProxy | undefined;
}

async function temporaryFolder(started: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fillrate-bench-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  if (child.connected) child.disconnect();
  await exited;
}

/** The flags for Node with which `npm start` runs Fillrate: they decide how much memory it takes. */
async function startFlags(): Promise<string[]> {
  const { scripts } = Package.parse(JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')));
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

/** The next message that is `wanted`. Rejects when the process ends before it comes. */
function answerOf<Message>(child: ChildProcess, wanted: (message: Message) => boolean): Promise<Message> {
  return new Promise((resolve, reject) => {
    const hear = (message: unknown) => {
      if (!wanted(message as Message)) return;
      child.off('message', hear).off('exit', gone);
      resolve(message as Message);
    };
    const gone = () => reject(new Error('the system has ended by itself; what it wrote above says why'));
    child.on('message', hear).once('exit', gone);
  });
}
