import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { nameOf, ofType, synthesize } from './synthesized.ts';

const { resources } = synthesize();

const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item, z.array(item)]).transform((value) => [value].flat());

const Condition = z.record(z.string(), z.record(z.string(), oneOrMore(z.unknown())));

const Policy = z.object({
  Roles: z.array(z.object({ Ref: z.string() })),
  PolicyDocument: z.object({
    Statement: z.array(
      z.strictObject({
        Effect: z.literal('Allow'),
        Action: oneOrMore(z.string()),
        Resource: oneOrMore(z.unknown()),
        Condition: Condition.optional(),
      }),
    ),
  }),
});

/** A resource of a statement, readable: `StorageTable`, `StorageTable/index/open-shipments`, `StorageTable stream`. */
function readable(resource: unknown): string {
  const {
    Ref,
    'Fn::GetAtt': attribute,
    'Fn::Join': join,
  } = z
    .object({
      Ref: z.string(),
      'Fn::GetAtt': z.tuple([z.string(), z.string()]),
      'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]),
    })
    .partial()
    .parse(typeof resource === 'string' ? {} : resource);
  if (Ref) return nameOf(Ref);
  if (attribute) return attribute[1] === 'StreamArn' ? `${nameOf(attribute[0])} stream` : nameOf(attribute[0]);
  if (join) return join[1].map(readable).join('');
  return String(resource);
}

/** ` if s3:ResourceAccount is AWS::AccountId`. */
function readableCondition(condition: z.infer<typeof Condition> = {}): string {
  const clauses = Object.values(condition).flatMap((keys) =>
    Object.entries(keys).map(([key, values]) => `${key} is ${values.map(readable).join(' or ')}`),
  );
  return clauses.length === 0 ? '' : ` if ${clauses.join(' and ')}`;
}

/** What the holder of each role may do, as `action resource`, with the condition on which. */
const permissions = Map.groupBy(
  ofType(resources, 'AWS::IAM::Policy').flatMap(({ Properties }) => {
    const { Roles, PolicyDocument } = Policy.parse(Properties);
    return PolicyDocument.Statement.flatMap(({ Action, Resource, Condition }) =>
      Action.flatMap((action) =>
        Resource.map((resource) => `${action} ${readable(resource)}${readableCondition(Condition)}`),
      ),
    ).map((permission) => ({ role: nameOf(Roles.map(({ Ref }) => Ref).join()), permission }));
  }),
  ({ role }) => role,
);

const traces = ['xray:PutTelemetryRecords *', 'xray:PutTraceSegments *'];

function lambda(name: string) {
  return [
    ...traces,
    `logs:CreateLogStream ${name}Logs`,
    `logs:PutLogEvents ${name}Logs`,
    'dynamodb:GetItem StorageTable',
    'dynamodb:BatchGetItem StorageTable',
    'dynamodb:Query StorageTable',
    'dynamodb:PutItem StorageTable',
    'dynamodb:UpdateItem StorageTable',
    'dynamodb:DeleteItem StorageTable',
    'dynamodb:ConditionCheckItem StorageTable',
  ];
}

const streamReader = [
  'dynamodb:DescribeStream StorageTable stream',
  'dynamodb:GetRecords StorageTable stream',
  'dynamodb:GetShardIterator StorageTable stream',
  'dynamodb:ListStreams *',
  's3:PutObject ReactorsDeadLettersBucket/aws/lambda/* if s3:ResourceAccount is AWS::AccountId',
  's3:ListBucket ReactorsDeadLettersBucket if s3:ResourceAccount is AWS::AccountId',
];

const workflowMover = [
  'states:StartExecution WorkflowOrderFulfillment',
  'states:SendTaskSuccess WorkflowOrderFulfillment',
  'states:SendTaskFailure WorkflowOrderFulfillment',
];

const query = (index: string) => `dynamodb:Query StorageTable/index/${index}`;

const invoke = (name: string) => `lambda:InvokeFunction ${name}`;

const expected: Record<string, string[]> = {
  WorkflowReserveStockRole: lambda('WorkflowReserveStock'),
  WorkflowOpenBackorderRole: lambda('WorkflowOpenBackorder'),
  WorkflowOpenTaskRole: lambda('WorkflowOpenTask'),
  WorkflowReleaseStockRole: lambda('WorkflowReleaseStock'),
  ReactorsOnStockChangeRole: [...lambda('ReactorsOnStockChange'), ...streamReader, ...workflowMover],
  ReactorsOnRecordRole: [
    ...lambda('ReactorsOnRecord'),
    ...streamReader,
    'sns:Publish AlertsTopic',
    'sns:Publish EventsTopic',
  ],
  SweeperSweepRole: [
    ...lambda('SweeperSweep'),
    ...workflowMover,
    query('stock-by-location'),
    query('open-shipments'),
    query('inbound-by-arrival'),
  ],
  ApiHandlerRole: [
    ...lambda('ApiHandler'),
    query('stock-by-location'),
    query('open-shipments'),
    query('inbound-by-arrival'),
    query('orders-by-time'),
    query('orders-by-status'),
  ],
  WorkflowOrderFulfillmentRole: [
    ...traces,
    'xray:GetSamplingRules *',
    'xray:GetSamplingTargets *',
    ...['ReserveStock', 'OpenBackorder', 'OpenTask', 'ReleaseStock'].map((task) => invoke(`Workflow${task}`)),
    // The delivery of logs by a service knows no narrower resource.
    'logs:CreateLogDelivery *',
    'logs:DeleteLogDelivery *',
    'logs:DescribeLogGroups *',
    'logs:DescribeResourcePolicies *',
    'logs:GetLogDelivery *',
    'logs:ListLogDeliveries *',
    'logs:PutResourcePolicy *',
    'logs:UpdateLogDelivery *',
  ],
  // CDK names it by a hash of what it invokes.
  SchedulerRoleForTarget066771: [invoke('SweeperSweep')],
};

describe('the permissions', () => {
  it.each(Object.entries(expected))('of %s are these and no more', (role, allowed) => {
    const granted = permissions.get(role)?.map(({ permission }) => permission) ?? [];

    expect(granted.sort()).toEqual(allowed.toSorted());
  });

  it('are held by no role that this test does not know', () => {
    const roles = ofType(resources, 'AWS::IAM::Role').map(({ name }) => name);

    expect(roles.sort()).toEqual(Object.keys(expected).sort());
    expect([...permissions.keys()].sort()).toEqual(Object.keys(expected).sort());
  });

  it('come from no policy of AWS, which grants more than we know', () => {
    for (const { name, Properties } of ofType(resources, 'AWS::IAM::Role')) {
      expect(Object.keys(Properties), name).toEqual(['AssumeRolePolicyDocument']);
    }
  });

  it('let nobody but our own gateway call a function from outside', () => {
    const permitted = ofType(resources, 'AWS::Lambda::Permission').map(({ Properties }) => Properties);

    expect(permitted).toEqual([
      expect.objectContaining({ Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' }),
    ]);
    expect(JSON.stringify(permitted[0]?.SourceArn)).toContain(
      ofType(resources, 'AWS::ApiGatewayV2::Api')[0]?.logicalId,
    );
  });

  it('refuse who comes to a topic or the dead letters without encryption', () => {
    const policies = ['AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy'].flatMap((type) => ofType(resources, type));

    expect(policies).toHaveLength(3);
    for (const { Properties } of policies) {
      expect(Properties.PolicyDocument).toMatchObject({
        Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
      });
    }
  });
});
