import { RemovalPolicy } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { stages } from '../../lib/stages.ts';
import { ofType, type Resource, synthesize, synthesizeStage } from './synthesized.ts';

const { template, resources } = synthesize();

/** What would fix the name of a resource, per type; null where CloudFormation takes none, or none that has to be unique. */
const PHYSICAL_NAMES: Record<string, string | null> = {
  'AWS::ApiGatewayV2::Api': null,
  'AWS::ApiGatewayV2::Authorizer': null,
  'AWS::ApiGatewayV2::Integration': null,
  'AWS::ApiGatewayV2::Route': null,
  'AWS::ApiGatewayV2::Stage': null,
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::Cognito::UserPool': 'UserPoolName',
  'AWS::Cognito::UserPoolClient': 'ClientName',
  'AWS::Cognito::UserPoolDomain': 'Domain',
  'AWS::Cognito::UserPoolResourceServer': null,
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::IAM::Policy': null,
  'AWS::IAM::Role': 'RoleName',
  'AWS::KMS::Key': null,
  'AWS::Lambda::EventInvokeConfig': null,
  'AWS::Lambda::EventSourceMapping': null,
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Lambda::Permission': null,
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SNS::TopicPolicy': null,
  'AWS::S3::Bucket': 'BucketName',
  'AWS::S3::BucketPolicy': null,
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
  // An alias is named within its machine.
  'AWS::StepFunctions::StateMachineAlias': null,
  'AWS::StepFunctions::StateMachineVersion': null,
};

describe('the stack', () => {
  it('fixes no name, so that two of it live in one account, and one can be made again', () => {
    const names = Object.entries(resources).flatMap(([logicalId, { Type, Properties }]) => {
      const nameProperty = PHYSICAL_NAMES[Type];
      expect(nameProperty, `${Type} is not known to this test`).not.toBeUndefined();
      const name = nameProperty ? Properties[nameProperty] : undefined;
      return name === undefined ? [] : [{ logicalId, name: JSON.stringify(name) }];
    });

    for (const { logicalId, name } of names) expect(name, logicalId).toContain('{"Ref":"AWS::StackId"}');
    expect(names.map(({ logicalId }) => logicalId.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual([
      'ApiAccessLogs',
      'EventsTopic',
      'MachineIdentityUserPoolDomain',
      'WorkflowLogs',
    ]);
  });

  it('keeps no log forever, and has a log group of its own for whatever logs', () => {
    const groups = ofType(resources, 'AWS::Logs::LogGroup');
    const writers = ['AWS::Lambda::Function', 'AWS::StepFunctions::StateMachine', 'AWS::ApiGatewayV2::Stage'];
    const loggers = writers.flatMap((type) => ofType(resources, type));

    for (const { name, Properties } of groups) expect(Properties.RetentionInDays, name).toBe(90);
    expect(groups).toHaveLength(loggers.length);
    for (const { name, Properties } of loggers) {
      expect(
        groups.some(({ logicalId }) => JSON.stringify(logsOf(Properties))?.includes(logicalId)),
        name,
      ).toBe(true);
    }
  });

  it('says where everything is', () => {
    expect(Object.keys(template.findOutputs('*')).sort()).toEqual([
      'AlertTopicArn',
      'ApiUrl',
      'DeadLetterBucketName',
      'EventTopicArn',
      'MerchantClientId',
      'OperationsTopicArn',
      'OrderSystemClientId',
      'StateMachineArn',
      'TableName',
      'TokenEndpoint',
      'UserPoolId',
      'WarehouseClientId',
    ]);
  });

  it('on trial leaves nothing behind', () => {
    const trial = synthesize({ removalPolicy: RemovalPolicy.DESTROY, deletionProtection: false });

    expect(Object.values(trial.resources).filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain')).toEqual([]);
    expect(trial.stack.terminationProtection).toBe(false);
    trial.template.hasResourceProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: false });
    trial.template.hasResourceProperties('AWS::Cognito::UserPool', { DeletionProtection: 'INACTIVE' });
  });

  // After a change that is meant: `npx vitest run test/infrastructure/conventions.test.ts -u`, then read `git diff`.
  it.each(Object.keys(stages) as (keyof typeof stages)[])(
    'changes in %s only when somebody means it to',
    async (stage) => {
      const template = `${JSON.stringify(normalized(stage), null, 2)}\n`;

      await expect(template).toMatchFileSnapshot(`__snapshots__/${stage}.template.json`);
    },
  );
});

function logsOf({ LoggingConfig, LoggingConfiguration, AccessLogSettings }: Resource['Properties']) {
  return LoggingConfig ?? LoggingConfiguration ?? AccessLogSettings;
}

/** The template without what changes with every line of code, or is a file of its own. */
function normalized(stage: keyof typeof stages) {
  const { Resources, Outputs } = synthesizeStage(stage).template.toJSON();
  return JSON.parse(JSON.stringify({ Resources, Outputs }), (key, value) => {
    if (key === 'S3Key') return '<code>';
    // A test of its own reads it.
    if (key === 'DashboardBody') return '<lib/dashboard.ts>';
    if (key === 'DefinitionString') return '<statemachines/order-fulfillment.asl.json>';
    return value;
  });
}
