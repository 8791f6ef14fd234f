import type { StateType } from './asl.ts';

/**
 * What the journal holds: one record for each thing that happened to an execution. Live state is nothing but these
 * records applied in order, so a restart ends up where the engine was. JSON payloads are kept as strings: they are
 * written, measured and kept as they are, and parsed only when an expression looks at them.
 */
export type JournalRecord = RecordBody & {
  /** Epoch milliseconds. */
  at: number;
  /** The execution's number; they count up from 0. -1 for what is about no execution. */
  execution: number;
  /** Which flow of control: absent for the execution's own, else the path of branch and iteration numbers. */
  thread?: string;
  /** Where the journal has this execution's previous record. */
  previous?: number;
};

export type RecordBody =
  | {
      kind: 'started';
      machine: string;
      /** Absent in journals that were written before definitions were kept. */
      version?: number;
      name: string;
      input: string;
      state: string;
      type: StateType;
    }
  /** A thread goes to another state. `variables` is there when the state before assigned some. */
  | { kind: 'entered'; state: string; type: StateType; input: string; variables?: string }
  | { kind: 'waiting'; until: number }
  | Scheduled
  /** The function that was given the task's token has returned: from here on it is not called again. */
  | { kind: 'submitted'; timeoutAt?: number }
  | { kind: 'heartbeat' }
  /** A Parallel or Map has split up; `values` are a Map's items where ItemSelector made other inputs of them. */
  | { kind: 'forked'; inputs: string[]; values?: string[]; concurrency: number }
  /** The work of a state is done; its Assign, Output and Next follow. */
  | { kind: 'finished'; result?: string }
  | { kind: 'failed'; error: string; cause?: string }
  /** The failed state is run again at `until`; `retrier` is the place in its Retry list. */
  | { kind: 'retrying'; until: number; retrier: number }
  /** A branch or iteration has come to its end. */
  | { kind: 'exited'; output: string }
  | Ended
  /** A state machine has another definition, with its substitutions made. Versions count up from 1. */
  | { kind: 'published'; machine: string; version: number; definition: string }
  /** State transitions of executions whose records were dropped when the journal was compacted. */
  | { kind: 'carried'; transitions: [state: string, type: StateType, count: number][] };

export interface Scheduled {
  kind: 'scheduled';
  functionName: string;
  payload: string;
  /** The function is the task's Resource itself: its answer is the result as it is. */
  direct?: true;
  token?: string;
  timeoutSeconds?: number;
  heartbeatSeconds?: number;
}

export interface Ended {
  kind: 'ended';
  status: EndStatus;
  output?: string;
  error?: string;
  cause?: string;
}

export type EndStatus = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
export type ExecutionStatus = 'RUNNING' | EndStatus;
