import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { SERVICE } from './environment.ts';

interface Metric {
  readonly unit: 'Count' | 'Seconds';
  /** By what it is split, beside the stack that it belongs to. */
  readonly dimension?: string;
  readonly doc: string;
}

/**
 * Everything that Fillrate counts and gauges of itself, in the namespace `Fillrate` with the stack's name as `service`. Each name costs
 * some cents a month and each line that tells of it some bytes, so what the gateway, Lambda and DynamoDB count already is not here.
 */
export const METRICS = {
  OrdersPlaced: { unit: 'Count', doc: 'Orders that were accepted. The same order come twice counts once.' },
  UnitsAllocated: { unit: 'Count', doc: 'Units that were set aside for a shipment as soon as it was looked at.' },
  UnitsBackordered: { unit: 'Count', doc: 'Units that a shipment had to begin to wait for when it was looked at.' },
  UnitsRefused: {
    unit: 'Count',
    doc: 'Units that were ordered and will not be sent: rejected, or left out as the order asked for.',
  },
  UnitsServed: { unit: 'Count', doc: 'Units that were set aside for whoever was first in a queue.' },
  PromiseMoves: { unit: 'Count', doc: 'Dates that moved by more than the tolerance, so that the customer was told.' },
  ShipmentsShipped: { unit: 'Count', doc: 'Shipments that a carrier has.' },
  ShipmentsRejected: { unit: 'Count', doc: 'Shipments that were refused: out of stock, unknown, too many waiting.' },
  ShipmentsCancelled: { unit: 'Count', doc: 'Shipments that were cancelled before they left.' },
  ShipmentsExpired: { unit: 'Count', doc: 'Shipments that waited as long as they were to, in vain.' },
  ShipmentsFailed: {
    unit: 'Count',
    doc: 'Shipments that the workflow gave up. Each is an alert of the merchant, too.',
  },
  AlertsSent: { unit: 'Count', doc: 'Alerts that the merchant was sent.' },
  EventsPublished: { unit: 'Count', doc: 'Events of orders that other systems were told.' },
  UnitsWaiting: { unit: 'Count', doc: 'Units that shipments wait for, as the sweeper found them.' },
  OldestWait: {
    unit: 'Seconds',
    doc: 'For how long the shipment that has waited longest waits, as the sweeper found it.',
  },
  OpenShipments: {
    unit: 'Count',
    dimension: 'stage',
    doc: 'Shipments that have not ended, as the sweeper found them.',
  },
  SweeperRepairs: {
    unit: 'Count',
    doc: 'What the sweeper did that the stream should have done. Told of each sweep, so that it also shows that there was one.',
  },
  SweeperRepairsByKind: {
    unit: 'Count',
    dimension: 'kind',
    doc: 'The same by what it was. Told only where it is not 0.',
  },
  Conflicts: { unit: 'Count', doc: 'Transactions that met another on the same row, and were tried again.' },
  Faults: { unit: 'Count', doc: 'Requests, tasks, changes and sweeps that failed in a way that nobody foresaw.' },
  TasksDeclined: {
    unit: 'Count',
    doc: 'Tasks that threw an error that the workflow catches by name: Lambda counts them as errors, and they are none.',
  },
  PromiseViolations: {
    unit: 'Count',
    doc: 'What the nightly audit found. Told of each audit, 0 when all promises hold.',
  },
  RowsAudited: {
    unit: 'Count',
    doc: 'How many rows the audit read: what its memory and its time have to be enough for.',
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;

/** What a metric is split by; only those that say so are. */
type Split<Name extends MetricName> = (typeof METRICS)[Name] extends { dimension: string } ? [value: string] : [];

/** What has been counted and not been told yet: one number each, so that a long call takes no more room than a short one. */
const counted = new Map<MetricName, number>();

/** Made at the first use, when the environment says whether anybody listens. */
let metrics: Metrics | undefined;

function emitter(): Metrics {
  metrics ??= new Metrics({ namespace: 'Fillrate', serviceName: SERVICE });
  return metrics;
}

/** Counts what has happened, once the table says so. It is told when the call ends. */
export function count(name: MetricName, amount = 1): void {
  if (amount !== 0) counted.set(name, (counted.get(name) ?? 0) + amount);
}

/** Tells how things are now, 0 included. */
export function gauge<Name extends MetricName>(name: Name, value: number, ...split: Split<Name>): void {
  const { unit, dimension }: Metric = METRICS[name];
  const [by] = split;
  const single = emitter().singleMetric();
  if (dimension !== undefined && by !== undefined) single.addDimension(dimension, by);
  single.addMetric(name, MetricUnit[unit], value);
}

/** Writes what was counted as one line of the log, from which CloudWatch takes it (its embedded metric format). */
export function tellMetrics(): void {
  if (counted.size === 0) return;
  const emf = emitter();
  for (const [name, amount] of counted) emf.addMetric(name, MetricUnit[METRICS[name].unit], amount);
  counted.clear();
  emf.publishStoredMetrics();
}
