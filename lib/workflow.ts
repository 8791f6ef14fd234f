import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Validations } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Config } from './config.ts';
import { FillrateFunction } from './fillrate-function.ts';
import { vendedLogs } from './logs.ts';
import type { RowAccess, Storage } from './storage.ts';

const DEFINITION = join(import.meta.dirname, '../statemachines/order-fulfillment.asl.json');

/** The functions that the definition calls: its substitution tokens, the file of each, and what it does to rows. */
const TASKS: Record<string, { readonly file: string; readonly rows: RowAccess }> = {
  ReserveStock: {
    file: 'reserve-stock',
    rows: {
      actions: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
      partitions: ['order', 'sku', 'alert'],
    },
  },
  OpenBackorder: {
    file: 'open-backorder',
    rows: { actions: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'], partitions: ['order', 'sku'] },
  },
  OpenTask: { file: 'open-task', rows: { actions: ['PutItem', 'UpdateItem'], partitions: ['order'] } },
  ReleaseStock: {
    file: 'release-stock',
    rows: { actions: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'], partitions: ['order', 'sku', 'alert'] },
  },
};

/** What happens to a shipment: the state machine and the functions that its states call. */
export class Workflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { config, storage }: { config: Config; storage: Storage }) {
    super(scope, id);
    const tasks = Object.entries(TASKS).map(([name, task]) => ({
      name,
      // Half of what the definition waits for an answer, so that a slow attempt ends before the next one starts.
      lambda: new FillrateFunction(this, name, { config, storage, ...task, timeout: Duration.seconds(60) }),
    }));

    this.stateMachine = new StateMachine(this, 'OrderFulfillment', {
      stateMachineType: StateMachineType.STANDARD,
      // Inlined, so that a change of the workflow shows in `cdk diff`.
      definitionBody: DefinitionBody.fromString(readFileSync(DEFINITION, 'utf8')),
      definitionSubstitutions: Object.fromEntries(tasks.map(({ name, lambda }) => [name, lambda.functionArn])),
      logs: {
        destination: vendedLogs(this, 'Logs', 'states', config),
        level: LogLevel.ERROR,
        includeExecutionData: config.logExecutionData,
      },
      tracingEnabled: true,
      // Orders wait in it for months: a state machine that is replaced must not take them along.
      removalPolicy: config.removalPolicy,
    });
    // Not CDK's grant, which takes in every version of the functions.
    Grant.addToPrincipal({
      grantee: this.stateMachine,
      actions: ['lambda:InvokeFunction'],
      resourceArns: tasks.map(({ lambda }) => lambda.functionArn),
    });
    Validations.of(this.stateMachine).acknowledge(
      {
        id: 'AwsSolutions-SF1',
        reason:
          'What fails is logged. The steps that pass would be most of the log and of its cost, while Step Functions keeps every history for 90 days and the order its timeline.',
      },
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'Traces (X-Ray) and the set-up of log delivery are actions for which AWS knows no resource to name.',
      },
    );
  }

  /** Lets a function start the execution of a shipment that was placed. */
  letStart(lambda: FillrateFunction) {
    lambda.addEnvironment('STATE_MACHINE_ARN', this.stateMachine.stateMachineArn);
    this.stateMachine.grantStartExecution(lambda);
  }

  /** Lets a function tell a waiting execution that its stage is done, or cannot be. */
  letAnswerTasks(lambda: FillrateFunction) {
    this.stateMachine.grant(lambda, 'states:SendTaskSuccess', 'states:SendTaskFailure');
  }
}
