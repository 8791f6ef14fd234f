import type { StateType } from './asl.ts';
import type { Execution, Fork, Phase, Thread } from './execution.ts';
import type { Ended, ExecutionStatus, JournalRecord, Scheduled } from './records.ts';

const key = (machine: string, name: string) => `${machine}:${name}`;

/** How often each state was entered or retried, which is what Step Functions bills. */
export type Transitions = Map<string, { type: StateType; count: number }>;

/** Every execution there is, as the records so far make it. The only way to change anything is to apply a record. */
export class Executions {
  readonly all: Execution[] = [];
  readonly byStatus: Record<ExecutionStatus, number> = {
    RUNNING: 0,
    SUCCEEDED: 0,
    FAILED: 0,
    TIMED_OUT: 0,
    ABORTED: 0,
  };
  readonly transitions: Transitions = new Map();
  /** Every definition that is kept, by machine and version. */
  readonly #definitions = new Map<string, Map<number, string>>();
  readonly #byName = new Map<string, Execution>();
  readonly #byToken = new Map<string, Thread>();

  named(machine: string, name: string): Execution | undefined {
    return this.#byName.get(key(machine, name));
  }

  waitingFor(token: string): Thread | undefined {
    return this.#byToken.get(token);
  }

  definitionOf(machine: string, version: number): string | undefined {
    return this.#definitions.get(machine)?.get(version);
  }

  /** 0 where no definition of the machine is kept. */
  newestVersion(machine: string): number {
    return Math.max(0, ...(this.#definitions.get(machine)?.keys() ?? []));
  }

  /** Applies one record. A record that does not fit what came before it means a damaged journal, and throws. */
  apply(record: JournalRecord): void {
    if (record.kind === 'carried') {
      for (const [state, type, count] of record.transitions) this.#count(state, type, count);
      return;
    }
    if (record.kind === 'published') {
      this.#publish(record);
      return;
    }
    if (record.kind === 'started') {
      this.#start(record);
      return;
    }
    const execution = this.all[record.execution];
    if (execution?.running === undefined) throw new Error(`record "${record.kind}" of an execution that does not run`);
    execution.records += 1;
    if (record.kind === 'ended') this.#end(execution, execution.running.root, record);
    else this.#change(threadAt(execution.running.root, record.thread ?? ''), record);
  }

  #publish({ machine, version, definition }: Extract<JournalRecord, { kind: 'published' }>): void {
    const versions = this.#definitions.get(machine);
    if (versions !== undefined) {
      versions.set(version, definition);
      return;
    }
    this.#definitions.set(machine, new Map([[version, definition]]));
    // With what did they begin, before definitions were kept? The first that is kept is the best that there is.
    for (const execution of this.all) if (execution.machine === machine) execution.version ??= version;
  }

  #start(record: Extract<JournalRecord, { kind: 'started' }>): void {
    if (record.execution !== this.all.length) throw new Error(`execution ${record.execution} starts out of order`);
    const { machine, version, name, input, state, type, at } = record;
    const execution: Execution = {
      number: record.execution,
      machine,
      version,
      name,
      startedAt: at,
      status: 'RUNNING',
      endedAt: undefined,
      running: undefined,
      records: 1,
      firstRecord: -1,
      lastRecord: -1,
    };
    const root = newThread(execution, undefined, 0, { state, type, input, at });
    execution.running = { input, root, timer: undefined };
    this.all.push(execution);
    this.#byName.set(key(machine, name), execution);
    this.byStatus.RUNNING += 1;
    this.#count(state, type, 1);
  }

  #end(execution: Execution, root: Thread, record: Ended & { at: number }): void {
    execution.running?.timer?.cancel();
    this.#setPhase(root, { kind: 'gone' });
    execution.running = undefined;
    execution.status = record.status;
    execution.endedAt = record.at;
    this.byStatus.RUNNING -= 1;
    this.byStatus[record.status] += 1;
  }

  #change(found: Thread | NewChild, record: JournalRecord): void {
    if ('missing' in found) {
      if (record.kind !== 'entered') throw new Error(`record "${record.kind}" of a branch that has not started`);
      this.#startChild(found, record);
      return;
    }
    const thread = found;
    switch (record.kind) {
      case 'entered':
        this.#enter(thread, record);
        return;
      case 'waiting':
        this.#setPhase(thread, { kind: 'waiting', until: record.until });
        return;
      case 'scheduled':
        this.#setPhase(thread, scheduledPhase(record));
        return;
      case 'submitted':
        this.#submit(thread, record);
        return;
      case 'heartbeat':
        beat(thread.phase, record.at);
        return;
      case 'forked':
        this.#setPhase(thread, fork(record));
        return;
      case 'finished':
        this.#setPhase(thread, { kind: 'finished', result: record.result });
        return;
      case 'failed':
        this.#setPhase(thread, { kind: 'failed', error: record.error, cause: record.cause });
        return;
      case 'retrying':
        thread.retryCount += 1;
        thread.retries[record.retrier] = (thread.retries[record.retrier] ?? 0) + 1;
        this.#count(thread.state, thread.type, 1);
        this.#setPhase(thread, { kind: 'retrying', until: record.until });
        return;
      case 'exited':
        this.#exit(thread, record.output);
        return;
    }
  }

  #enter(thread: Thread, record: Extract<JournalRecord, { kind: 'entered' }>): void {
    thread.state = record.state;
    thread.type = record.type;
    thread.input = record.input;
    thread.enteredAt = record.at;
    thread.retryCount = 0;
    thread.retries = [];
    if (record.variables !== undefined) thread.variables = record.variables;
    this.#setPhase(thread, { kind: 'entered' });
    this.#count(record.state, record.type, 1);
  }

  #startChild({ parent, index }: NewChild, record: Extract<JournalRecord, { kind: 'entered' }>): void {
    const phase = parent.phase as Fork;
    phase.children.set(index, newThread(parent.execution, parent, index, record));
    phase.next = Math.max(phase.next, index + 1);
    this.#count(record.state, record.type, 1);
  }

  #submit(thread: Thread, { timeoutAt, at }: { timeoutAt?: number; at: number }): void {
    const { phase } = thread;
    if (phase.kind !== 'scheduled' || phase.token === undefined)
      throw new Error('a task without a token was submitted');
    const { token, heartbeatSeconds } = phase;
    this.#setPhase(thread, { kind: 'submitted', token, timeoutAt, heartbeatSeconds, heartbeatAt: at });
  }

  #exit(thread: Thread, output: string): void {
    this.#setPhase(thread, { kind: 'gone' });
    const phase = thread.parent?.phase;
    if (phase?.kind !== 'forked') throw new Error('a branch ended whose fork is over');
    phase.children.delete(thread.index);
    phase.results[thread.index] = output;
    phase.unfinished -= 1;
  }

  /** Leaves the old phase with everything that hangs on it, and takes up the new one. */
  #setPhase(thread: Thread, phase: Phase): void {
    const old = thread.phase;
    thread.timer?.cancel();
    thread.timer = undefined;
    if ('token' in old && old.token !== undefined) this.#byToken.delete(old.token);
    if (old.kind === 'forked') for (const child of old.children.values()) this.#setPhase(child, { kind: 'gone' });
    thread.phase = phase;
    if ('token' in phase && phase.token !== undefined) this.#byToken.set(phase.token, thread);
  }

  #count(state: string, type: StateType, count: number): void {
    const known = this.transitions.get(state);
    if (known === undefined) this.transitions.set(state, { type, count });
    else known.count += count;
  }
}

interface NewChild {
  readonly missing: true;
  readonly parent: Thread;
  readonly index: number;
}

function threadAt(root: Thread, path: string): Thread | NewChild {
  let thread = root;
  if (path === '') return thread;
  const indexes = path.split('/').map(Number);
  for (const [depth, index] of indexes.entries()) {
    if (thread.phase.kind !== 'forked') throw new Error(`there is no branch ${path}`);
    const child = thread.phase.children.get(index);
    if (child === undefined) {
      if (depth < indexes.length - 1) throw new Error(`there is no branch ${path}`);
      return { missing: true, parent: thread, index };
    }
    thread = child;
  }
  return thread;
}

function newThread(
  execution: Execution,
  parent: Thread | undefined,
  index: number,
  start: { state: string; type: StateType; input: string; at: number },
): Thread {
  return {
    execution,
    parent,
    index,
    path: parent === undefined ? '' : childPath(parent, index),
    state: start.state,
    type: start.type,
    enteredAt: start.at,
    input: start.input,
    variables: '{}',
    retryCount: 0,
    retries: [],
    phase: { kind: 'entered' },
    timer: undefined,
  };
}

export const childPath = (parent: Thread, index: number): string =>
  parent.path === '' ? String(index) : `${parent.path}/${index}`;

const scheduledPhase = (record: Scheduled): Phase => ({
  kind: 'scheduled',
  functionName: record.functionName,
  payload: record.payload,
  direct: record.direct ?? false,
  token: record.token,
  timeoutSeconds: record.timeoutSeconds,
  heartbeatSeconds: record.heartbeatSeconds,
  called: undefined,
});

function beat(phase: Phase, at: number): void {
  if (phase.kind === 'submitted') phase.heartbeatAt = at;
  if (phase.kind === 'scheduled' && phase.called !== undefined) phase.called.heartbeatAt = at;
}

const fork = (record: Extract<JournalRecord, { kind: 'forked' }>): Fork => ({
  kind: 'forked',
  inputs: record.inputs,
  values: record.values,
  concurrency: record.concurrency,
  children: new Map(),
  results: [],
  next: 0,
  unfinished: record.inputs.length,
});
