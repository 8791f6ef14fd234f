import { z } from 'zod';
import type { Assembly } from '../deployed/assembly.ts';
import type { ReportProgress } from '../progress.ts';
import type { Counts, Measured } from './counts.ts';
import { shapes } from './shapes.ts';
import { World } from './world.ts';

const MINUTES_PER_MONTH = 30 * 24 * 60;
const SWEEP_EVERY_MINUTES = 5;

const Stage = z.object({ DefaultRouteSettings: z.object({ ThrottlingRateLimit: z.number() }) });
const Client = z.object({ AllowedOAuthFlows: z.array(z.string()).default([]) });

const isForMachines = (properties: unknown) =>
  Client.parse(properties).AllowedOAuthFlows.includes('client_credentials');

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
      alarms: assembly.propertiesOf('AWS::CloudWatch::Alarm').length,
      dashboards: assembly.propertiesOf('AWS::CloudWatch::Dashboard').length,
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
