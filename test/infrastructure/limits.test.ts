import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readable } from './policies.ts';
import { ofType, synthesize, synthesizeStage } from './synthesized.ts';

const { resources } = synthesizeStage('prod');
const functions = ofType(resources, 'AWS::Lambda::Function');

const secondsOf = (name: string) => Number(functions.find((each) => each.name === name)?.Properties.Timeout);

/** The states that wait for what a function answers, by the function; those that wait for a task token do not. */
const callers = Object.values(
  z
    .object({
      States: z.record(
        z.string(),
        z.looseObject({
          Resource: z.string().optional(),
          TimeoutSeconds: z.unknown().optional(),
          Arguments: z.looseObject({ FunctionName: z.string().optional() }).optional(),
        }),
      ),
    })
    .parse(JSON.parse(readFileSync(new URL('../../statemachines/order-fulfillment.asl.json', import.meta.url), 'utf8')))
    .States,
).flatMap(({ Resource, TimeoutSeconds, Arguments }) => {
  const called = Arguments?.FunctionName?.match(/\$\{(\w+)\}/)?.[1];
  return called && Resource?.endsWith('lambda:invoke') ? [{ called, seconds: Number(TimeoutSeconds) }] : [];
});

const Schedules = z.array(
  z.object({
    Properties: z.object({
      ScheduleExpression: z.string(),
      Target: z.object({
        Arn: z.unknown().transform(readable),
        RetryPolicy: z.object({ MaximumRetryAttempts: z.number(), MaximumEventAgeInSeconds: z.number() }),
      }),
    }),
  }),
);
const schedules = Schedules.parse(ofType(resources, 'AWS::Scheduler::Schedule')).map(({ Properties }) => Properties);

describe('every function ends before its caller stops waiting', () => {
  it('the workflow', () => {
    expect(callers.map(({ called }) => called).sort()).toEqual(['OpenBackorder', 'ReleaseStock', 'ReserveStock']);
    // Twice over: a slow attempt is at its end before the next one starts.
    for (const { called, seconds } of callers) {
      expect(secondsOf(`Workflow${called}`) * 2, called).toBeLessThanOrEqual(seconds);
    }
  });

  it('the gateway, which gives up after 30 seconds', () => {
    expect(secondsOf('ApiHandler')).toBeLessThan(29);
  });

  it('a schedule that comes every few minutes', () => {
    const rates = schedules.flatMap(({ ScheduleExpression, Target }) => {
      const minutes = ScheduleExpression.match(/^rate\((\d+) minutes\)$/)?.[1];
      return minutes ? [{ name: Target.Arn, seconds: Number(minutes) * 60 }] : [];
    });

    expect(rates).not.toEqual([]);
    for (const { name, seconds } of rates) expect(secondsOf(name), name).toBeLessThan(seconds);
  });

  it('or else within 15 minutes, which is the longest there is', () => {
    for (const { name, Properties } of functions) expect(Properties.Timeout, name).toBeLessThanOrEqual(15 * 60);
  });
});

describe('what is called without anybody waiting', () => {
  it('is called once, and not when it is late: the next call is near', () => {
    expect(schedules).not.toEqual([]);
    for (const { Target } of schedules) {
      expect(Target.RetryPolicy.MaximumRetryAttempts, Target.Arn).toBe(0);
      expect(Target.RetryPolicy.MaximumEventAgeInSeconds, Target.Arn).toBeLessThanOrEqual(60 * 60);
      const [own, ...others] = ofType(resources, 'AWS::Lambda::EventInvokeConfig').filter(
        ({ Properties }) => readable(Properties.FunctionName) === Target.Arn,
      );
      expect(others).toEqual([]);
      expect(own?.Properties, Target.Arn).toMatchObject({
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: Target.RetryPolicy.MaximumEventAgeInSeconds,
      });
    }
  });

  it('by the stream is tried a few times, for half a day', () => {
    const mappings = ofType(resources, 'AWS::Lambda::EventSourceMapping');

    expect(mappings).toHaveLength(2);
    for (const { name, Properties } of mappings) {
      expect(Properties, name).toMatchObject({ MaximumRetryAttempts: 10, MaximumRecordAgeInSeconds: 12 * 60 * 60 });
    }
  });
});

describe('reserved concurrency', () => {
  const reserved = (of: ReturnType<typeof synthesize>) =>
    Object.fromEntries(
      ofType(of.resources, 'AWS::Lambda::Function').flatMap(({ name, Properties }) => {
        const own = Properties.ReservedConcurrentExecutions;
        return own === undefined ? [] : [[name, own]];
      }),
    );

  it('is asked for by no stage that a new account must be able to deploy', () => {
    expect(reserved(synthesizeStage('dev'))).toEqual({});
    expect(reserved(synthesizeStage('trial'))).toEqual({});
  });

  it('in production holds the API back, keeps a place for the stream, and lets nothing scheduled run twice at once', () => {
    const production = reserved(synthesizeStage('prod'));

    expect(production).toMatchObject({ ApiHandler: 200, ReactorsOnStockChange: 50, ReactorsOnRecord: 50 });
    for (const { Target } of schedules) expect(production[Target.Arn], Target.Arn).toBe(1);
  });

  it('leaves the workflow alone, and most of what an account has to it', () => {
    const production = reserved(synthesizeStage('prod'));
    const held = Object.values(production).map(Number);

    expect(Object.keys(production).filter((name) => name.startsWith('Workflow'))).toEqual([]);
    expect(held.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(500);
  });

  it('lets in what the gateway lets in', () => {
    const [stage] = ofType(resources, 'AWS::ApiGatewayV2::Stage');
    const { ThrottlingBurstLimit } = z
      .object({ ThrottlingBurstLimit: z.number() })
      .parse(stage?.Properties.DefaultRouteSettings);

    expect(reserved(synthesizeStage('prod')).ApiHandler).toBeGreaterThanOrEqual(ThrottlingBurstLimit);
  });

  it('is what the configuration says', () => {
    const own = synthesize({ reservedConcurrency: { api: 300, streamReaders: 7 } });

    expect(reserved(own)).toMatchObject({ ApiHandler: 300, ReactorsOnStockChange: 7, ReactorsOnRecord: 7 });
  });
});
