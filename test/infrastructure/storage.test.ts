import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { Config } from '../../lib/config.ts';
import { ofType, synthesize } from './synthesized.ts';

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const STREAM =
  'arn:aws:dynamodb:eu-central-1:123456789012:table/fillrate-prod-restored-20261124/stream/2026-11-24T12:00:00.000';

type Synthesized = ReturnType<typeof synthesize>;

/** Functions of ours, which say which table they work on. */
const workers = ({ resources }: Synthesized) =>
  ofType(resources, 'AWS::Lambda::Function').filter(({ Properties }) =>
    JSON.stringify(Properties.Environment ?? {}).includes('TABLE_NAME'),
  );

describe('what is stored', () => {
  const synthesized = synthesize();

  it('is encrypted wherever it rests', () => {
    const { resources, template } = synthesized;
    // Always encrypted, with a key that AWS owns unless a table says otherwise.
    template.hasResourceProperties('AWS::DynamoDB::Table', { SSESpecification: Match.absent() });
    for (const { name, Properties } of ofType(resources, 'AWS::SNS::Topic')) {
      expect(Properties.KmsMasterKeyId, name).toBeDefined();
    }
    for (const { name, Properties } of ofType(resources, 'AWS::SQS::Queue')) {
      expect(Properties.SqsManagedSseEnabled === true || Properties.KmsMasterKeyId, name).toBeTruthy();
    }
    for (const { name, Properties } of ofType(resources, 'AWS::S3::Bucket')) {
      expect(Properties.BucketEncryption, name).toBeDefined();
      expect(Properties.PublicAccessBlockConfiguration, name).toMatchObject({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
    }
  });

  it('has an end where it is not the books: each log group keeps its events, and each bucket its objects, for so many days', () => {
    const { resources } = synthesized;
    for (const { name, Properties } of ofType(resources, 'AWS::Logs::LogGroup')) {
      expect(Properties.RetentionInDays, name).toEqual(expect.any(Number));
    }
    for (const { name, Properties } of ofType(resources, 'AWS::S3::Bucket')) {
      expect(JSON.stringify(Properties.LifecycleConfiguration), name).toContain('ExpirationInDays');
    }
  });
});

it('lets a stage say how far back its table can be restored', () => {
  const { template } = synthesize({ recoveryDays: 7 });
  template.hasResourceProperties('AWS::DynamoDB::Table', {
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
  });
});

describe('a table with a key of its merchant', () => {
  const synthesized = synthesize({ tableKeyArn: KEY });

  it('is encrypted with it', () => {
    synthesized.template.hasResourceProperties('AWS::DynamoDB::Table', {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: KEY },
    });
  });

  it('is read and written by functions that may use the key for it, and for nothing else', () => {
    const policies = ofType(synthesized.resources, 'AWS::IAM::Policy').map(({ Properties }) =>
      JSON.stringify(Properties),
    );
    const withKey = policies.filter((policy) => policy.includes('kms:ViaService'));
    expect(withKey).toHaveLength(workers(synthesized).length);
    for (const policy of withKey) expect(policy).toContain(KEY);
  });
});

describe('a restored table', () => {
  const synthesized = synthesize({ restoredTableStreamArn: STREAM });
  const { template, resources } = synthesized;

  it('is what every function works on, and what both readers read', () => {
    expect(workers(synthesized).length).toBeGreaterThan(6);
    for (const { name, Properties } of workers(synthesized)) {
      expect(Properties.Environment, name).toMatchObject({
        Variables: { TABLE_NAME: 'fillrate-prod-restored-20261124' },
      });
    }
    const sources = ofType(resources, 'AWS::Lambda::EventSourceMapping');
    expect(sources.map(({ Properties }) => Properties.EventSourceArn)).toEqual([STREAM, STREAM]);
  });

  it('is what every function may touch, in place of the one before', () => {
    for (const { name, Properties } of ofType(resources, 'AWS::IAM::Policy')) {
      const policy = JSON.stringify(Properties);
      expect(policy, name).not.toContain('StorageTable');
      if (policy.includes('dynamodb:PutItem')) expect(policy, name).toContain('table/fillrate-prod-restored-20261124');
    }
  });

  it('leaves the one before where it is, protected', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: { DeletionProtectionEnabled: true },
    });
    const own = ofType(synthesize().resources, 'AWS::DynamoDB::Table');
    expect(ofType(Template.fromStack(synthesized.stack).toJSON().Resources, 'AWS::DynamoDB::Table')).toMatchObject(
      own.map(({ logicalId, Properties }) => ({ logicalId, Properties })),
    );
  });

  it.each([
    ['a table instead of its stream', STREAM.replace(/\/stream.*/, '')],
    ['another stream', STREAM.replace('dynamodb', 'kinesis')],
  ])('is refused where somebody gives %s', (_, restoredTableStreamArn) => {
    expect(() => Config.parse({ restoredTableStreamArn })).toThrow("the ARN of a table's stream");
  });
});
