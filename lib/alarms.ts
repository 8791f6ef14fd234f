import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Operation } from 'aws-cdk-lib/aws-dynamodb';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IConstruct } from 'constructs';
import type { FillrateFunction } from './fillrate-function.ts';
import { highestOf, ours, PERIOD, sumOf } from './metrics.ts';
import { functionsIn, type Watched } from './watched.ts';

interface AlarmSpec {
  /** The file in `docs/operations/alarms/`, without its ending. */
  readonly runbook: string;
  /** What is wrong, as the e-mail says it. */
  readonly symptom: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Why this threshold, and for so long. */
  readonly because: string;
  readonly comparison?: ComparisonOperator;
  /** In how many of how many periods. */
  readonly periods?: { readonly of: number; readonly bad: number };
  /** What it means that there is no number: where nothing happens, nothing is counted, and nothing is wrong. */
  readonly missing?: TreatMissingData;
}

/** What wakes somebody up. Every alarm has a runbook, and says when it is over. */
export class Alarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, { topic, watched }: { topic: Topic; watched: Watched }) {
    super(scope, id);
    const tell = new SnsAction(topic);
    this.all = specs(watched).map(({ runbook, symptom, because, metric, threshold, comparison, periods, missing }) => {
      const { of, bad } = periods ?? { of: 1, bad: 1 };
      const alarm = new Alarm(this, pascalCase(runbook), {
        metric,
        threshold,
        comparisonOperator: comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: of,
        datapointsToAlarm: bad,
        treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
        alarmDescription: `${symptom} ${because} What to do: docs/operations/alarms/${runbook}.md`,
      });
      alarm.addAlarmAction(tell);
      alarm.addOkAction(tell);
      return alarm;
    });
  }
}

const lasting = { of: 3, bad: 3 };

function specs(watched: Watched): AlarmSpec[] {
  return [
    ...ofCustomers(watched),
    ...ofFunctions(watched),
    ...ofWorkflow(watched),
    ...ofPromises(),
    ...ofData(watched),
  ];
}

function ofCustomers({ api }: Watched): AlarmSpec[] {
  const inPeriod = { period: PERIOD };
  const share = new MathExpression({
    expression: 'IF(errors >= 5, 100 * errors / requests, 0)',
    usingMetrics: { errors: api.stage.metricServerError(inPeriod), requests: api.stage.metricCount(inPeriod) },
    label: 'failed requests, %',
    period: PERIOD,
  });
  return [
    {
      runbook: 'api-errors',
      symptom: 'The API fails more than one request in a hundred.',
      because:
        'A client that tries once more gets through up to there; fewer than five in five minutes are left alone.',
      metric: share,
      threshold: 1,
      periods: { of: 3, bad: 2 },
    },
    {
      runbook: 'api-latency',
      symptom: 'One request in a hundred takes three seconds or more.',
      because: 'A shop waits that long at its checkout; a cold start alone takes about one.',
      metric: api.stage.metricLatency({ ...inPeriod, statistic: Stats.percentile(99) }),
      threshold: 3000,
      periods: lasting,
    },
  ];
}

function ofFunctions({ api, workflow, reactors, sweeper }: Watched): AlarmSpec[] {
  const tasks = functionsIn(workflow);
  const readers = functionsIn(reactors);
  const others = [...functionsIn(api), ...readers, ...functionsIn(sweeper)];
  const errorsOf = (functions: readonly FillrateFunction[]) => functions.map((each) => each.metricErrors(inPeriod));
  const inPeriod = { period: PERIOD };
  return [
    {
      runbook: 'function-errors',
      symptom: 'The API, a stream reader or the sweeper keeps failing as a whole.',
      because:
        'Each is called again by itself, so what passes is no alarm; three times five minutes in a row do not pass.',
      metric: sumOf(errorsOf(others), 'errors'),
      threshold: 1,
      periods: lasting,
    },
    {
      runbook: 'task-errors',
      symptom: 'Tasks of the workflow keep failing.',
      because:
        'The workflow tries a task for some minutes before it gives the shipment up. Errors that it waits for by name are not counted.',
      metric: new MathExpression({
        expression: 'SUM([errors, foreseen])',
        usingMetrics: { errors: sumOf(errorsOf(tasks), 'errors'), foreseen: minus(ours('TasksDeclined')) },
        label: 'errors that nobody foresaw',
        period: PERIOD,
      }),
      threshold: 1,
      periods: lasting,
    },
    {
      runbook: 'function-throttles',
      symptom: 'Functions are not let run: a limit on concurrency has been reached.',
      because: 'Throttled calls are made again, so a peak passes; a quarter of an hour of them holds orders up.',
      metric: sumOf(
        [...tasks, ...functionsIn(api), ...readers].map((each) => each.metricThrottles(inPeriod)),
        'throttled calls',
      ),
      threshold: 1,
      periods: lasting,
    },
    {
      runbook: 'stream-behind',
      symptom: 'What follows from changes comes more than five minutes late.',
      because: 'From then on the sweeper does it instead, more slowly.',
      metric: highestOf(
        readers.map((each) =>
          each.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: PERIOD, label: 'age of the oldest change' }),
        ),
        'milliseconds behind',
      ),
      threshold: Duration.minutes(5).toMilliseconds(),
      periods: { of: 2, bad: 2 },
    },
    {
      runbook: 'dead-letters',
      symptom: 'A stream reader gave up on changes.',
      because: 'Each was tried eleven times or for twelve hours, and is tried no more.',
      metric: sumOf(readers.flatMap(givenUp), 'changes given up'),
      threshold: 1,
    },
  ];
}

function minus(declined: IMetric): IMetric {
  return new MathExpression({ expression: '-1 * declined', usingMetrics: { declined }, period: PERIOD });
}

/** Changes that went to the dead letters, were lost because they could not even go there, or because there was no time left. */
function givenUp(reader: FillrateFunction): IMetric[] {
  const ofMapping = (EventSourceMappingUUID: string) =>
    ['OnFailureDestinationDeliveredEventCount', 'DroppedEventCount'].map(
      (metricName) =>
        new Metric({
          namespace: 'AWS/Lambda',
          metricName,
          dimensionsMap: { EventSourceMappingUUID },
          statistic: Stats.SUM,
          period: PERIOD,
        }),
    );
  return [
    ...mappingsOf(reader).flatMap(({ eventSourceMappingId }) => ofMapping(eventSourceMappingId)),
    reader.metric('DestinationDeliveryFailures', { statistic: Stats.SUM, period: PERIOD }),
  ];
}

function ofWorkflow({ workflow: { stateMachine } }: Watched): AlarmSpec[] {
  const inPeriod = { period: PERIOD, statistic: Stats.SUM };
  return [
    {
      runbook: 'executions-failed',
      symptom: 'The workflow gave up on an order, or was handed one that it cannot take.',
      because: 'Each is an order of which nobody takes care any more.',
      metric: stateMachine.metricFailed(inPeriod),
      threshold: 1,
    },
    {
      runbook: 'executions-stopped',
      symptom: 'An execution was stopped by hand, or ran for longer than Step Functions lets it.',
      because: 'The sweeper gives its shipment another; who stops executions should cancel orders instead.',
      metric: sumOf(
        [stateMachine.metricAborted(inPeriod), stateMachine.metricTimedOut(inPeriod)],
        'executions stopped',
      ),
      threshold: 1,
    },
    {
      runbook: 'executions-throttled',
      symptom: 'Step Functions slows the workflow down: the quota of transitions or of starts has been reached.',
      because: 'What is throttled is tried again, so a peak passes.',
      metric: stateMachine.metricThrottled(inPeriod),
      threshold: 1,
      periods: lasting,
    },
  ];
}

function ofPromises(): AlarmSpec[] {
  const sweeps = (options: Parameters<typeof ours>[1]) => ours('SweeperRepairs', options);
  return [
    {
      runbook: 'sweeper-repairs',
      symptom: 'The sweeper has something to repair time after time.',
      because:
        'Once after a disturbance is what it is for; for half an hour means that the stream readers do not do their work.',
      metric: sweeps({ period: Duration.minutes(10) }),
      threshold: 1,
      periods: lasting,
    },
    {
      runbook: 'sweeper-missing',
      symptom: 'The sweeper has not come to its end for a quarter of an hour.',
      because: 'It comes every five minutes, and nothing else finds what the stream has lost.',
      metric: sweeps({ statistic: Stats.SAMPLE_COUNT }),
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      periods: lasting,
      missing: TreatMissingData.BREACHING,
    },
    {
      runbook: 'drift',
      symptom: 'The audit found a promise broken.',
      because: 'There is no number of them that is right.',
      metric: ours('PromiseViolations', { statistic: Stats.MAXIMUM, period: Duration.hours(1) }),
      threshold: 1,
      // Until the next audit says otherwise.
      missing: TreatMissingData.IGNORE,
    },
    {
      runbook: 'audit-missing',
      symptom: 'The nightly audit has not come to its end.',
      because: 'It comes once a day and takes up to a quarter of an hour.',
      metric: ours('PromiseViolations', { statistic: Stats.SAMPLE_COUNT, period: Duration.hours(1) }),
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      periods: { of: 26, bad: 26 },
      missing: TreatMissingData.BREACHING,
    },
  ];
}

/** The requests that the functions make of the table. */
const OPERATIONS = [
  Operation.GET_ITEM,
  Operation.BATCH_GET_ITEM,
  Operation.QUERY,
  Operation.SCAN,
  Operation.PUT_ITEM,
  Operation.UPDATE_ITEM,
  Operation.DELETE_ITEM,
  Operation.TRANSACT_WRITE_ITEMS,
];

function ofData({ storage: { table }, alerts, events }: Watched): AlarmSpec[] {
  const ofTable = (metricName: string) =>
    OPERATIONS.map((operation) => {
      const dimensionsMap = { TableName: table.tableName, Operation: operation };
      return new Metric({ namespace: 'AWS/DynamoDB', metricName, dimensionsMap, statistic: Stats.SUM, period: PERIOD });
    });
  return [
    {
      runbook: 'table-throttled',
      symptom: 'DynamoDB turns requests away.',
      because:
        'The table grows with its load and each request is tried again; a quarter of an hour means that one key is asked for too much.',
      metric: sumOf(ofTable('ThrottledRequests'), 'throttled requests'),
      threshold: 10,
      periods: lasting,
    },
    {
      runbook: 'table-errors',
      symptom: 'DynamoDB fails.',
      because: 'Single errors are tried again and belong to the service.',
      metric: sumOf(ofTable('SystemErrors'), 'errors of the service'),
      threshold: 10,
      periods: lasting,
    },
    {
      runbook: 'notifications-failed',
      symptom: 'SNS could not deliver an alert or an event to somebody who subscribed to it.',
      because: 'It has tried for hours or for weeks by then, as the kind of subscription has it.',
      metric: sumOf(
        [alerts.topic, events.topic].map((topic) =>
          topic.metricNumberOfNotificationsFailed({ period: PERIOD, statistic: Stats.SUM }),
        ),
        'messages not delivered',
      ),
      threshold: 1,
    },
  ];
}

function mappingsOf(construct: IConstruct): EventSourceMapping[] {
  return construct.node.findAll().filter((each) => each instanceof EventSourceMapping);
}

function pascalCase(name: string): string {
  return name.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
}
