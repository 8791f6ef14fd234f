import type { Definitions, Published } from './definitions.ts';
import { ERRORS, StateError, withinPayloadLimit } from './errors.ts';
import type { Deadlines, Execution, Fork, ScheduledPhase, Thread } from './execution.ts';
import { childPath, type Executions } from './executions.ts';
import type { Bindings } from './expressions.ts';
import type { Functions } from './functions.ts';
import { flowOf, nextStep, type Step, type Uncaught } from './interpreter.ts';
import type { Journal } from './journal.ts';
import type { Machine } from './machine.ts';
import type { Clock, Randomness } from './ports.ts';
import type { Ended, RecordBody } from './records.ts';
import { resultOf } from './task-integration.ts';
import type { Timers } from './timers.ts';

/** Step Functions ends an execution whose history has this many events; a machine that runs in circles must end here, too. */
const MAX_RECORDS = 25_000;

export interface RunnerParts {
  definitions: Definitions;
  executions: Executions;
  journal: Journal;
  functions: Functions;
  timers: Timers;
  clock: Clock;
  random: Randomness;
  bindings: Bindings;
  /** Called with what must never happen: a journal that cannot be written, or a fault of the engine itself. */
  onFault(error: unknown): void;
}

/**
 * Moves executions: asks the interpreter what comes next, records it, and does what hangs on it (timers, calls, branches).
 * Nothing moves before `run`, so that handlers can be registered first; what happens until then is recorded all the same.
 */
export class Runner {
  readonly #parts: RunnerParts;
  #state: 'waiting' | 'running' | 'closed' = 'waiting';

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Takes up every execution where the journal left it. */
  run(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'running';
    for (const execution of this.#parts.executions.all) {
      if (execution.running === undefined) continue;
      this.#limit(execution);
      for (const thread of this.#leaves(execution.running.root)) this.#drive(thread);
    }
  }

  close(): void {
    this.#state = 'closed';
  }

  start({ machine, version }: Published, name: string, input: string): Execution {
    const state = machine.flow.startAt;
    const type = machine.flow.states.get(state)?.type;
    if (type === undefined) throw new Error(`state machine "${machine.name}" has no state to start with`);
    const { executions, journal } = this.#parts;
    const at = this.#now();
    const number = executions.all.length;
    const record = {
      kind: 'started',
      machine: machine.name,
      version,
      name,
      input,
      state,
      type,
      at,
      execution: number,
    } as const;
    executions.apply(record);
    const execution = executions.all[number] as Execution;
    journal.append(execution, record);
    if (this.#state === 'running') this.#limit(execution);
    if (execution.running !== undefined) this.#drive(execution.running.root);
    return execution;
  }

  end(execution: Execution, end: Omit<Ended, 'kind'>): void {
    this.#record(execution, undefined, { kind: 'ended', ...end });
  }

  /** Ends the work of the state that `thread` is in: a task from outside or by its handler, a fork by its last branch. */
  finishTask(thread: Thread, result: string): void {
    try {
      this.#go(thread, { kind: 'finished', result: withinPayloadLimit(result, "The task's result") });
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      this.failTask(thread, error.error, error.message);
    }
  }

  failTask(thread: Thread, error: string, cause?: string): void {
    this.#go(thread, { kind: 'failed', error, ...(cause !== undefined && { cause }) });
  }

  heartbeat(thread: Thread): void {
    this.#record(thread.execution, thread, { kind: 'heartbeat' });
    const { phase } = thread;
    if (this.#state !== 'running') return;
    if (phase.kind === 'submitted') this.#watch(thread, phase);
    if (phase.kind === 'scheduled' && phase.called !== undefined) this.#watch(thread, phase.called);
  }

  #now(): number {
    return this.#parts.clock.now().getTime();
  }

  #record(execution: Execution, thread: Thread | undefined, body: RecordBody): void {
    const path = thread === undefined || thread.path === '' ? undefined : thread.path;
    this.#recordAt(execution, path, body);
  }

  #recordAt(execution: Execution, path: string | undefined, body: RecordBody): void {
    const record = {
      ...body,
      at: this.#now(),
      execution: execution.number,
      ...(path !== undefined && { thread: path }),
    };
    this.#parts.executions.apply(record);
    this.#parts.journal.append(execution, record);
  }

  /** Records what happened to a thread, and drives on. */
  #go(thread: Thread, body: RecordBody): void {
    this.#record(thread.execution, thread, body);
    this.#drive(thread);
  }

  /** Steps a thread until it has to wait. Whatever overtakes it meanwhile changes its phase, and then this ends. */
  #drive(thread: Thread): void {
    this.#steps(thread).catch((error: unknown) => this.#parts.onFault(error));
  }

  async #steps(thread: Thread): Promise<void> {
    const { definitions, bindings, random } = this.#parts;
    while (this.#state === 'running') {
      const { phase, execution } = thread;
      if (phase.kind === 'gone') return;

      const machine = definitions.of(execution);
      if (machine === undefined) return this.#lost(execution);
      const step = await nextStep(thread, { machine, functions: bindings, random, now: this.#now() });
      if (thread.phase !== phase || this.#state !== 'running') return;
      if (step === undefined) return this.#rest(thread);
      if (execution.records >= MAX_RECORDS) return this.#exhausted(execution);
      const goesOn = this.#take(thread, step);
      if (!goesOn) return;
    }
  }

  /** Records a step. @returns whether the same thread goes on */
  #take(thread: Thread, step: Step): boolean {
    if (step.kind === 'uncaught') {
      this.#failUpwards(thread, step);
      return false;
    }
    this.#record(thread.execution, thread, step);
    if (step.kind === 'exited' && thread.parent !== undefined) this.#join(thread.parent);
    return step.kind !== 'exited' && step.kind !== 'ended';
  }

  #failUpwards(thread: Thread, { error, cause }: Uncaught): void {
    const why = { error, ...(cause !== undefined && { cause }) };
    if (thread.parent === undefined) this.end(thread.execution, { status: 'FAILED', ...why });
    else this.#go(thread.parent, { kind: 'failed', ...why });
  }

  #lost(execution: Execution): void {
    const cause = `The state machine '${execution.machine}' is no longer there.`;
    this.end(execution, { status: 'FAILED', error: ERRORS.runtime, cause });
  }

  #exhausted(execution: Execution): void {
    const cause = `The execution reached the maximum number of history events (${MAX_RECORDS}).`;
    this.end(execution, { status: 'FAILED', error: ERRORS.runtime, cause });
  }

  /** Sees to it that something will wake a thread that cannot go on by itself. */
  #rest(thread: Thread): void {
    const { phase } = thread;
    switch (phase.kind) {
      case 'waiting':
        this.#wake(thread, phase.until, () => this.#go(thread, { kind: 'finished' }));
        return;
      case 'retrying':
        this.#wake(thread, phase.until, () => {
          // Not recorded: after a restart the time to try again has simply come.
          thread.phase = { kind: 'entered' };
          this.#drive(thread);
        });
        return;
      case 'scheduled':
        this.#call(thread, phase);
        return;
      case 'submitted':
        this.#watch(thread, phase);
        return;
      case 'forked':
        this.#join(thread);
    }
  }

  #wake(thread: Thread, dueMs: number, then: () => void): void {
    thread.timer?.cancel();
    thread.timer = this.#parts.timers.at(dueMs, then);
  }

  /** A task's timeout, or its heartbeat's, whichever comes first. */
  #watch(thread: Thread, task: Deadlines): void {
    const never = Number.POSITIVE_INFINITY;
    const timeoutAt = task.timeoutAt ?? never;
    const silentAt = task.heartbeatSeconds === undefined ? never : task.heartbeatAt + task.heartbeatSeconds * 1000;
    const dueMs = Math.min(timeoutAt, silentAt);
    if (dueMs === never) return;
    const error = timeoutAt <= silentAt ? ERRORS.timeout : ERRORS.heartbeatTimeout;
    this.#wake(thread, dueMs, () => this.failTask(thread, error));
  }

  #limit(execution: Execution): void {
    const timeout = this.#parts.definitions.of(execution)?.timeoutSeconds;
    if (timeout === undefined || execution.running === undefined) return;
    const expire = () => this.end(execution, { status: 'TIMED_OUT', error: ERRORS.timeout });
    execution.running.timer = this.#parts.timers.at(execution.startedAt + timeout * 1000, expire);
  }

  /** Calls the function of a task, once the journal has the task and there is room. */
  #call(thread: Thread, phase: ScheduledPhase): void {
    const { journal, functions } = this.#parts;
    const overtaken = () => thread.phase !== phase || this.#state !== 'running';
    const job = async () => {
      if (overtaken()) return;
      const { timeoutAt } = this.#begin(thread, phase);
      const outcome = await functions.invoke(phase.functionName, phase.payload, timeoutAt);
      // The token may have been answered, or the time may be up, while the function still ran: then that counts.
      if (overtaken()) return;
      if ('error' in outcome) this.failTask(thread, outcome.error, outcome.cause);
      else if (phase.token !== undefined)
        this.#go(thread, { kind: 'submitted', ...(timeoutAt !== undefined && { timeoutAt }) });
      else this.finishTask(thread, resultOf(phase.direct, outcome.payload));
    };
    const guarded = () => job().catch((error: unknown) => this.#parts.onFault(error));
    journal.flushed().then(
      () => functions.enqueue(guarded),
      (error: unknown) => this.#parts.onFault(error),
    );
  }

  /** The time of a task begins to run when its function is called. */
  #begin(thread: Thread, phase: ScheduledPhase): Deadlines {
    const now = this.#now();
    const { timeoutSeconds, heartbeatSeconds } = phase;
    const timeoutAt = timeoutSeconds === undefined ? undefined : now + timeoutSeconds * 1000;
    phase.called = { timeoutAt, heartbeatSeconds, heartbeatAt: now };
    this.#watch(thread, phase.called);
    return phase.called;
  }

  /** Starts the branches for which there is room; when all have ended, so has the work of their state. */
  #join(thread: Thread): void {
    const { phase } = thread;
    if (phase.kind !== 'forked') return;
    if (phase.unfinished === 0) this.finishTask(thread, `[${phase.results.join(',')}]`);
    else this.#startBranches(thread, phase);
  }

  #startBranches(thread: Thread, phase: Fork): void {
    const machine = this.#parts.definitions.of(thread.execution);
    while (machine !== undefined && phase.next < phase.inputs.length && phase.children.size < phase.concurrency) {
      const index = phase.next;
      const input = phase.inputs[index] as string;
      const start = branchStart(thread, index, machine);
      if ('error' in start) {
        this.failTask(thread, start.error, start.message);
        return;
      }
      this.#recordAt(thread.execution, childPath(thread, index), { kind: 'entered', ...start, input });
      this.#drive(phase.children.get(index) as Thread);
    }
  }

  /** The threads that something can happen to: those without branches, and forks in which branches are yet to start. */
  *#leaves(thread: Thread): Generator<Thread> {
    if (thread.phase.kind === 'forked')
      for (const child of [...thread.phase.children.values()]) yield* this.#leaves(child);
    yield thread;
  }
}

function branchStart(parent: Thread, index: number, machine: Machine) {
  try {
    // Only its place matters for finding the flow: the branch itself does not exist yet.
    const flow = flowOf({ ...parent, parent, index }, machine);
    const type = flow.states.get(flow.startAt)?.type;
    if (type === undefined) throw new StateError(ERRORS.runtime, `There is no state '${flow.startAt}'.`);
    return { state: flow.startAt, type };
  } catch (error) {
    if (error instanceof StateError) return error;
    throw error;
  }
}
