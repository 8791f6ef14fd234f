import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { DeployedFunction } from './assembly.ts';

/** What a bundle may come to. */
export interface Budget {
  readonly kilobytes: number;
  readonly loadMs: number;
}

const USUAL: Budget = { kilobytes: 700, loadMs: 150 };
/** Has the routes and their description, and with it all of zod. */
const OF_THE_API: Budget = { kilobytes: 1_150, loadMs: 150 };

export const budgetOf = (name: string): Budget => (name === 'api' ? OF_THE_API : USUAL);

export interface Bundle {
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds of a processor of this machine. */
  readonly loadMs: number;
  /** The npm packages that left something in it. */
  readonly packages: readonly string[];
}

/**
 * In a process of its own, as a cold start does; what Node itself needs to start is left out. The time is the processor's, of the
 * thread that loads: on a quiet machine it is the clock's, since loading waits for nothing, and on a busy one the clock tells of others.
 */
const LOAD = `
  const before = process.threadCpuUsage();
  require(process.argv[1]);
  const { user, system } = process.threadCpuUsage(before);
  console.log((user + system) / 1000);
`;

/** Other work on the machine makes loading slower and never faster, so the shortest of `attempts` counts; one below `enoughMs` ends them. */
export async function measureBundle(
  { name, bundle, sources, environment }: DeployedFunction,
  { attempts, enoughMs = 0 }: { attempts: number; enoughMs?: number },
): Promise<Bundle> {
  const { size: bytes } = await stat(bundle);
  let loadMs = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < attempts && loadMs >= enoughMs; attempt++) {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', LOAD, bundle], {
      // Nothing of ours but what Lambda would set.
      env: { ...environment, AWS_REGION: 'eu-central-1', AWS_LAMBDA_FUNCTION_NAME: name },
    });
    loadMs = Math.min(loadMs, Number(stdout.trim().split('\n').at(-1)));
  }
  return { name, bytes, loadMs, packages: packagesOf(sources) };
}

function packagesOf(sources: readonly string[]): string[] {
  const names = sources.flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.slice(1) ?? []);
  return [...new Set(names)].sort();
}
