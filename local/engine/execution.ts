import type { StateType } from './asl.ts';
import type { ExecutionStatus } from './records.ts';
import type { Timer } from './timers.ts';

/** One run of a state machine. What is large is dropped at the end; the journal still has it. */
export interface Execution {
  readonly number: number;
  readonly machine: string;
  /** Of the machine's definition, with which it began. */
  version: number | undefined;
  readonly name: string;
  readonly startedAt: number;
  status: ExecutionStatus;
  endedAt: number | undefined;
  /** There while the execution runs. Set to undefined, not deleted: that would make the object several times as large. */
  running: Running | undefined;
  /** How many records the journal has of it. */
  records: number;
  /** Where the journal has its first and its newest record. */
  firstRecord: number;
  lastRecord: number;
}

interface Running {
  /** As it was given: StartExecution compares it character by character. */
  readonly input: string;
  readonly root: Thread;
  timer: Timer | undefined;
}

/** A flow of control: the execution's own, a branch of a Parallel, or an iteration of a Map. */
export interface Thread {
  readonly execution: Execution;
  readonly parent: Thread | undefined;
  /** Which branch or iteration of the parent; 0 for the execution's own. */
  readonly index: number;
  /** '' for the execution's own, else the indexes that lead here, such as '0/2'. */
  readonly path: string;
  state: string;
  type: StateType;
  enteredAt: number;
  input: string;
  /** This flow's own variables, a JSON object; those of the flows around it are theirs. */
  variables: string;
  retryCount: number;
  /** Attempts already spent, by place in the state's Retry list. */
  retries: number[];
  phase: Phase;
  timer: Timer | undefined;
}

/**
 * How far a thread has got in its state. A phase is replaced, never changed, apart from a fork's bookkeeping and a
 * heartbeat's time, so that work begun in one phase can tell that it has been overtaken.
 */
export type Phase =
  | { readonly kind: 'entered' }
  | { readonly kind: 'waiting'; readonly until: number }
  | ScheduledPhase
  | SubmittedPhase
  | Fork
  | { readonly kind: 'finished'; readonly result: string | undefined }
  | { readonly kind: 'failed'; readonly error: string; readonly cause: string | undefined }
  | { readonly kind: 'retrying'; readonly until: number }
  | { readonly kind: 'gone' };

/** The limits on a task that is under way. */
export interface Deadlines {
  readonly timeoutAt: number | undefined;
  readonly heartbeatSeconds: number | undefined;
  /** When the last heartbeat came, or the task began. */
  heartbeatAt: number;
}

export interface ScheduledPhase {
  readonly kind: 'scheduled';
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
  /** There when the function has been called. Time that a call waits for its turn is nobody's fault and not counted. */
  called: Deadlines | undefined;
  readonly functionName: string;
  readonly payload: string;
  readonly direct: boolean;
  readonly token: string | undefined;
}

interface SubmittedPhase extends Deadlines {
  readonly kind: 'submitted';
  readonly token: string;
}

export interface Fork {
  readonly kind: 'forked';
  readonly inputs: readonly string[];
  readonly values: readonly string[] | undefined;
  readonly concurrency: number;
  readonly children: Map<number, Thread>;
  readonly results: (string | undefined)[];
  /** The first input that no child has been started for. */
  next: number;
  unfinished: number;
}
