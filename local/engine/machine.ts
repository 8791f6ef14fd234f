import { type Flow as AslFlow, type AslState, InvalidDefinition, parseDefinition, type Retrier } from './asl.ts';
import { checkFlow } from './check-flow.ts';
import { compileTemplate, type Json, type Template } from './expressions.ts';
import { stateMachineArn } from './names.ts';
import { type Integration, taskIntegration } from './task-integration.ts';

/** A state machine as it is given to the engine. */
export interface StateMachineSource {
  name: string;
  /** Amazon States Language with `${Token}` where a substitution goes, as CDK and CloudFormation write it. */
  definition: string;
  /** One value for each token in the definition: none missing, none left over. */
  substitutions?: Record<string, string>;
  roleArn?: string;
  /** A name for the newest version, as `ARN:alias`. */
  alias?: string;
}

/** A state machine ready to run. */
export interface Machine {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly alias: string | undefined;
  readonly definition: string;
  readonly flow: Flow;
  readonly timeoutSeconds: number | undefined;
}

export interface Flow {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

/** What a state, a choice rule or a catcher does on the way out. `next` is undefined where the flow ends. */
export interface Exit {
  readonly assign: Template | undefined;
  readonly output: Template | undefined;
  readonly next: string | undefined;
}

export interface Catcher extends Exit {
  readonly errors: readonly string[];
}

interface Fallible {
  readonly retry: readonly Retrier[];
  readonly catch: readonly Catcher[];
}

export type TaskState = Exit &
  Fallible & {
    readonly type: 'Task';
    readonly integration: Integration;
    readonly arguments: Template | undefined;
    readonly timeoutSeconds: Template | undefined;
    readonly heartbeatSeconds: Template | undefined;
  };

interface ChoiceRule extends Exit {
  readonly condition: Template;
}

export type State =
  | TaskState
  | (Exit & { readonly type: 'Pass' })
  | (Exit & { readonly type: 'Succeed' })
  | { readonly type: 'Fail'; readonly error: Template | undefined; readonly cause: Template | undefined }
  | (Exit & { readonly type: 'Wait'; readonly seconds: Template | undefined; readonly timestamp: Template | undefined })
  | (Exit & { readonly type: 'Choice'; readonly rules: readonly ChoiceRule[] })
  | (Exit &
      Fallible & {
        readonly type: 'Parallel';
        readonly arguments: Template | undefined;
        readonly branches: readonly Flow[];
      })
  | (Exit &
      Fallible & {
        readonly type: 'Map';
        readonly items: Template | undefined;
        readonly itemSelector: Template | undefined;
        readonly maxConcurrency: Template;
        readonly processor: Flow;
      });

/**
 * Substitutes the tokens, parses, checks and compiles a machine.
 * @throws InvalidDefinition naming the machine and everything that is wrong
 */
export function loadMachine(source: StateMachineSource): Machine {
  try {
    const definition = substitute(source.definition, source.substitutions ?? {});
    const parsed = parseDefinition(definition);
    checkFlow(parsed);
    return {
      name: source.name,
      arn: stateMachineArn(source.name),
      roleArn: source.roleArn ?? 'arn:aws:iam::000000000000:role/local',
      alias: source.alias,
      definition,
      flow: compileFlow(parsed),
      timeoutSeconds: parsed.TimeoutSeconds,
    };
  } catch (error) {
    if (error instanceof InvalidDefinition) error.message = `state machine "${source.name}": ${error.message}`;
    throw error;
  }
}

function substitute(definition: string, substitutions: Record<string, string>): string {
  const unused = new Set(Object.keys(substitutions));
  const result = definition.replace(/\$\{(\w+)\}/g, (token, name: string) => {
    const value = substitutions[name];
    if (value === undefined) throw new InvalidDefinition(`no substitution is given for ${token}`);
    unused.delete(name);
    return JSON.stringify(value).slice(1, -1);
  });
  if (unused.size > 0) throw new InvalidDefinition(`nothing uses the substitution of ${[...unused].join(', ')}`);
  return result;
}

function compileFlow(flow: AslFlow): Flow {
  const states = Object.entries(flow.States).map(([name, state]) => [name, compileState(name, state)] as const);
  return { startAt: flow.StartAt, states: new Map(states) };
}

const template = (value: Json | undefined, field: string) =>
  value === undefined ? undefined : compileTemplate(value, field);

interface AslExit {
  Assign?: Record<string, Json> | undefined;
  Output?: Json | undefined;
  Next?: string | undefined;
}

const exit = (state: AslExit, where: string): Exit => ({
  assign: template(state.Assign, `${where}.Assign`),
  output: template(state.Output, `${where}.Output`),
  next: state.Next,
});

const fallible = (state: Extract<AslState, { Retry: Retrier[] }>, where: string): Fallible => ({
  retry: state.Retry,
  catch: state.Catch.map((catcher, index) => ({
    ...exit(catcher, `${where}.Catch[${index}]`),
    errors: catcher.ErrorEquals,
  })),
});

function compileState(name: string, state: AslState): State {
  const part = (value: Json | undefined, field: string) => template(value, `${name}.${field}`);
  switch (state.Type) {
    case 'Task':
      return {
        type: 'Task',
        ...exit(state, name),
        ...fallible(state, name),
        integration: taskIntegration(name, state),
        arguments: part(state.Arguments, 'Arguments'),
        timeoutSeconds: part(state.TimeoutSeconds, 'TimeoutSeconds'),
        heartbeatSeconds: part(state.HeartbeatSeconds, 'HeartbeatSeconds'),
      };
    case 'Pass':
      return { type: 'Pass', ...exit(state, name) };
    case 'Succeed':
      return { type: 'Succeed', ...exit(state, name) };
    case 'Fail':
      return { type: 'Fail', error: part(state.Error, 'Error'), cause: part(state.Cause, 'Cause') };
    case 'Wait':
      return {
        type: 'Wait',
        ...exit(state, name),
        seconds: part(state.Seconds, 'Seconds'),
        timestamp: part(state.Timestamp, 'Timestamp'),
      };
    case 'Choice':
      return {
        type: 'Choice',
        ...exit({ ...state, Next: state.Default }, name),
        rules: state.Choices.map((rule, index) => ({
          ...exit(rule, `${name}.Choices[${index}]`),
          condition: compileTemplate(rule.Condition, `${name}.Choices[${index}].Condition`),
        })),
      };
    case 'Parallel':
      return {
        type: 'Parallel',
        ...exit(state, name),
        ...fallible(state, name),
        arguments: part(state.Arguments, 'Arguments'),
        branches: state.Branches.map(compileFlow),
      };
    case 'Map':
      return {
        type: 'Map',
        ...exit(state, name),
        ...fallible(state, name),
        items: part(state.Items, 'Items'),
        itemSelector: part(state.ItemSelector, 'ItemSelector'),
        maxConcurrency: compileTemplate(state.MaxConcurrency, `${name}.MaxConcurrency`),
        processor: compileFlow(state.ItemProcessor),
      };
  }
}
