import { assemble, type Counts } from './assemble.ts';
import { Executions } from './executions.ts';
import { openFileJournal } from './file-journal.ts';
import type { Handler } from './functions.ts';
import { memoryJournal } from './journal.ts';
import { loadMachine, type StateMachineSource } from './machine.ts';
import { stateMachineArn } from './names.ts';
import type { Clock, Randomness } from './ports.ts';
import { serve } from './server.ts';

export type { FunctionContext, Handler } from './functions.ts';
export { DamagedJournal } from './journal-lines.ts';
export { functionArn, stateMachineArn } from './names.ts';
export type { Clock } from './ports.ts';

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
 * A definition may change between two starts. Executions that run finish on the one that they began with, which the journal
 * keeps; new ones begin with the new one. A machine that is not given any more fails its executions with States.Runtime.
 * @throws InvalidDefinition when a state machine cannot be run as it is, DamagedJournal when the journal cannot be read
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const machines = options.stateMachines.map(loadMachine);
  const kept = await openJournal(options.journalFile);
  const { perform, ...engine } = assemble({ ...options, ...kept, machines, onFault: reportOnce() });
  const server = await serve(perform, options.port ?? 0).catch(async (error: unknown) => {
    await kept.journal.close();
    throw error;
  });
  return {
    ...engine,
    endpoint: server.endpoint,
    stateMachineArn,
    async close() {
      engine.stop();
      await server.close();
      await kept.journal.close();
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
