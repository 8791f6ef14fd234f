import { mkdir, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand } from './command-line.ts';
import { measureCost } from './counting-run.ts';
import { measureDates } from './dates-run.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { print } from './print.ts';
import type { AuditResult, Machine, Results } from './results.ts';
import { measureSpeed } from './speed-run.ts';
import { measureWaiting } from './waiting-run.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (!options) {
    console.log(HELP);
    return 0;
  }
  const startedAt = new Date().toISOString();
  const measured = await measure(options);
  const results: Results = { startedAt, machine: machine(), options, ...measured };
  const path = options.json ?? join(import.meta.dirname, 'results', `${startedAt.replaceAll(':', '-')}.json`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`${print(results)}\nAll of it as JSON: ${path}`);
  return auditsOf(measured).every(({ violations }) => violations.length === 0) ? 0 : 1;
}

function auditsOf(measured: Awaited<ReturnType<typeof measure>>): AuditResult[] {
  if ('dates' in measured) return [measured.dates.audit];
  return 'waiting' in measured ? [measured.waiting.audit] : [measured.speed.audit, measured.cost.audit];
}

async function measure({ waiting, dates, ...options }: Options) {
  if (dates !== undefined) return { dates: await measureDates(dates, report) };
  if (waiting !== undefined) return { waiting: await measureWaiting({ ...options, waiting }, report) };
  report('the timed run begins');
  const speed = await measureSpeed(options, report);
  report('the counting run begins');
  return { speed, cost: await measureCost(options, report) };
}

/** Where the results do not go, so that they can be piped. */
function report(line: string): void {
  console.error(line);
}

function machine(): Machine {
  const [first, ...others] = cpus();
  return {
    processors: `${others.length + 1} x ${first?.model.trim() ?? 'processor'}`,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${platform()} ${arch()}`,
    node: process.versions.node,
  };
}

await runCommand(main);
