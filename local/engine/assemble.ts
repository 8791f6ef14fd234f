import type { StateType } from './asl.ts';
import { Definitions } from './definitions.ts';
import type { Executions } from './executions.ts';
import { Functions, type Handler } from './functions.ts';
import type { Journal } from './journal.ts';
import { stepFunctionsBindings } from './jsonata-functions.ts';
import type { Machine } from './machine.ts';
import { operations, performer } from './operations.ts';
import { type Clock, type Randomness, systemClock, systemRandomness } from './ports.ts';
import type { ExecutionStatus } from './records.ts';
import { Runner } from './runner.ts';
import { Timers } from './timers.ts';

/** How many handlers run at once when the caller does not say: enough to keep a database busy, few enough to stay fair. */
const DEFAULT_CONCURRENCY = 64;

export interface Counts {
  executions: Record<ExecutionStatus, number>;
  /** Entries into states and retries: what a Standard workflow is billed for. */
  transitions: number;
  transitionsByType: Partial<Record<StateType, number>>;
  transitionsByState: Record<string, number>;
}

export interface EngineParts {
  readonly machines: readonly Machine[];
  readonly journal: Journal;
  /** What the journal's records have made so far. */
  readonly executions: Executions;
  readonly concurrency?: number;
  readonly clock?: Clock;
  readonly random?: Randomness;
  /** Called with what must never happen. */
  readonly onFault: (error: unknown) => void;
}

/** The engine without a server before it and without a file behind it. */
export function assemble(parts: EngineParts) {
  const { journal, executions, onFault, clock = systemClock, random = systemRandomness } = parts;
  const definitions = new Definitions(parts.machines, executions, journal, clock.now());
  const functions = new Functions({ clock, random }, parts.concurrency ?? DEFAULT_CONCURRENCY);
  const timers = new Timers(clock);
  const bindings = stepFunctionsBindings(clock, random);
  const runner = new Runner({ definitions, executions, journal, functions, timers, clock, random, bindings, onFault });
  const api = operations({ definitions, executions, runner, journal, random, createdAt: clock.now().getTime() });
  return {
    /** Answers a request of the API. */
    perform: performer(api, journal),
    registerFunction: (name: string, handler: Handler): string => functions.register(name, handler),
    run: (): void => runner.run(),
    counts: (): Counts => countsOf(executions),
    /** Stops calling and timing. Handlers that run are left alone. */
    stop(): void {
      runner.close();
      timers.clear();
      functions.clear();
    },
  };
}

function countsOf({ byStatus, transitions }: Executions): Counts {
  const counts: Counts = { executions: { ...byStatus }, transitions: 0, transitionsByType: {}, transitionsByState: {} };
  for (const [state, { type, count }] of transitions) {
    counts.transitions += count;
    counts.transitionsByState[state] = count;
    counts.transitionsByType[type] = (counts.transitionsByType[type] ?? 0) + count;
  }
  return counts;
}
