import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { resumeShipment, shipmentsToSend } from '../../core/orders/resume.ts';
import { documentClient } from '../../core/platform/clients.ts';
import { newSecret, newUuid, systemClock } from '../../core/platform/clock.ts';
import { forEachConcurrently } from '../../core/platform/concurrently.ts';
import { Table } from '../../core/platform/table/table.ts';
import { machineOf, Workflow } from '../../core/platform/workflow.ts';
import { clientConfig } from '../client-config.ts';
import { stateMachineArn } from '../engine/names.ts';
import { ExplainedError } from '../explained-error.ts';
import { formatCount } from '../text.ts';
import { type Command, expectNoMore, UsageError } from './cli.ts';
import { endpointsOf } from './kept-table.ts';
import { STATE_DIRECTORY } from './state.ts';
import { StatusLine } from './status-line.ts';

/** Step Functions lets an account start and stop some hundreds a second; the SDK waits and tries again where it is told to. */
const REQUESTS_AT_ONCE = 8;
const MAX_ATTEMPTS = 10;
const WHY = { error: 'Superseded', cause: 'the table was put back to an earlier moment; another execution goes on' };

const usage = `\
Brings the workflow in line with a table that was put back to an earlier moment
(docs/operations/restore.md): stops all executions that run, and gives every
shipment that is still to be sent another one, which goes on from where the
table says that it is.

  npm run resume -- --yes
  npm run resume -- --table NAME --state-machine ARN --yes

  --table NAME         a table in AWS, with the region and the credentials
                       that the AWS SDK finds
  --state-machine ARN  the workflow that walks its shipments, or its alias
  --state DIR          without a table: the Fillrate that runs with this
                       directory, else ${STATE_DIRECTORY}
  --yes                does it; without it, it only counts
  --help               this text

It can be cut off and repeated.

Exit code: 0 when it was done, or counted; 1 when something is out of reach; 2
for wrong arguments.
`;

const options = {
  table: { type: 'string' },
  'state-machine': { type: 'string' },
  state: { type: 'string', default: STATE_DIRECTORY },
  yes: { type: 'boolean', default: false },
} as const;

interface Connection extends Disposable {
  readonly table: Table;
  readonly executions: SFNClient;
  readonly stateMachine: string;
}

export const resumeCommand: Command<typeof options> = {
  usage,
  options,
  run: async ({ values, positionals }, signal) => {
    expectNoMore(positionals);
    const { table: name, 'state-machine': arn } = values;
    if (name !== undefined && arn === undefined) throw new UsageError('Expected --state-machine with --table.');
    if (name === undefined && arn !== undefined) throw new UsageError('Expected --table with --state-machine.');
    using there = name && arn ? inAws(name, arn) : await here(values.state);
    const line = new StatusLine(process.stderr);
    try {
      const [stopped, resumed] = await resumeAll(there, values.yes, line, signal);
      line.finish();
      const counts = `${formatCount(stopped)} executions, ${formatCount(resumed)} shipments still to be sent`;
      process.stdout.write(
        values.yes ? `Stopped and resumed: ${counts}.\n` : `${counts}. Nothing was done: --yes does it.\n`,
      );
      return 0;
    } catch (cause) {
      signal.throwIfAborted();
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ExplainedError(`Cut off: ${why}. It can be repeated.`, { cause });
    } finally {
      line.finish();
    }
  },
};

async function resumeAll(there: Connection, isToBeDone: boolean, line: StatusLine, signal: AbortSignal) {
  const { table, executions, stateMachine } = there;
  // Read before any is stopped, as the pages of a list that shrinks leave some out.
  const running = await Array.fromAsync(runningExecutions(executions, stateMachine));
  const shipments = await Array.fromAsync(shipmentsToSend({ table }));
  if (!isToBeDone) return [running.length, shipments.length] as const;

  let done = 0;
  const step = (what: string, of: number) => {
    signal.throwIfAborted();
    line.show(`  ${what} ${formatCount(++done)} of ${formatCount(of)}`);
  };
  await forEachConcurrently(running, REQUESTS_AT_ONCE, async (executionArn) => {
    step('stopping', running.length);
    await executions.send(new StopExecutionCommand({ executionArn, ...WHY }));
  });
  done = 0;
  const workflow = new Workflow(executions, stateMachine);
  // Only its rows are changed, so the policy of promises does not matter here.
  const promises = { handlingHours: 0, toleranceHours: 0 };
  const services = { table, now: systemClock, newId: newUuid, newSecret, promises, actor: 'resume' };
  let resumed = 0;
  await forEachConcurrently(shipments, REQUESTS_AT_ONCE, async (shipment) => {
    step('resuming', shipments.length);
    if (await resumeShipment(services, workflow, shipment)) resumed++;
  });
  return [running.length, resumed] as const;
}

async function* runningExecutions(client: SFNClient, stateMachine: string): AsyncGenerator<string> {
  const stateMachineArn = machineOf(stateMachine);
  let nextToken: string | undefined;
  do {
    const page = await client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', nextToken }));
    for (const { executionArn } of page.executions ?? []) if (executionArn) yield executionArn;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

function inAws(name: string, stateMachine: string): Connection {
  return connection(new DynamoDBClient({}), new SFNClient({ maxAttempts: MAX_ATTEMPTS }), name, stateMachine);
}

async function here(stateDirectory: string): Promise<Connection> {
  const { dynamodb, stepFunctions, tableName } = await endpointsOf(stateDirectory);
  const arn = stateMachineArn('order-fulfillment');
  return connection(
    new DynamoDBClient(clientConfig(dynamodb)),
    new SFNClient(clientConfig(stepFunctions)),
    tableName,
    arn,
  );
}

function connection(database: DynamoDBClient, executions: SFNClient, name: string, stateMachine: string): Connection {
  return {
    table: new Table(documentClient(database), name),
    executions,
    stateMachine,
    [Symbol.dispose]() {
      database.destroy();
      executions.destroy();
    },
  };
}
