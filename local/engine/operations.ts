import type { z } from 'zod';
import { ApiError } from './api-error.ts';
import type { Definitions, Published } from './definitions.ts';
import { MAX_PAYLOAD_BYTES } from './errors.ts';
import type { Execution, Thread } from './execution.ts';
import type { Executions } from './executions.ts';
import { historyEvents } from './history.ts';
import type { Journal } from './journal.ts';
import { executionArn, isValidName, stateMachineArn } from './names.ts';
import { pageOf } from './paging.ts';
import type { Randomness } from './ports.ts';
import * as requests from './requests.ts';
import type { Runner } from './runner.ts';
import { executionOfToken } from './task-token.ts';

export interface OperationParts {
  definitions: Definitions;
  executions: Executions;
  runner: Runner;
  journal: Journal;
  random: Randomness;
  createdAt: number;
}

interface Operation {
  readonly request: z.ZodType;
  answer(request: unknown): Promise<object>;
}

/** Step Functions' API by operation name, as far as the engine has it. Answers throw ApiError with the service's names. */
export function operations(parts: OperationParts): Record<string, Operation> {
  const { definitions, executions, runner, journal, random } = parts;

  const publishedAs = (arn: string): Published => {
    const published = definitions.named(arn);
    if (published !== undefined) return published;
    throw new ApiError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  };
  const executionOf = (arn: string): Execution => {
    const [, , , , , , machine = '', name = ''] = arn.split(':');
    const execution = executions.named(machine, name);
    if (execution !== undefined && arnOf(execution) === arn) return execution;
    throw new ApiError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  };
  const threadOf = (token: string): Thread => {
    const thread = executions.waitingFor(token);
    if (thread !== undefined) return thread;
    const number = executionOfToken(token);
    if (number === undefined) throw new ApiError('InvalidToken', `Invalid Token: '${token}'`);
    if (executions.all[number] === undefined) throw new ApiError('TaskDoesNotExist', 'Task Does Not Exist');
    throw new ApiError('TaskTimedOut', 'Task Timed Out: the task has ended or its time is up');
  };

  return {
    StartExecution: operation(
      requests.StartExecution,
      async ({ stateMachineArn, name = random.uuid(), input = '{}' }) => {
        const published = publishedAs(stateMachineArn);
        if (!isValidName(name)) throw new ApiError('InvalidName', `Invalid Name: '${name}'`);
        checkJson(input, 'InvalidExecutionInput', 'Invalid State Machine Execution Input');
        const known = executions.named(published.machine.name, name);
        if (known !== undefined && known.running?.input !== input) {
          throw new ApiError('ExecutionAlreadyExists', `Execution Already Exists: '${arnOf(known)}'`);
        }
        const execution = known ?? runner.start(published, name, input);
        return { executionArn: arnOf(execution), startDate: execution.startedAt / 1000 };
      },
    ),

    DescribeExecution: operation(requests.DescribeExecution, async (request) => {
      const execution = executionOf(request.executionArn);
      return { ...summary(execution), ...(await payloads(execution, journal)), redriveCount: 0 };
    }),

    ListExecutions: operation(requests.ListExecutions, async (request) => {
      const { machine, version } = publishedAs(request.stateMachineArn);
      const ofVersion = request.stateMachineArn === `${machine.arn}:${version}` ? version : undefined;
      const wanted = { machine: machine.name, version: ofVersion, status: request.statusFilter };
      const page = pageOf(newestFirst(executions.all, wanted), request);
      return { executions: page.items.map(summary), ...next(page) };
    }),

    StopExecution: operation(requests.StopExecution, async ({ executionArn, error, cause }) => {
      const execution = executionOf(executionArn);
      const why = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
      if (execution.running !== undefined) runner.end(execution, { status: 'ABORTED', ...why });
      return { stopDate: (execution.endedAt ?? 0) / 1000 };
    }),

    GetExecutionHistory: operation(requests.GetExecutionHistory, async (request) => {
      const records = await journal.history(executionOf(request.executionArn));
      const events = historyEvents(records, request.includeExecutionData ?? true);
      const page = pageOf(request.reverseOrder ? events.reverse() : events, request);
      return { events: page.items, ...next(page) };
    }),

    DescribeStateMachine: operation(requests.DescribeStateMachine, async (request) => {
      const { arn, name, definition, roleArn } = publishedAs(request.stateMachineArn).machine;
      const dates = { creationDate: parts.createdAt / 1000 };
      return { stateMachineArn: arn, name, status: 'ACTIVE', definition, roleArn, type: 'STANDARD', ...dates };
    }),

    DescribeStateMachineForExecution: operation(requests.DescribeExecution, async (request) => {
      const execution = executionOf(request.executionArn);
      // Of executions that have ended, compaction keeps which version it was, and not what was in it.
      const isKept = executions.definitionOf(execution.machine, execution.version ?? 0) !== undefined;
      const machine = isKept ? definitions.of(execution) : undefined;
      if (machine === undefined) throw new ApiError('StateMachineDoesNotExist', 'State Machine Does Not Exist');
      const { arn, name, definition, roleArn } = machine;
      return { stateMachineArn: arn, name, definition, roleArn, updateDate: parts.createdAt / 1000 };
    }),

    ListStateMachines: operation(requests.ListStateMachines, async (request) => {
      const page = pageOf(definitions.all(), request);
      const creationDate = parts.createdAt / 1000;
      const stateMachines = page.items.map(({ machine: { arn, name } }) => ({
        stateMachineArn: arn,
        name,
        type: 'STANDARD',
        creationDate,
      }));
      return { stateMachines, ...next(page) };
    }),

    SendTaskSuccess: operation(requests.SendTaskSuccess, async ({ taskToken, output }) => {
      checkJson(output, 'InvalidOutput', 'Invalid Output');
      runner.finishTask(threadOf(taskToken), output);
      return {};
    }),

    SendTaskFailure: operation(requests.SendTaskFailure, async ({ taskToken, error = '', cause }) => {
      runner.failTask(threadOf(taskToken), error, cause);
      return {};
    }),

    SendTaskHeartbeat: operation(requests.SendTaskHeartbeat, async ({ taskToken }) => {
      runner.heartbeat(threadOf(taskToken));
      return {};
    }),
  };
}

/** Performs an operation on a request as it came. @throws ApiError */
export type Perform = (name: string, request: unknown) => Promise<object>;

/** An answer, of whatever operation, is given only when the journal has everything that it may tell of. */
export function performer(operations: Record<string, Operation>, journal: Journal): Perform {
  return async (name, request) => {
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (operation === undefined) {
      throw new ApiError('UnknownOperationException', `the local engine has no operation "${name}"`);
    }
    const parsed = operation.request.safeParse(request);
    if (!parsed.success) {
      const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
      throw new ApiError('ValidationException', faults.join('; '));
    }
    const answer = await operation.answer(parsed.data);
    await journal.flushed();
    return answer;
  };
}

function operation<Schema extends z.ZodType>(
  request: Schema,
  answer: (request: z.infer<Schema>) => Promise<object>,
): Operation {
  return { request, answer: (parsed) => answer(parsed as z.infer<Schema>) };
}

const next = (page: { nextToken?: string }) => (page.nextToken === undefined ? {} : { nextToken: page.nextToken });
const arnOf = (execution: Execution): string => executionArn(execution.machine, execution.name);

const summary = (execution: Execution) => ({
  executionArn: arnOf(execution),
  stateMachineArn: stateMachineArn(execution.machine),
  ...(execution.version !== undefined && {
    stateMachineVersionArn: `${stateMachineArn(execution.machine)}:${execution.version}`,
  }),
  name: execution.name,
  status: execution.status,
  startDate: execution.startedAt / 1000,
  ...(execution.endedAt !== undefined && { stopDate: execution.endedAt / 1000 }),
});

/** Input and what came of it, as far as they are still kept; `included: false` says that they are not. */
async function payloads(execution: Execution, journal: Journal): Promise<object> {
  if (execution.running !== undefined) return { input: execution.running.input, inputDetails: { included: true } };
  const ends = await journal.ends(execution);
  if (ends?.first.kind !== 'started' || ends.last.kind !== 'ended') return { inputDetails: { included: false } };
  const { output, error, cause } = ends.last;
  return {
    input: ends.first.input,
    inputDetails: { included: true },
    ...(output !== undefined && { output, outputDetails: { included: true } }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
  };
}

interface Wanted {
  readonly machine: string;
  readonly version: number | undefined;
  readonly status: string | undefined;
}

function* newestFirst(all: readonly Execution[], { machine, version, status }: Wanted): Generator<Execution> {
  for (let place = all.length - 1; place >= 0; place -= 1) {
    const execution = all[place] as Execution;
    const isWanted =
      execution.machine === machine &&
      (version === undefined || execution.version === version) &&
      (status === undefined || execution.status === status);
    if (isWanted) yield execution;
  }
}

function checkJson(json: string, error: string, what: string): void {
  if (Buffer.byteLength(json) > MAX_PAYLOAD_BYTES) {
    throw new ApiError(error, `${what}: larger than ${MAX_PAYLOAD_BYTES} bytes`);
  }
  try {
    JSON.parse(json);
  } catch (fault) {
    throw new ApiError(error, `${what}: not JSON: ${(fault as Error).message}`);
  }
}
