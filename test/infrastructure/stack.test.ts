import { readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { indexes } from '../../core/platform/table/keys.ts';
import { EXPIRY_ATTRIBUTE, tableDefinition } from '../../local/dynamodb/table-definition.ts';
import { ofType, synthesize } from './synthesized.ts';

const { stack, template, resources } = synthesize();

describe('the table', () => {
  it('cannot be deleted by mistake, and can be put back to any second of the last 35 days', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
      },
    });
    expect(stack.terminationProtection).toBe(true);
  });

  it('takes any load without being told', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', { BillingMode: 'PAY_PER_REQUEST' });
  });

  it('has the indexes that the code queries', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      GlobalSecondaryIndexes: Object.values(indexes).map(({ name, partitionKey, sortKey }) =>
        Match.objectLike({
          IndexName: name,
          KeySchema: [
            { AttributeName: partitionKey, KeyType: 'HASH' },
            { AttributeName: sortKey, KeyType: 'RANGE' },
          ],
        }),
      ),
    });
  });

  it('is the one that is made on a laptop', () => {
    const { TableName, AttributeDefinitions, StreamSpecification, ...shape } = tableDefinition('local');
    const [table] = ofType(resources, 'AWS::DynamoDB::Table');

    expect(table?.Properties).toMatchObject({
      ...shape,
      AttributeDefinitions: expect.arrayContaining(AttributeDefinitions),
      StreamSpecification: { StreamViewType: StreamSpecification.StreamViewType },
      TimeToLiveSpecification: { AttributeName: EXPIRY_ATTRIBUTE, Enabled: true },
    });
  });
});

describe('the workflow', () => {
  const definition = readFileSync(new URL('../../statemachines/order-fulfillment.asl.json', import.meta.url), 'utf8');

  it('is the one file, inlined', () => {
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineType: 'STANDARD',
      DefinitionString: definition,
    });
  });

  it('has a function for each name in it, and none that it does not call', () => {
    const tokens = new Set([...definition.matchAll(/\$\{(\w+)\}/g)].map(([, token]) => token));
    const [machine] = ofType(resources, 'AWS::StepFunctions::StateMachine');

    expect(Object.keys(machine?.Properties.DefinitionSubstitutions ?? {}).sort()).toEqual([...tokens].sort());
  });

  it('is traced, and logs what failed without what was in it', () => {
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: false },
    });
  });

  it('is published whenever it changes, and keeps what it was for those that began with it', () => {
    const [machine] = ofType(resources, 'AWS::StepFunctions::StateMachine');
    template.hasResource('AWS::StepFunctions::StateMachineVersion', {
      UpdateReplacePolicy: 'Retain',
      DeletionPolicy: 'Retain',
      Properties: {
        StateMachineArn: { Ref: machine?.logicalId },
        StateMachineRevisionId: { 'Fn::GetAtt': [machine?.logicalId, 'StateMachineRevisionId'] },
      },
    });
  });

  it('is started by the alias of its newest version, which moves when all code has been updated', () => {
    const [machine] = ofType(resources, 'AWS::StepFunctions::StateMachine');
    const [version] = ofType(resources, 'AWS::StepFunctions::StateMachineVersion');
    const [alias] = ofType(resources, 'AWS::StepFunctions::StateMachineAlias');
    const functions = ofType(resources, 'AWS::Lambda::Function');
    const live = { 'Fn::Join': ['', [{ Ref: machine?.logicalId }, ':live']] };

    expect(alias?.Properties).toEqual({
      Name: 'live',
      DeploymentPreference: {
        StateMachineVersionArn: { 'Fn::GetAtt': [version?.logicalId, 'Arn'] },
        Type: 'ALL_AT_ONCE',
      },
    });
    expect([alias?.DependsOn].flat().sort()).toEqual(functions.map(({ logicalId }) => logicalId).sort());
    // Who refers to the alias itself would be updated after it.
    expect(JSON.stringify(resources).split(`"${alias?.logicalId}"`)).toHaveLength(2);
    const starters = functions.filter(({ Properties }) => JSON.stringify(Properties).includes('STATE_MACHINE_ARN'));
    for (const { Properties } of starters) {
      expect(Properties.Environment).toMatchObject({ Variables: { STATE_MACHINE_ARN: live } });
    }
    template.hasOutput('StateMachineArn', { Value: live });
  });

  it('stays when it is replaced, with the orders that wait in it', () => {
    template.hasResource('AWS::StepFunctions::StateMachine', { UpdateReplacePolicy: 'Retain' });
  });
});

describe('every function', () => {
  const functions = ofType(resources, 'AWS::Lambda::Function');

  it('is one of the nine', () => {
    expect(functions.map(({ name }) => name).sort()).toEqual([
      'ApiHandler',
      'AuditorAudit',
      'ReactorsOnRecord',
      'ReactorsOnStockChange',
      'SweeperSweep',
      'WorkflowOpenBackorder',
      'WorkflowOpenTask',
      'WorkflowReleaseStock',
      'WorkflowReserveStock',
    ]);
  });

  it.each(functions)('$name runs on Node 24 and ARM64, traced, and knows the table', ({ Properties }) => {
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      Environment: { Variables: { TABLE_NAME: { Ref: expect.stringMatching(/^StorageTable/) } } },
    });
  });

  it('that moves the workflow knows it, and the one that alerts knows the topic', () => {
    const knowing = (variable: string) =>
      functions.filter(({ Properties }) => JSON.stringify(Properties.Environment).includes(variable));

    expect(knowing('STATE_MACHINE_ARN').map(({ name }) => name)).toEqual(['ReactorsOnStockChange', 'SweeperSweep']);
    expect(knowing('ALERT_TOPIC_ARN').map(({ name }) => name)).toEqual(['ReactorsOnRecord']);
  });
});

describe('the stream reactors', () => {
  const filters = (name: string) => {
    const source = ofType(resources, 'AWS::Lambda::EventSourceMapping').find((each) => each.logicalId.includes(name));
    return source?.Properties.FilterCriteria;
  };
  const begins = (key: string, prefix: string) => ({
    Pattern: JSON.stringify({ dynamodb: { Keys: { [key]: { S: [{ prefix }] } } } }),
  });

  it('see only the rows that they act on', () => {
    expect(filters('OnStockChange')).toEqual({
      Filters: [begins('sk', 'STOCK#'), begins('sk', 'SHIPMENT#'), begins('pk', 'INBOUND#')],
    });
    expect(filters('OnRecord')).toEqual({
      Filters: [begins('sk', 'STOCK#'), begins('sk', 'PROMISES#'), begins('sk', 'EVENT#'), begins('pk', 'ALERT#')],
    });
  });

  it('give up on one record only, after a while, and say which it was', () => {
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', 2);
    template.allResourcesProperties('AWS::Lambda::EventSourceMapping', {
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10,
      MaximumRecordAgeInSeconds: 12 * 60 * 60,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ReactorsDeadLettersBucket'), 'Arn'] } },
      },
    });
  });

  it('leave their dead letters encrypted for two weeks, where nobody from outside can look', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 14, Status: 'Enabled' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
  });

  it('count what they give up, and what is lost for good', () => {
    template.allResourcesProperties('AWS::Lambda::EventSourceMapping', { MetricsConfig: { Metrics: ['EventCount'] } });
  });
});

describe('the sweeper', () => {
  it('comes every five minutes', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(5 minutes)' });
  });
});
