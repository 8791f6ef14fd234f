import {
  ExecutionAlreadyExists,
  type ExecutionStatus,
  InvalidToken,
  ListExecutionsCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';

/** As many as Step Functions lists at once. */
const EXECUTIONS_PER_PAGE = 1000;
/** Ends that no shipment comes to by the definition. */
const DEAD: readonly ExecutionStatus[] = ['ABORTED', 'TIMED_OUT', 'FAILED'];

/** Step Functions takes causes up to this many characters. */
const MAX_CAUSE_LENGTH = 32_768;

/** The state machine that walks shipments. Each call may be repeated: what was done already counts as done. */
export class Workflow {
  readonly #client: SFNClient;
  readonly #stateMachineArn: string;

  constructor(client: SFNClient, stateMachineArn: string) {
    this.#client = client;
    this.#stateMachineArn = stateMachineArn;
  }

  /** Starts an execution unless one of that name is there already; says whether it did. */
  async start(executionName: string, input: object, now: Date): Promise<boolean> {
    try {
      const { startDate } = await this.#client.send(
        new StartExecutionCommand({
          stateMachineArn: this.#stateMachineArn,
          name: executionName,
          input: JSON.stringify(input),
        }),
      );
      // A running execution of the same name and input is answered as if it were new, with the date of its start.
      return startDate !== undefined && startDate.getTime() >= now.getTime() - 1000;
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return false;
      throw error;
    }
  }

  /**
   * Names of executions that were stopped, ran out of time or failed, whatever version of the machine they ran on: the newest thousand of each. Those
   * before them have been looked at long ago.
   */
  async dead(): Promise<ReadonlySet<string>> {
    const stateMachineArn = machineOf(this.#stateMachineArn);
    const pages = await Promise.all(
      DEAD.map((statusFilter) =>
        this.#client.send(
          new ListExecutionsCommand({ stateMachineArn, statusFilter, maxResults: EXECUTIONS_PER_PAGE }),
        ),
      ),
    );
    return new Set(pages.flatMap(({ executions = [] }) => executions.flatMap(({ name }) => name ?? [])));
  }

  /** Completes a waiting task; says whether it still waited. */
  succeed(taskToken: string, output: object): Promise<boolean> {
    return stillWaiting(this.#client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })));
  }

  /** Fails a waiting task with an error that the state machine catches by name; says whether it still waited. */
  fail(taskToken: string, error: string, cause: string): Promise<boolean> {
    return stillWaiting(
      this.#client.send(new SendTaskFailureCommand({ taskToken, error, cause: cause.slice(0, MAX_CAUSE_LENGTH) })),
    );
  }
}

/** The machine's own ARN, where one of its versions or aliases is given: executions are listed by it whatever they run on. */
export function machineOf(stateMachineArn: string): string {
  return stateMachineArn.split(':').slice(0, 7).join(':');
}

async function stillWaiting(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    // A task that ended, by this token or by its timeout, needs no telling. `InvalidToken` is one of a past deployment.
    if (error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken)
      return false;
    throw error;
  }
}
