import { type ParseArgsConfig, parseArgs } from 'node:util';
import { ExplainedError } from '../explained-error.ts';

/** The command was called as it cannot be. */
export class UsageError extends Error {
  override name = 'UsageError';
}

const INTERRUPTED = 130;

type Parsed<Options extends NonNullable<ParseArgsConfig['options']>> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true }>
>;

export interface Command<Options extends NonNullable<ParseArgsConfig['options']>> {
  /** What `--help` prints. */
  readonly usage: string;
  readonly options: Options;
  /**
   * Does it and answers the exit code. `signal` is aborted by Ctrl-C, or when the process is told to end.
   *
   * @throws UsageError
   */
  run(arguments_: Parsed<Options>, signal: AbortSignal): Promise<number>;
}

/** Runs a command with the arguments of this process. Exit codes: the command's own; 2 where it was called wrongly, 1 where it failed. */
export async function runCommand<Options extends NonNullable<ParseArgsConfig['options']>>(
  command: Command<Options>,
): Promise<void> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort());
  try {
    process.exitCode = await parseAndRun(command, interrupted.signal);
  } catch (error) {
    if (interrupted.signal.aborted) process.stderr.write('\nInterrupted.\n');
    process.exitCode = interrupted.signal.aborted ? INTERRUPTED : explain(error);
  }
}

function parseAndRun<Options extends NonNullable<ParseArgsConfig['options']>>(
  { usage, options, run }: Command<Options>,
  signal: AbortSignal,
): number | Promise<number> {
  if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) {
    process.stdout.write(usage);
    return 0;
  }
  return run(parseArgs({ options, allowPositionals: true }), signal);
}

/** Says what is wrong; answers the exit code. */
function explain(error: unknown): number {
  if (isUsageError(error)) {
    process.stderr.write(`${error.message}\nSee --help.\n`);
    return 2;
  }
  const isExplained = error instanceof ExplainedError;
  process.stderr.write(`${isExplained ? error.message : error instanceof Error ? error.stack : error}\n`);
  return 1;
}

function isUsageError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error instanceof UsageError || ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_'));
}

/** @throws UsageError for the first of words that were not asked for. */
export function expectNoMore(positionals: readonly string[]): void {
  const [first] = positionals;
  if (first !== undefined) throw new UsageError(`Unexpected argument '${first}'.`);
}
