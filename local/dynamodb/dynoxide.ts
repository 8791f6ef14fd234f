import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { log } from '../../core/platform/log.ts';
import { clientConfig } from '../client-config.ts';
import { indexStreamRecords, trimStreamRecords } from './stream-table.ts';

const START_TIMEOUT_MS = 10_000;
const PROBE_INTERVAL_MS = 5;
/** Another program may take the free port between our finding it and Dynoxide's binding it. */
const START_ATTEMPTS = 3;
const STOP_TIMEOUT_MS = 5_000;
/** Not at once: who was not running for a day reads what waits in the stream first. */
const TRIM_INTERVAL_MS = 60_000;

export interface Dynoxide {
  endpoint: string;
  pid: number;
  /** Resolves, with a word on why, if the process ends before it is stopped. */
  died: Promise<string>;
  /** Ends the process and, in temporary mode, removes its files. Can be called twice. */
  stop(): Promise<void>;
}

/** Where the data lives: a file that stays, or one that goes when Dynoxide is stopped. */
export type DynoxideStorage = { databasePath: string } | { temporary: true };

/**
 * Starts a Dynoxide process on a free loopback port and waits until it answers. It dies with this process, even by `kill -9`.
 * Temporary storage is a file, too: Dynoxide's own memory mode cannot be given the index that keeps its streams fast.
 */
export async function startDynoxide(
  storage: DynoxideStorage,
  temporaryFolders: string = memoryBackedFolder(),
): Promise<Dynoxide> {
  const binary = findDynoxide();
  const temporaryFolder = 'temporary' in storage ? await mkdtemp(join(temporaryFolders, 'fillrate-')) : undefined;
  const databasePath =
    'databasePath' in storage ? storage.databasePath : join(temporaryFolder ?? '', 'dynamodb.sqlite');
  await mkdir(dirname(databasePath), { recursive: true });

  const removeTemporary = async () => {
    if (temporaryFolder) await rm(temporaryFolder, { recursive: true, force: true });
  };
  const { child, endpoint, pid } = await launch(binary, databasePath).catch(async (error: unknown) => {
    await removeTemporary();
    throw error;
  });
  const reaper = cleanUpWhenWeDie(pid, temporaryFolder);
  const trimmer = setInterval(() => void trim(databasePath), TRIM_INTERVAL_MS).unref();

  let stopped: Promise<void> | undefined;
  async function stopOnce() {
    clearInterval(trimmer);
    await terminate(child);
    reaper?.kill();
    await removeTemporary();
  }
  function stop() {
    stopped ??= stopOnce();
    return stopped;
  }

  try {
    indexStreamRecords(databasePath);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, pid, died: death(child, () => stopped !== undefined), stop };
}

async function trim(databasePath: string) {
  try {
    await trimStreamRecords(databasePath);
  } catch (error) {
    log.warn('old stream records could not be dropped', { error });
  }
}

function death(child: ChildProcess, isWanted: () => boolean): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      if (!isWanted()) resolve(`Dynoxide ended by itself (${signal ?? `exit code ${code}`})`);
    });
  });
}

/** The Dynoxide program of this machine. Throws, with what to do about it, when there is none. */
export function findDynoxide(
  environment: NodeJS.ProcessEnv = process.env,
  platform: string = process.platform,
  arch: string = process.arch,
): string {
  if (environment.DYNOXIDE_BIN) return environment.DYNOXIDE_BIN;
  try {
    const manifest = createRequire(import.meta.url).resolve(`@dynoxide/${platform}-${arch}/package.json`);
    return join(dirname(manifest), platform === 'win32' ? 'dynoxide.exe' : 'dynoxide');
  } catch (cause) {
    throw new Error(
      `No Dynoxide for ${platform}-${arch} is installed. Set DYNOXIDE_BIN to the path of a dynoxide program, ` +
        'or DYNAMODB_ENDPOINT to the URL of a running DynamoDB Local (for example http://127.0.0.1:8000).',
      { cause },
    );
  }
}

/** Temporary data is faster in memory, and Linux has a file system there. */
function memoryBackedFolder() {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
}

async function launch(binary: string, databasePath: string) {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    // Detached: Ctrl-C reaches the whole process group, and the database must outlive those who still write to it.
    const child = spawn(binary, ['--host', '127.0.0.1', '--port', String(port), '--db-path', databasePath], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    const output: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    const failed = once(child, 'exit').then(([code]) => `exit code ${code}: ${output.join('').trim()}`, String);
    const endpoint = `http://127.0.0.1:${port}`;
    const failure = await Promise.race([failed, answers(endpoint)]);
    if (failure === undefined && child.pid !== undefined) {
      child.stderr.removeAllListeners('data').resume();
      letGo(child.stderr);
      child.unref();
      return { child, endpoint, pid: child.pid };
    }
    await terminate(child);
    if (attempt === START_ATTEMPTS || child.pid === undefined) {
      throw new Error(`Dynoxide (${binary}) did not start: ${failure}`);
    }
  }
}

/** Resolves with nothing when the endpoint answers, with a reason when it does not do so in time. */
async function answers(endpoint: string): Promise<string | undefined> {
  const client = new DynamoDBClient({ ...clientConfig(endpoint), maxAttempts: 1 });
  const deadline = performance.now() + START_TIMEOUT_MS;
  try {
    for (;;) {
      const error = await client.send(new ListTablesCommand()).then(() => undefined, String);
      if (error === undefined || performance.now() > deadline) return error;
      await new Promise((resolve) => setTimeout(resolve, PROBE_INTERVAL_MS));
    }
  } finally {
    client.destroy();
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port on 127.0.0.1');
  return address.port;
}

/** A shell that waits for the end of its input, which comes when this process is gone, however it went. */
function cleanUpWhenWeDie(pid: number, temporaryFolder = ''): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined;
  const script = 'read -r _; kill "$1"; [ -z "$2" ] || rm -rf -- "$2"';
  const reaper = spawn('sh', ['-c', script, 'sh', String(pid), temporaryFolder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  reaper.on('error', (error) => console.warn(`Dynoxide (${pid}) would survive a kill -9 of this process: ${error}`));
  reaper.unref();
  letGo(reaper.stdin);
  return reaper;
}

/** A pipe to a child keeps Node running unless told otherwise; its type does not say that it is a socket. */
function letGo(pipe: unknown) {
  if (pipe instanceof Socket) pipe.unref();
}

async function terminate(child: ChildProcess) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
