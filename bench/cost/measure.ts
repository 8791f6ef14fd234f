import { z } from 'zod';
import type { Assembly } from '../deployed/assembly.ts';
import type { ReportProgress } from '../progress.ts';
import type { Counts, Measured } from './counts.ts';
import { shapes } from './shapes.ts';
import { World } from './world.ts';

const MINUTES_PER_MONTH = 30 * 24 * 60;
const SWEEP_EVERY_MINUTES = 5;

const Stage = z.object({ DefaultRouteSettings: z.object({ ThrottlingRateLimit: z.number() }) });
/** Of computed metrics, those that are computed from others have no statistic of their own. */
const Alarm = z.object({ Metrics: z.array(z.object({ MetricStat: z.unknown().optional() })).optional() });
const Client = z.object({ AllowedOAuthFlows: z.array(z.string()).default([]) });

const isForMachines = (properties: unknown) =>
  Client.parse(properties).AllowedOAuthFlows.includes('client_credentials');

const metricsWatched = (properties: unknown) =>
  Alarm.parse(properties).Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1;

/** Plays each kind of order once and counts. Once a process, whose standard output is taken for the functions' log meanwhile. */
async function measureShapes(
  report: ReportProgress,
): Promise<{ counts: Record<string, Counts>; sweep: Counts; customMetrics: number }> {
  await using world = await World.start();
  const counts: Record<string, Counts> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    report(`counting: ${shape.title}`);
    counts[name] = await world.count(shape);
  }
  report('counting: a run of the sweeper');
  const sweep = await world.countSweep();
  return { counts, sweep, customMetrics: world.customMetrics };
}

export async function measure(assembly: Assembly, report: ReportProgress): Promise<Measured> {
  const { counts, sweep, customMetrics } = await measureShapes(report);
  return {
    shapes: counts,
    monthly: {
      alarmMetrics: assembly
        .propertiesOf('AWS::CloudWatch::Alarm')
        .reduce((sum, alarm) => sum + metricsWatched(alarm), 0),
      dashboards: assembly.propertiesOf('AWS::CloudWatch::Dashboard').length,
      keys: assembly.propertiesOf('AWS::KMS::Key').length,
      machineClients: assembly.propertiesOf('AWS::Cognito::UserPoolClient').filter(isForMachines).length,
      customMetrics,
      sweep,
      sweepsPerMonth: MINUTES_PER_MONTH / SWEEP_EVERY_MINUTES,
    },
    throttlePerSecond: Stage.parse(assembly.propertiesOf('AWS::ApiGatewayV2::Stage')[0]).DefaultRouteSettings
      .ThrottlingRateLimit,
    apiConcurrency: assembly.functions.find(({ name }) => name === 'api')?.reservedConcurrency,
    memory: Object.fromEntries(assembly.functions.map(({ name, memoryMegabytes }) => [name, memoryMegabytes])),
  };
}
