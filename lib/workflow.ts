import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnDeletionPolicy, type CfnResource, Duration, Validations } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import {
  CfnStateMachineAlias,
  CfnStateMachineVersion,
  DefinitionBody,
  LogLevel,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
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
      partitions: ['order', 'sku'],
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

/** The alias by which executions are started. */
const LIVE = 'live';

/** What happens to a shipment: the state machine and the functions that its states call. */
export class Workflow extends Construct {
  readonly stateMachine: StateMachine;
  /**
   * What executions are started by. Put together rather than taken from the alias: whoever starts executions would otherwise be updated after
   * the alias, and a new definition would be live before the code that serves it.
   */
  readonly liveArn: string;
  private readonly alias: CfnStateMachineAlias;

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
    this.liveArn = `${this.stateMachine.stateMachineArn}:${LIVE}`;
    this.alias = this.publish(config);
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

  /** Publishes the definition as a version, each time that it changes, and lets the alias mean the newest. */
  private publish(config: Config): CfnStateMachineAlias {
    const { stateMachine } = this;
    // Another revision makes another version of it, as a property that changes replaces the resource.
    const version = new CfnStateMachineVersion(this, 'Version', {
      stateMachineArn: stateMachine.stateMachineArn,
      stateMachineRevisionId: stateMachine.stateMachineRevisionId,
    });
    version.applyRemovalPolicy(config.removalPolicy);
    // The alias can be pointed at the version before, and executions on it be listed, for as long as there are any.
    version.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
    const alias = new CfnStateMachineAlias(this, 'Live', {
      name: LIVE,
      deploymentPreference: { stateMachineVersionArn: version.attrArn, type: 'ALL_AT_ONCE' },
    });
    alias.applyRemovalPolicy(config.removalPolicy);
    return alias;
  }

  /** Code first, definition last: it goes live when these functions have the code of the same deployment. */
  goLiveAfter(lambdas: Iterable<FillrateFunction>) {
    for (const lambda of lambdas) this.alias.addResourceDependency(lambda.node.defaultChild as CfnResource);
  }

  /** Lets a function start the execution of a shipment that was placed. */
  letStart(lambda: FillrateFunction) {
    lambda.addEnvironment('STATE_MACHINE_ARN', this.liveArn);
    // Step Functions asks for the permission on the machine, and has the alias among the conditions.
    Grant.addToPrincipal({
      grantee: lambda,
      actions: ['states:StartExecution'],
      resourceArns: [this.stateMachine.stateMachineArn],
      conditions: { 'ForAnyValue:StringEquals': { 'states:StateMachineQualifier': [LIVE] } },
    });
  }

  /** Lets a function find executions that have ended otherwise than the definition has it. */
  letListExecutions(lambda: FillrateFunction) {
    this.stateMachine.grant(lambda, 'states:ListExecutions');
  }

  /** Lets a function tell a waiting execution that its stage is done, or cannot be. */
  letAnswerTasks(lambda: FillrateFunction) {
    this.stateMachine.grant(lambda, 'states:SendTaskSuccess', 'states:SendTaskFailure');
  }
}
