import { readdirSync, readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { METRICS, type MetricName } from '../../core/platform/metrics.ts';
import { nameOf, ofType, synthesize } from './synthesized.ts';

const { template, resources } = synthesize({ operationsEmails: ['oncall@example.com'] });
const RUNBOOKS = 'docs/operations/alarms';

const MetricOf = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })),
});

const AlarmProperties = z.looseObject({
  AlarmDescription: z.string(),
  AlarmActions: z.array(z.object({ Ref: z.string() })),
  OKActions: z.array(z.object({ Ref: z.string() })),
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: z.number(),
  Threshold: z.number(),
  ComparisonOperator: z.string(),
  TreatMissingData: z.string(),
  Period: z.number().optional(),
  Metrics: z
    .array(
      z.looseObject({
        Expression: z.string().optional(),
        MetricStat: z.looseObject({ Metric: MetricOf, Period: z.number() }).optional(),
      }),
    )
    .optional(),
});

const alarms = ofType(resources, 'AWS::CloudWatch::Alarm').map(({ name, Properties }) => {
  const properties = AlarmProperties.parse(Properties);
  const [, runbook = ''] = /docs\/operations\/alarms\/([a-z-]+)\.md/.exec(properties.AlarmDescription) ?? [];
  const stats = properties.Metrics?.flatMap(({ MetricStat }) => MetricStat ?? []);
  const metrics = stats?.map(({ Metric }) => Metric) ?? [MetricOf.parse(Properties)];
  return { name, runbook, properties, metrics, period: stats?.[0]?.Period ?? properties.Period ?? 0 };
});

describe('every alarm', () => {
  it.each(alarms)('$runbook tells whoever is on call, also that it is over', ({ properties }) => {
    const topics = [...properties.AlarmActions, ...properties.OKActions].map(({ Ref }) => nameOf(Ref));
    expect(topics).toEqual(['OperationsTopic', 'OperationsTopic']);
  });

  it.each(alarms)('$runbook has a runbook of its name: symptom, meaning, first look, fix', ({ name, runbook }) => {
    expect(name).toBe(`OperationsAlarms${runbook.replace(/(^|-)(\w)/g, (_, __, letter) => letter.toUpperCase())}`);
    const text = readFileSync(`${RUNBOOKS}/${runbook}.md`, 'utf8');
    expect([...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual([
      'Symptom',
      'Meaning',
      'First look',
      'Fix',
    ]);
    for (const section of text.split(/^## .*$/m).slice(1)) expect(section.trim().length).toBeGreaterThan(40);
  });

  it('has a runbook that is in the index, and there is none without its alarm', () => {
    const files = readdirSync(RUNBOOKS).map((file) => file.replace(/\.md$/, ''));
    const index = readFileSync('docs/operations/README.md', 'utf8');
    const linked = [...index.matchAll(/\(alarms\/([a-z-]+)\.md\)/g)].map(([, name]) => name);

    expect(files.sort()).toEqual(alarms.map(({ runbook }) => runbook).sort());
    expect(linked.sort()).toEqual(files);
  });

  it.each(alarms)('$runbook is one that CloudWatch takes', ({ properties, period, metrics }) => {
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    const seconds = period * properties.EvaluationPeriods;
    expect(seconds).toBeLessThanOrEqual(period >= 3600 ? 7 * 86_400 : 86_400);
    expect(metrics.length).toBeLessThanOrEqual(10);
    for (const { Expression = '' } of properties.Metrics ?? []) expect(Expression).not.toContain('SEARCH');
  });

  it('takes silence for health, but for what has to be heard of', () => {
    const breaching = alarms.filter(({ properties }) => properties.TreatMissingData === 'breaching');
    expect(breaching.map(({ runbook }) => runbook).sort()).toEqual(['audit-missing', 'sweeper-missing']);
    for (const { properties } of breaching) expect(properties.ComparisonOperator).toBe('LessThanThreshold');
  });
});

describe('the topic of alarms', () => {
  it('goes to whoever is on call, and to no merchant', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'oncall@example.com',
      TopicArn: { Ref: Match.stringLikeRegexp('^OperationsTopic') },
    });
    template.resourceCountIs('AWS::SNS::Subscription', 1);
  });

  it('is encrypted with a key that alarms of this account may use, which AWS’s own is not', () => {
    const fromAlarms = {
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
      ArnLike: { 'aws:SourceArn': Match.anyValue() },
    };
    const statement = (actions: unknown) => ({
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: actions,
      Condition: fromAlarms,
    });
    template.hasResourceProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^OperationsKey'), 'Arn'] },
    });
    template.hasResourceProperties('AWS::KMS::Key', {
      EnableKeyRotation: true,
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike(statement(['kms:Decrypt', 'kms:GenerateDataKey*']))]) },
    });
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      Topics: [{ Ref: Match.stringLikeRegexp('^OperationsTopic') }],
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike(statement('sns:Publish')),
        ],
      },
    });
  });
});

/** What AWS's services count, as CDK knows it from them, and what it does not know yet. */
const AWS_METRICS: Record<string, ReadonlySet<string>> = {
  'AWS/ApiGateway': cannedMetrics('apigatewayv2'),
  'AWS/DynamoDB': cannedMetrics('dynamodb'),
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics
  'AWS/Lambda': cannedMetrics('lambda', 'DroppedEventCount', 'OnFailureDestinationDeliveredEventCount'),
  'AWS/Logs': cannedMetrics('logs'),
  'AWS/SNS': cannedMetrics('sns'),
  // https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html#cloudwatch-step-functions-service-metrics
  'AWS/States': cannedMetrics('stepfunctions', 'ConsumedCapacity'),
};

function cannedMetrics(service: string, ...others: string[]): ReadonlySet<string> {
  const file = `node_modules/aws-cdk-lib/aws-${service}/lib/${service}-canned-metrics.generated.js`;
  const names = [...readFileSync(file, 'utf8').matchAll(/metricName:"(\w+)"/g)].map(([, name = '']) => name);
  return new Set([...names, ...others]);
}

function expectToExist(namespace: string, name: string, split: readonly string[]): void {
  if (namespace !== 'Fillrate') {
    expect([...(AWS_METRICS[namespace] ?? [])], `${namespace} ${name}`).toContain(name);
    return;
  }
  expect(METRICS, name).toHaveProperty(name);
  const metric = METRICS[name as MetricName];
  const dimension = 'dimension' in metric ? metric.dimension : undefined;
  expect(split, name).toEqual(['service', ...(dimension ? [dimension] : [])].sort());
}

const Widget = z.object({
  type: z.string(),
  properties: z.looseObject({
    title: z.string().optional(),
    markdown: z.string().optional(),
    metrics: z.array(z.array(z.unknown())).optional(),
  }),
});

/** The dashboard's widgets from top to bottom, with the names of what they refer to in place of it. */
function widgets(): z.infer<typeof Widget>[] {
  const [dashboard] = ofType(resources, 'AWS::CloudWatch::Dashboard');
  const { 'Fn::Join': parts } = z
    .object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) })
    .parse(dashboard?.Properties.DashboardBody);
  const body = parts[1].map((part) => (typeof part === 'string' ? part : 'reference')).join('');
  return z.object({ widgets: z.array(Widget) }).parse(JSON.parse(body)).widgets;
}

/** A row of a chart: namespace, name, names and values of dimensions, options; or the options of an expression alone. */
function metricIn(row: readonly unknown[]): { namespace: string; name: string; split: string[] } | undefined {
  const words = row.filter((word): word is string => typeof word === 'string');
  const [namespace, name, ...dimensions] = words;
  if (namespace === undefined || name === undefined) return undefined;
  return { namespace, name, split: dimensions.filter((_, i) => i % 2 === 0).sort() };
}

describe('what is watched', () => {
  it.each(alarms)('by the alarm $runbook is counted by somebody', ({ metrics }) => {
    for (const { Namespace, MetricName, Dimensions } of metrics) {
      expectToExist(Namespace, MetricName, Dimensions.map(({ Name }) => Name).sort());
    }
  });

  it('on the dashboard is counted by somebody, searches too', () => {
    const rows = widgets().flatMap(({ properties }) => properties.metrics ?? []);
    const charted = rows.flatMap((row) => metricIn(row) ?? []);
    for (const { namespace, name, split } of charted) expectToExist(namespace, name, split);
    const searches = [...JSON.stringify(rows).matchAll(/SEARCH\('\{(AWS\/\w+),.*?MetricName=\\+"(\w+)/g)];
    for (const [, namespace = '', name = ''] of searches) expectToExist(namespace, name, []);

    expect(charted.length).toBeGreaterThan(60);
    expect(searches.length).toBe(5);
  });

  it('is all that Fillrate counts', () => {
    const charted = widgets().flatMap(({ properties }) => properties.metrics ?? []);
    const shown = new Set(charted.flatMap((row) => metricIn(row)?.name ?? []));
    // The sum over all kinds is what alarms look at.
    expect(Object.keys(METRICS).filter((name) => !shown.has(name))).toEqual(['SweeperRepairs']);
  });
});

describe('the dashboard', () => {
  it('reads from top to bottom: alarms, customers, the machine, what it costs', () => {
    const headings = widgets().flatMap(({ type, properties }) => {
      if (type === 'alarm') return [properties.title];
      return properties.markdown ? [/^## (.*)$/m.exec(properties.markdown)?.[1]] : [];
    });
    expect(headings).toEqual([
      'Alarms: what to do is in docs/operations',
      'Are customers served?',
      'Is the machine healthy?',
      'What does it cost?',
    ]);
  });
});

describe('what is logged', () => {
  it('by the gateway is nothing of the customer: no path, which may be a tracking link, no address, no body', () => {
    const [stage] = ofType(resources, 'AWS::ApiGatewayV2::Stage');
    const { Format } = z.object({ Format: z.string() }).parse(stage?.Properties.AccessLogSettings);
    const fields = z.record(z.string(), z.string()).parse(JSON.parse(Format));

    for (const value of Object.values(fields)) expect(KNOWN_HARMLESS).toContain(value);
  });

  it('by the functions is as much as the stage says', () => {
    const of = (config: Parameters<typeof synthesize>[0]) =>
      ofType(synthesize(config).resources, 'AWS::Lambda::Function').map(
        ({ Properties }) =>
          z.object({ Variables: z.looseObject({}) }).parse(Properties.Environment).Variables.POWERTOOLS_LOG_LEVEL,
      );
    expect(new Set(of({}))).toEqual(new Set(['INFO']));
    expect(new Set(of({ logLevel: 'DEBUG' }))).toEqual(new Set(['DEBUG']));
  });
});

/** Variables of the gateway that say nothing of a customer. */
const KNOWN_HARMLESS = [
  '$context.requestTime',
  '$context.requestId',
  '$context.authorizer.claims.sub',
  '$context.authorizer.claims.client_id',
  '$context.routeKey',
  '$context.httpMethod',
  '$context.status',
  '$context.responseLatency',
  '$context.authorizer.error',
  '$context.integrationErrorMessage',
];

describe('the audit', () => {
  it('comes every night, and is not repeated', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(17 3 * * ? *)',
      Target: { RetryPolicy: { MaximumRetryAttempts: 0 } },
    });
  });
});
