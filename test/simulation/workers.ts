import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Happened, Wanted } from './worker.ts';

const WORKER = new URL('./worker.ts', import.meta.url);
/** What the worlds log of their faults and count of themselves is nobody's concern. */
const ENVIRONMENT = { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' };

export interface WorkersOptions {
  readonly processes: number;
  readonly execArgv?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly wanted: Iterable<Wanted>;
  /** Hears of each world; says whether there are to be more. */
  readonly onHappened: (happened: Happened) => boolean;
}

/** Lets worlds happen in several processes, one after the other in each, until there are no more or no more are wanted. */
export async function letHappen(options: WorkersOptions): Promise<void> {
  const wanted = options.wanted[Symbol.iterator]();
  let isOver = false;
  await Promise.all(
    Array.from({ length: options.processes }, async () => {
      const child = await start(options);
      try {
        for (let next = wanted.next(); !next.done && !isOver; next = isOver ? next : wanted.next()) {
          const happened = await ask(child, next.value);
          if (!options.onHappened(happened)) isOver = true;
        }
      } finally {
        if (child.connected) child.disconnect();
      }
    }),
  );
}

async function start({ execArgv = [], environment = {} }: WorkersOptions): Promise<ChildProcess> {
  const child = fork(WORKER, { execArgv: [...execArgv], env: { ...process.env, ...ENVIRONMENT, ...environment } });
  await answerOf(child);
  return child;
}

async function ask(child: ChildProcess, wanted: Wanted): Promise<Happened> {
  child.send(wanted);
  return (await answerOf(child)) as Happened;
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const answered = new AbortController();
  const { signal } = answered;
  try {
    const [answer, code] = await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(([code]) => [undefined, code]),
    ]);
    if (answer === undefined) throw new Error(`a worker ended by itself, with exit code ${code}`);
    return answer;
  } finally {
    answered.abort();
  }
}
