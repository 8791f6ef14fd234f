import { MAX_SECONDS } from './asl.ts';
import { ERRORS, MAX_CAUSE_LENGTH, StateError, withinPayloadLimit } from './errors.ts';
import type { Phase, Thread } from './execution.ts';
import type { Bindings, Template } from './expressions.ts';
import type { Exit, Flow, Machine, State, TaskState } from './machine.ts';
import type { Randomness } from './ports.ts';
import type { EndStatus, RecordBody } from './records.ts';
import { answerToFailure } from './retry.ts';
import { bindingsOf } from './scope.ts';
import { callOf } from './task-integration.ts';
import { newTaskToken } from './task-token.ts';

export interface Interpreter {
  readonly machine: Machine;
  readonly functions: Bindings;
  readonly random: Randomness;
  readonly now: number;
}

/** A state failed and nothing caught it: the branch's Parallel or Map fails, or else the execution. */
export interface Uncaught {
  readonly kind: 'uncaught';
  readonly error: string;
  readonly cause?: string;
}

export type Step = RecordBody | Uncaught;

/**
 * What happens next to a thread, from its phase alone: no clock, no input or output. Undefined while the thread waits
 * for something from outside.
 */
export async function nextStep(thread: Thread, world: Interpreter): Promise<Step | undefined> {
  try {
    const { phase } = thread;
    if (phase.kind === 'entered') return await enter(thread, stateOf(thread, world.machine), world);
    if (phase.kind === 'finished') return await leave(thread, phase.result, world);
    if (phase.kind === 'failed') return await recover(thread, phase, world);
    return undefined;
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    const failure = { error: error.error, cause: error.message };
    // A failure inside the answer to a failure is final; otherwise two catchers could pass it back and forth forever.
    return { kind: thread.phase.kind === 'failed' ? 'uncaught' : 'failed', ...failure };
  }
}

/** The flow that a thread moves in. @throws StateError when a changed definition no longer has it */
export function flowOf(thread: Thread, machine: Machine): Flow {
  if (thread.parent === undefined) return machine.flow;
  const around = stateOf(thread.parent, machine);
  const flow =
    around.type === 'Parallel' ? around.branches[thread.index] : around.type === 'Map' ? around.processor : undefined;
  return flow ?? gone(thread.parent.state);
}

/** The state that a thread is in. @throws StateError when a changed definition no longer has it */
function stateOf(thread: Thread, machine: Machine): State {
  const state = flowOf(thread, machine).states.get(thread.state);
  return state?.type === thread.type ? state : gone(thread.state);
}

function gone(state: string): never {
  throw new StateError(ERRORS.runtime, `The definition has changed and no longer has the state '${state}'.`);
}

async function enter(thread: Thread, state: State, world: Interpreter): Promise<Step> {
  switch (state.type) {
    case 'Pass':
    case 'Succeed':
      return go(thread, state, {}, thread.input, world);
    case 'Fail': {
      const bindings = bindingsOf(thread, world);
      const error = await text(state.error, bindings, 'Error');
      const cause = await text(state.cause, bindings, 'Cause');
      return { kind: 'uncaught', error: error ?? '', ...(cause !== undefined && { cause }) };
    }
    case 'Wait':
      return { kind: 'waiting', until: await waitUntil(thread, state, world) };
    case 'Choice':
      return choose(thread, state, world);
    case 'Task':
      return schedule(thread, state, world);
    case 'Parallel': {
      const input = await evaluated(state.arguments, thread.input, bindingsOf(thread, world), 'The Arguments');
      return { kind: 'forked', inputs: state.branches.map(() => input), concurrency: state.branches.length };
    }
    case 'Map':
      return fork(thread, state, world);
  }
}

async function choose(thread: Thread, state: Extract<State, { type: 'Choice' }>, world: Interpreter): Promise<Step> {
  const bindings = bindingsOf(thread, world);
  for (const rule of state.rules) {
    const answer = await rule.condition.evaluate(bindings);
    if (typeof answer !== 'boolean') {
      throw new StateError(ERRORS.queryEvaluation, `A Condition of '${thread.state}' is neither true nor false.`);
    }
    if (answer) return go(thread, rule, {}, thread.input, world);
  }
  // Assign and Output of the state itself belong to its Default.
  if (state.next !== undefined) return go(thread, state, {}, thread.input, world);
  throw new StateError(ERRORS.noChoiceMatched, `No rule of '${thread.state}' matched, and it has no Default.`);
}

async function schedule(thread: Thread, state: TaskState, world: Interpreter): Promise<Step> {
  const token = state.integration.kind === 'callback' ? newTaskToken(thread.execution.number, world.random) : undefined;
  const bindings = bindingsOf(thread, world, token === undefined ? {} : { token });
  const timeoutSeconds = await seconds(state.timeoutSeconds, 1, bindings, 'TimeoutSeconds');
  const heartbeatSeconds = await seconds(state.heartbeatSeconds, 1, bindings, 'HeartbeatSeconds');
  const args = state.arguments === undefined ? JSON.parse(thread.input) : await state.arguments.evaluate(bindings);
  const call = callOf(state.integration, args);
  return {
    kind: 'scheduled',
    functionName: call.functionName,
    payload: withinPayloadLimit(call.payload, 'The payload'),
    ...(state.integration.kind === 'direct' && { direct: true }),
    ...(token !== undefined && { token }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    ...(heartbeatSeconds !== undefined && { heartbeatSeconds }),
  };
}

async function fork(thread: Thread, state: Extract<State, { type: 'Map' }>, world: Interpreter): Promise<Step> {
  const bindings = bindingsOf(thread, world);
  const items: unknown = state.items === undefined ? JSON.parse(thread.input) : await state.items.evaluate(bindings);
  if (!Array.isArray(items))
    throw new StateError(ERRORS.queryEvaluation, `Items of '${thread.state}' is not an array.`);
  const concurrency = await wholeNumber(state.maxConcurrency, 0, bindings, 'MaxConcurrency');
  const values = items.map((item) => JSON.stringify(item));
  const inputs: string[] = [];
  for (const [index, value] of values.entries()) {
    const own = bindingsOf(thread, world, { item: { index, value } });
    inputs.push(await evaluated(state.itemSelector, value, own, 'An item of the Map'));
  }
  return {
    kind: 'forked',
    inputs,
    ...(state.itemSelector !== undefined && { values }),
    concurrency: concurrency === 0 ? inputs.length : concurrency,
  };
}

async function leave(thread: Thread, result: string | undefined, world: Interpreter): Promise<Step> {
  const state = stateOf(thread, world.machine);
  if (state.type === 'Fail') return gone(thread.state);
  return go(thread, state, result === undefined ? {} : { result }, result ?? thread.input, world);
}

async function recover(thread: Thread, failure: Extract<Phase, { kind: 'failed' }>, world: Interpreter): Promise<Step> {
  const state = stateOf(thread, world.machine);
  const answer = 'retry' in state ? answerToFailure(state, thread, failure.error, world) : undefined;
  const { error, cause } = failure;
  if (answer === undefined) return { kind: 'uncaught', error, ...(cause !== undefined && { cause }) };
  if ('retrier' in answer) return { kind: 'retrying', ...answer };
  const errorOutput = JSON.stringify({ Error: error, Cause: cause ?? '' });
  return go(thread, answer.catcher, { errorOutput }, errorOutput, world);
}

/** Assigns, makes the output, and goes where `exit` leads. Assign and Output both see the variables as they were. */
async function go(
  thread: Thread,
  exit: Exit,
  seen: { result?: string; errorOutput?: string },
  standard: string,
  world: Interpreter,
): Promise<Step> {
  const bindings = exit.assign === undefined && exit.output === undefined ? {} : bindingsOf(thread, world, seen);
  const output = await evaluated(exit.output, standard, bindings, "The state's output");
  const variables = exit.assign === undefined ? undefined : await assign(thread, exit.assign, bindings);
  if (exit.next !== undefined) {
    const next = flowOf(thread, world.machine).states.get(exit.next) ?? gone(exit.next);
    const { type } = next;
    return { kind: 'entered', state: exit.next, type, input: output, ...(variables !== undefined && { variables }) };
  }
  if (thread.parent !== undefined) return { kind: 'exited', output };
  return { kind: 'ended', status: 'SUCCEEDED' satisfies EndStatus, output };
}

async function assign(thread: Thread, template: Template, bindings: Bindings): Promise<string> {
  const assigned = await template.evaluate(bindings);
  withinPayloadLimit(JSON.stringify(assigned), 'The variables assigned');
  return JSON.stringify({ ...JSON.parse(thread.variables), ...(assigned as object) });
}

async function evaluated(template: Template | undefined, standard: string, bindings: Bindings, what: string) {
  if (template === undefined) return withinPayloadLimit(standard, what);
  return withinPayloadLimit(JSON.stringify(await template.evaluate(bindings)), what);
}

async function text(template: Template | undefined, bindings: Bindings, field: string): Promise<string | undefined> {
  if (template === undefined) return undefined;
  const value = await template.evaluate(bindings);
  if (typeof value === 'string') return value.slice(0, MAX_CAUSE_LENGTH);
  throw new StateError(ERRORS.queryEvaluation, `${field} did not evaluate to a string.`);
}

async function seconds(template: Template | undefined, least: number, bindings: Bindings, field: string) {
  return template === undefined ? undefined : wholeNumber(template, least, bindings, field);
}

async function wholeNumber(template: Template, least: number, bindings: Bindings, field: string): Promise<number> {
  const value = await template.evaluate(bindings);
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= MAX_SECONDS) return value as number;
  throw new StateError(
    ERRORS.queryEvaluation,
    `${field} evaluated to ${JSON.stringify(value)}, which is not a whole number from ${least} to ${MAX_SECONDS}.`,
  );
}

async function waitUntil(thread: Thread, state: Extract<State, { type: 'Wait' }>, world: Interpreter): Promise<number> {
  const bindings = bindingsOf(thread, world);
  const delay = await seconds(state.seconds, 0, bindings, 'Seconds');
  if (delay !== undefined) return thread.enteredAt + delay * 1000;
  const timestamp = (await text(state.timestamp, bindings, 'Timestamp')) ?? '';
  const until = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(timestamp) ? Date.parse(timestamp) : Number.NaN;
  if (!Number.isNaN(until)) return until;
  throw new StateError(ERRORS.queryEvaluation, `Timestamp evaluated to '${timestamp}', which is not an ISO 8601 time.`);
}
