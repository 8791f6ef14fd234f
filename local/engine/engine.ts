import type { StateType } from './asl.ts';
import { Executions } from './executions.ts';
import { openFileJournal } from './file-journal.ts';
import { Functions, type Handler } from './functions.ts';
import { memoryJournal } from './journal.ts';
import { stepFunctionsBindings } from './jsonata-functions.ts';
import { loadMachine, type StateMachineSource } from './machine.ts';
import { stateMachineArn } from './names.ts';
import { operations } from './operations.ts';
import { type Clock, type Randomness, systemClock, systemRandomness } from './ports.ts';
import type { ExecutionStatus } from './records.ts';
import { Runner } from './runner.ts';
import { serve } from './server.ts';
import { Timers } from './timers.ts';

export type { FunctionContext, Handler } from './functions.ts';
export { DamagedJournal } from './journal-lines.ts';
export { functionArn, stateMachineArn } from './names.ts';
export type { Clock } from './ports.ts';

/** How many handlers run at once when the caller does not say: enough to keep a database busy, few enough to stay fair. */
const DEFAULT_CONCURRENCY = 64;

export interface EngineOptions {
  stateMachines: StateMachineSource[];
  /** The file that everything is kept in, made if it is not there. Without it nothing outlives the process. */
  journalFile?: string;
  /** 0, the default, takes a free port. */
  port?: number;
  /** The most handlers that run at once. One that never returns keeps its place for good. */
  concurrency?: number;
  clock?: Clock;
  random?: Randomness;
}

interface Counts {
  executions: Record<ExecutionStatus, number>;
  /** Entries into states and retries: what a Standard workflow is billed for. */
  transitions: number;
  transitionsByType: Partial<Record<StateType, number>>;
  transitionsByState: Record<string, number>;
}

export interface Engine {
  /** For the SDK's `endpoint`, or `AWS_ENDPOINT_URL_SFN`. */
  readonly endpoint: string;
  stateMachineArn(name: string): string;
  /** Makes `handler` the function called `name`. @returns its ARN, which `functionArn(name)` tells beforehand */
  registerFunction(name: string, handler: Handler): string;
  /** Lets executions move. Call it when the functions are registered: the journal's executions go on at once. */
  run(): void;
  counts(): Counts;
  /** Stops serving, calling and timing, and waits until the journal has everything. Handlers that run are left alone. */
  close(): Promise<void>;
}

/**
 * Starts a local Step Functions.
 *
 * A definition may change between two starts. Executions that run go on by the new one; one whose state is gone, or is
 * of another type now, fails with States.Runtime.
 * @throws InvalidDefinition when a state machine cannot be run as it is, DamagedJournal when the journal cannot be read
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandomness;
  const machines = new Map(options.stateMachines.map((source) => [source.name, loadMachine(source)]));
  const { journal, executions } = await openJournal(options.journalFile);
  const functions = new Functions({ clock, random }, options.concurrency ?? DEFAULT_CONCURRENCY);
  const timers = new Timers(clock);
  const runner = new Runner({
    machines,
    executions,
    journal,
    functions,
    timers,
    clock,
    random,
    bindings: stepFunctionsBindings(clock, random),
    onFault: reportOnce(),
  });
  const createdAt = clock.now().getTime();
  const api = operations({ machines, executions, runner, journal, random, createdAt });
  const server = await serve(api, journal, options.port ?? 0).catch(async (error: unknown) => {
    await journal.close();
    throw error;
  });
  return {
    endpoint: server.endpoint,
    stateMachineArn,
    registerFunction: (name, handler) => functions.register(name, handler),
    run: () => runner.run(),
    counts: () => countsOf(executions),
    async close() {
      runner.close();
      timers.clear();
      functions.clear();
      await server.close();
      await journal.close();
    },
  };
}

/** A journal that cannot be written stops every execution with the same error. */
function reportOnce(): (error: unknown) => void {
  let reported: unknown;
  return (error) => {
    if (error !== reported) console.error('The workflow engine cannot go on with an execution:', error);
    reported = error;
  };
}

const openJournal = (file: string | undefined) =>
  file === undefined ? { journal: memoryJournal(), executions: new Executions() } : openFileJournal(file);

function countsOf({ byStatus, transitions }: Executions): Counts {
  const counts: Counts = { executions: { ...byStatus }, transitions: 0, transitionsByType: {}, transitionsByState: {} };
  for (const [state, { type, count }] of transitions) {
    counts.transitions += count;
    counts.transitionsByState[state] = count;
    counts.transitionsByType[type] = (counts.transitionsByType[type] ?? 0) + count;
  }
  return counts;
}
