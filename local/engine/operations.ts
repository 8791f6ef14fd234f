import type { z } from 'zod';
import { ApiError } from './api-error.ts';
import { MAX_PAYLOAD_BYTES } from './errors.ts';
import type { Execution, Thread } from './execution.ts';
import type { Executions } from './executions.ts';
import { historyEvents } from './history.ts';
import type { Journal } from './journal.ts';
import type { Machine } from './machine.ts';
import { executionArn, isValidName, stateMachineArn } from './names.ts';
import { pageOf } from './paging.ts';
import type { Randomness } from './ports.ts';
import * as requests from './requests.ts';
import type { Runner } from './runner.ts';
import { executionOfToken } from './task-token.ts';

export interface OperationParts {
  machines: ReadonlyMap<string, Machine>;
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
  const { machines, executions, runner, journal, random } = parts;

  const machineOf = (arn: string): Machine => {
    for (const machine of machines.values()) if (machine.arn === arn) return machine;
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
        const machine = machineOf(stateMachineArn);
        if (!isValidName(name)) throw new ApiError('InvalidName', `Invalid Name: '${name}'`);
        checkJson(input, 'InvalidExecutionInput', 'Invalid State Machine Execution Input');
        const known = executions.named(machine.name, name);
        if (known !== undefined && known.running?.input !== input) {
          throw new ApiError('ExecutionAlreadyExists', `Execution Already Exists: '${arnOf(known)}'`);
        }
        const execution = known ?? runner.start(machine, name, input);
        return { executionArn: arnOf(execution), startDate: execution.startedAt / 1000 };
      },
    ),

    DescribeExecution: operation(requests.DescribeExecution, async (request) => {
      const execution = executionOf(request.executionArn);
      return { ...summary(execution), ...(await payloads(execution, journal)), redriveCount: 0 };
    }),

    ListExecutions: operation(requests.ListExecutions, async (request) => {
      const machine = machineOf(request.stateMachineArn);
      const page = pageOf(newestFirst(executions.all, machine.name, request.statusFilter), request);
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
      const { arn, name, definition, roleArn } = machineOf(request.stateMachineArn);
      const dates = { creationDate: parts.createdAt / 1000 };
      return { stateMachineArn: arn, name, status: 'ACTIVE', definition, roleArn, type: 'STANDARD', ...dates };
    }),

    ListStateMachines: operation(requests.ListStateMachines, async (request) => {
      const page = pageOf(machines.values(), request);
      const creationDate = parts.createdAt / 1000;
      const stateMachines = page.items.map(({ arn, name }) => ({
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

function* newestFirst(all: readonly Execution[], machine: string, status: string | undefined): Generator<Execution> {
  for (let place = all.length - 1; place >= 0; place -= 1) {
    const execution = all[place] as Execution;
    if (execution.machine === machine && (status === undefined || execution.status === status)) yield execution;
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
