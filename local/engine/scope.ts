import type { Thread } from './execution.ts';
import type { Bindings } from './expressions.ts';
import type { Machine } from './machine.ts';
import { executionArn } from './names.ts';

/** What an expression may see besides the thread's own input, variables and context. JSON in strings. */
export interface Seen {
  result?: string;
  errorOutput?: string;
  token?: string;
  item?: { index: number; value: string };
}

/** The names that expressions of a thread's state can use: Step Functions' functions, the variables, and $states. */
export function bindingsOf(
  thread: Thread,
  world: { machine: Machine; functions: Bindings },
  seen: Seen = {},
): Bindings {
  const states = {
    get input() {
      return JSON.parse(thread.input);
    },
    ...(seen.result !== undefined && { result: JSON.parse(seen.result) }),
    ...(seen.errorOutput !== undefined && { errorOutput: JSON.parse(seen.errorOutput) }),
    get context() {
      return contextOf(thread, world.machine, seen);
    },
  };
  return { ...world.functions, ...variablesOf(thread), states };
}

/** A branch sees the variables of the flows around it, too. */
function variablesOf(thread: Thread): Bindings {
  return { ...(thread.parent && variablesOf(thread.parent)), ...JSON.parse(thread.variables) };
}

function contextOf(thread: Thread, machine: Machine, seen: Seen): object {
  const { execution } = thread;
  const item = seen.item ?? itemOf(thread);
  return {
    Execution: {
      Id: executionArn(execution.machine, execution.name),
      get Input() {
        return JSON.parse(execution.running?.input ?? 'null');
      },
      Name: execution.name,
      RoleArn: machine.roleArn,
      StartTime: new Date(execution.startedAt).toISOString(),
    },
    State: {
      EnteredTime: new Date(thread.enteredAt).toISOString(),
      Name: thread.state,
      RetryCount: thread.retryCount,
    },
    StateMachine: { Id: machine.arn, Name: machine.name },
    ...(seen.token !== undefined && { Task: { Token: seen.token } }),
    ...(item !== undefined && { Map: { Item: { Index: item.index, Value: JSON.parse(item.value) } } }),
  };
}

/** The item of the innermost Map around a thread. */
function itemOf(thread: Thread): Seen['item'] {
  const { parent, index } = thread;
  if (parent === undefined) return undefined;
  if (parent.type !== 'Map' || parent.phase.kind !== 'forked') return itemOf(parent);
  const value = (parent.phase.values ?? parent.phase.inputs)[index];
  return value === undefined ? undefined : { index, value };
}
