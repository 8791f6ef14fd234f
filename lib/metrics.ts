import { Aws, Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';

/** As alarms look, and as charts show: by five minutes, in which the sweeper comes once. */
export const PERIOD = Duration.minutes(5);

/** What Fillrate counts of itself. The names are those of `core/platform/metrics.ts`, which a test holds this to. */
export function ours(metricName: string, { split = {}, ...options }: OurOptions = {}): Metric {
  return new Metric({
    namespace: 'Fillrate',
    metricName,
    dimensionsMap: { service: Aws.STACK_NAME, ...split },
    statistic: Stats.SUM,
    period: PERIOD,
    ...options,
  });
}

interface OurOptions {
  readonly split?: Record<string, string>;
  readonly statistic?: string;
  readonly label?: string;
  readonly period?: Duration;
}

/** An alarm may look at this many metrics at once. */
const METRICS_PER_ALARM = 10;

/** The sum of metrics. Where nothing happens some are missing, or have never been there, which `m0 + m1` would make nothing of. */
export function sumOf(metrics: readonly IMetric[], label: string): MathExpression {
  return over('SUM', metrics, label);
}

/** The highest of some metrics. */
export function highestOf(metrics: readonly IMetric[], label: string): MathExpression {
  return over('MAX', metrics, label);
}

function over(what: 'SUM' | 'MAX', metrics: readonly IMetric[], label: string): MathExpression {
  if (metrics.length > METRICS_PER_ALARM) throw new Error(`${label}: an alarm takes ${METRICS_PER_ALARM} metrics`);
  const byId = Object.fromEntries(metrics.map((metric, i) => [`m${i}`, metric]));
  const expression = `${what}([${Object.keys(byId).join(', ')}])`;
  return new MathExpression({ expression, usingMetrics: byId, label, period: PERIOD });
}
