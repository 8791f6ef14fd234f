import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
  Metric,
  SingleValueWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FillrateFunction } from './fillrate-function.ts';
import { ours, PERIOD } from './metrics.ts';
import { functionsIn, type Watched } from './watched.ts';

const WIDTH = 24;
const CHART = { width: WIDTH / 3, height: 6, period: PERIOD };

interface DashboardProps {
  readonly alarms: readonly Alarm[];
  readonly watched: Watched;
}

/** One page that reads from top to bottom: are customers served, is the machine healthy, what does it cost? */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { alarms, watched }: DashboardProps) {
    super(scope, id);
    const dashboard = new CloudWatchDashboard(this, 'Dashboard', { defaultInterval: Duration.hours(24) });
    dashboard.addWidgets(
      new AlarmStatusWidget({
        title: 'Alarms: what to do is in docs/operations',
        alarms: [...alarms],
        width: WIDTH,
        height: 4,
      }),
    );
    dashboard.addWidgets(...customers(watched));
    dashboard.addWidgets(...machine(watched));
    dashboard.addWidgets(...cost(watched, logGroupsOf(this)));
  }
}

function customers({ api }: Watched): IWidget[] {
  const inPeriod = { period: PERIOD };
  const latency = (percentile: number) =>
    api.stage.metricLatency({ ...inPeriod, statistic: Stats.percentile(percentile), label: `p${percentile}` });
  return [
    text(
      'Are customers served?',
      '**Fill rate** is the share of the units ordered that were there at once: 100 % is too much stock, a falling line is the buyer’s business and not a fault. **Waiting** should fall after each delivery; if it does not while stock comes in, look for alarms below. **Oldest wait** rises by a day a day where nothing is on its way for somebody. **Dates moved** are customers who were told so.',
    ),
    new SingleValueWidget({
      title: 'Today',
      width: WIDTH,
      height: 3,
      period: Duration.days(1),
      metrics: [
        ours('OrdersPlaced', { label: 'orders placed', period: Duration.days(1) }),
        fillRate(Duration.days(1)),
        ours('ShipmentsShipped', { label: 'shipped', period: Duration.days(1) }),
        ours('UnitsWaiting', { label: 'units waiting', statistic: Stats.MAXIMUM }),
        oldestWaitInDays(),
        ours('PromiseMoves', { label: 'dates moved', period: Duration.days(1) }),
        ours('UnitsRefused', { label: 'units refused', period: Duration.days(1) }),
      ],
    }),
    chart('Orders', [
      ours('OrdersPlaced', { label: 'placed' }),
      ours('ShipmentsShipped', { label: 'shipped' }),
      ours('ShipmentsRejected', { label: 'rejected' }),
      ours('ShipmentsCancelled', { label: 'cancelled' }),
      ours('ShipmentsExpired', { label: 'expired' }),
    ]),
    chart('Units ordered: there at once, waiting, refused; and served from the queue', [
      ours('UnitsAllocated', { label: 'there at once' }),
      ours('UnitsBackordered', { label: 'begin to wait' }),
      ours('UnitsRefused', { label: 'refused' }),
      ours('UnitsServed', { label: 'served from the queue' }),
    ]),
    chart('Fill rate by the hour, %', [fillRate(Duration.hours(1))]),
    chart('Units waiting', [ours('UnitsWaiting', { label: 'units', statistic: Stats.MAXIMUM })]),
    chart('Oldest wait, days', [oldestWaitInDays()]),
    chart('What customers, merchants and systems were told', [
      ours('PromiseMoves', { label: 'dates moved' }),
      ours('AlertsSent', { label: 'alerts to the merchant' }),
      ours('EventsPublished', { label: 'events to other systems' }),
    ]),
    chart('API: requests and refusals', [
      api.stage.metricCount({ ...inPeriod, label: 'requests' }),
      api.stage.metricClientError({ ...inPeriod, label: '4xx: mistakes of clients, and throttling' }),
      api.stage.metricServerError({ ...inPeriod, label: '5xx: our fault' }),
    ]),
    chart('API: milliseconds', [latency(50), latency(99)]),
    chart('Open shipments by stage', STAGES.map(openShipments), { stacked: true }),
  ];
}

function machine(watched: Watched): IWidget[] {
  const { workflow, reactors, storage } = watched;
  const { stateMachine } = workflow;
  const sums = { period: PERIOD, statistic: Stats.SUM };
  const all = allFunctions(watched);
  return [
    text(
      'Is the machine healthy?',
      'In health there are no **faults**, no **repairs** and no **drift**; **errors** of `open-task` may be tasks that found their order cancelled (`declined`). **Behind** is how late the stream’s readers are: seconds. **Conflicts** are orders that met on one row and were tried again; they grow with the load on one SKU, and cost time only.',
    ),
    chart('Errors by function, and tasks declined', [
      ...all.map((each) => each.metricErrors({ ...sums, label: nameOf(each) })),
      ours('TasksDeclined', { label: 'declined: no error' }),
    ]),
    chart('Faults that were caught, and conflicts', [
      ours('Faults', { label: 'faults' }),
      ours('Conflicts', { label: 'conflicts' }),
    ]),
    chart(
      'Throttles by function',
      all.map((each) => each.metricThrottles({ ...sums, label: nameOf(each) })),
    ),
    chart('Stream readers: seconds behind', functionsIn(reactors).map(secondsBehind)),
    chart('Executions that did not end well', [
      stateMachine.metricFailed({ ...sums, label: 'failed' }),
      stateMachine.metricTimedOut({ ...sums, label: 'timed out' }),
      stateMachine.metricAborted({ ...sums, label: 'stopped' }),
      stateMachine.metricThrottled({ ...sums, label: 'throttled' }),
      ours('ShipmentsFailed', { label: 'shipments given up' }),
    ]),
    chart(
      'Repairs of the sweeper, by kind',
      REPAIRS.map((kind) => ours('SweeperRepairsByKind', { split: { kind }, label: kind })),
      {
        stacked: true,
      },
    ),
    chart('Drift: promises that do not hold', [
      ours('PromiseViolations', { statistic: Stats.MAXIMUM, period: Duration.hours(1), label: 'violations' }),
    ]),
    chart('Table: throttled requests', [
      search('{AWS/DynamoDB,Operation,TableName} ThrottledRequests', storage.table.tableName, 'throttled'),
    ]),
    chart('Table: rows that the audit reads', [
      ours('RowsAudited', { statistic: Stats.MAXIMUM, period: Duration.hours(1), label: 'rows' }),
    ]),
  ];
}

function cost(watched: Watched, logGroups: readonly LogGroup[]): IWidget[] {
  const { workflow, storage, alerts, events } = watched;
  const { tableName } = storage.table;
  const sums = { period: PERIOD, statistic: Stats.SUM };
  const functions = allFunctions(watched);
  return [
    text(
      'What does it cost?',
      'The counts that are billed; `docs/cost.md` has the prices. **Transitions** are mostly the largest part, and five for an order in stock: more of them an order means tasks that are tried again. **Request units**: a row that an index holds is written there, too. **Log bytes** that grow faster than orders are somebody’s `DEBUG`.',
    ),
    chart('State transitions (of the whole account), and executions started', [
      new Metric({
        namespace: 'AWS/States',
        metricName: 'ConsumedCapacity',
        dimensionsMap: { ServiceMetric: 'StateTransition' },
        statistic: Stats.SUM,
        period: PERIOD,
        label: 'transitions',
      }),
      workflow.stateMachine.metricStarted({ ...sums, label: 'executions' }),
    ]),
    chart('Request units of the table and its indexes', [
      search('{AWS/DynamoDB,TableName} ConsumedWriteCapacityUnits', tableName, 'written'),
      search(
        '{AWS/DynamoDB,GlobalSecondaryIndexName,TableName} ConsumedWriteCapacityUnits',
        tableName,
        'written: indexes',
      ),
      search('{AWS/DynamoDB,TableName} ConsumedReadCapacityUnits', tableName, 'read'),
      search('{AWS/DynamoDB,GlobalSecondaryIndexName,TableName} ConsumedReadCapacityUnits', tableName, 'read: indexes'),
    ]),
    chart('Seconds that functions ran', functions.map(secondsRun), { stacked: true }),
    chart(
      'Invocations',
      functions.map((each) => each.metricInvocations({ ...sums, label: nameOf(each) })),
      { stacked: true },
    ),
    chart('Bytes logged', logGroups.map(bytesLogged), { stacked: true }),
    chart(
      'Messages published',
      [alerts.topic, events.topic].map((topic) =>
        topic.metricNumberOfMessagesPublished({ ...sums, label: topic.node.scope?.node.id ?? '' }),
      ),
    ),
  ];
}

function allFunctions({ api, workflow, reactors, sweeper, auditor }: Watched): FillrateFunction[] {
  return [api, workflow, reactors, sweeper, auditor].flatMap(functionsIn);
}

const STAGES = ['placed', 'backordered', 'reserved', 'picking', 'packing', 'shipping'];

const REPAIRS = [
  'executionsStarted',
  'executionsReplaced',
  'tasksTold',
  'placesTaken',
  'linesAllocated',
  'inboundBooked',
  'datesMoved',
];

function openShipments(stage: string): IMetric {
  return ours('OpenShipments', { split: { stage }, statistic: Stats.MAXIMUM, label: stage });
}

function fillRate(period: Duration): IMetric {
  return new MathExpression({
    expression: '100 * FILL(allocated, 0) / SUM([allocated, backordered, refused])',
    usingMetrics: {
      allocated: ours('UnitsAllocated', { period }),
      backordered: ours('UnitsBackordered', { period }),
      refused: ours('UnitsRefused', { period }),
    },
    label: 'fill rate, %',
    period,
  });
}

function oldestWaitInDays(): IMetric {
  return new MathExpression({
    expression: 'wait / 86400',
    usingMetrics: { wait: ours('OldestWait', { statistic: Stats.MAXIMUM }) },
    label: 'oldest wait, days',
    period: PERIOD,
  });
}

function secondsBehind(lambda: FillrateFunction): IMetric {
  return inSeconds(lambda, lambda.metric('IteratorAge', { period: PERIOD, statistic: Stats.MAXIMUM }));
}

function secondsRun(lambda: FillrateFunction): IMetric {
  return inSeconds(lambda, lambda.metricDuration({ period: PERIOD, statistic: Stats.SUM }));
}

function inSeconds(lambda: FillrateFunction, milliseconds: IMetric): IMetric {
  // Within a chart no two metrics may have the same id.
  const id = `ms${nameOf(lambda)}`;
  return new MathExpression({
    expression: `${id} / 1000`,
    usingMetrics: { [id]: milliseconds },
    label: nameOf(lambda),
    period: PERIOD,
  });
}

function bytesLogged(group: LogGroup): IMetric {
  return new Metric({
    namespace: 'AWS/Logs',
    metricName: 'IncomingBytes',
    dimensionsMap: { LogGroupName: group.logGroupName },
    statistic: Stats.SUM,
    period: PERIOD,
    label: group.node.id.replace(/Logs$/, '') || 'Workflow',
  });
}

/** The sum of a metric over whatever it is split by: a dashboard may search, an alarm may not. */
function search(what: string, tableName: string, label: string): IMetric {
  const [schema, metricName] = what.split('} ');
  const expression = `SUM(SEARCH('${schema}} MetricName="${metricName}" TableName="${tableName}"', 'Sum', ${PERIOD.toSeconds()}))`;
  return new MathExpression({ expression, usingMetrics: {}, label, period: PERIOD });
}

function logGroupsOf(scope: Construct): LogGroup[] {
  return Stack.of(scope)
    .node.findAll()
    .filter((each) => each instanceof LogGroup);
}

function nameOf(lambda: FillrateFunction): string {
  return lambda.node.id;
}

function text(title: string, words: string): IWidget {
  return new TextWidget({ markdown: `## ${title}\n${words}`, width: WIDTH, height: 3 });
}

function chart(title: string, left: IMetric[], options: { stacked?: boolean } = {}): IWidget {
  return new GraphWidget({ ...CHART, title, left, leftYAxis: { min: 0, showUnits: false }, ...options });
}
