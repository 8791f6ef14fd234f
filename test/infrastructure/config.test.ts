import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Config, readConfig } from '../../lib/config.ts';

/** Reads the configuration as from `cdk.json` and the command line. */
function read(context: Record<string, unknown>) {
  return readConfig((key) => context[key]);
}

function readStages(stages: Record<string, unknown>) {
  return () => read({ stages });
}

describe('the configuration', () => {
  it('needs nothing: every default is the careful one', () => {
    expect(read({})).toEqual({
      stage: 'dev',
      config: {
        alertEmails: [],
        tokenIssuer: null,
        throttle: { ratePerSecond: 100, burst: 200 },
        promises: { handlingHours: 24, toleranceHours: 24 },
        logRetentionDays: 90,
        logExecutionData: false,
        removalPolicy: 'retain',
        deletionProtection: true,
      },
    });
  });

  it('documents every field', () => {
    for (const [name, field] of Object.entries(Config.shape)) expect(field.description, name).toMatch(/\.$/);
  });

  it('is the one of the stage that was asked for', () => {
    const stages = { dev: {}, prod: { logRetentionDays: 365 } };

    expect(read({ stage: 'prod', stages })).toMatchObject({ stage: 'prod', config: { logRetentionDays: 365 } });
    expect(read({ stages })).toMatchObject({ stage: 'dev', config: { logRetentionDays: 90 } });
  });

  it('ships with stages that can be deployed', () => {
    const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));

    expect(read({ ...context, stage: 'prod' }).config).toMatchObject({
      removalPolicy: 'retain',
      deletionProtection: true,
    });
    expect(read({ ...context, stage: 'trial' }).config).toMatchObject({
      removalPolicy: 'destroy',
      deletionProtection: false,
    });
  });

  it('refuses a stage that is not there, and says which are', () => {
    expect(() => read({ stage: 'prdo', stages: { dev: {}, prod: {} } })).toThrow(/"prdo".*dev, prod/);
  });

  it('names the field that is misspelled, be it in a stage that is not deployed now', () => {
    expect(readStages({ dev: {}, prod: { alertEmial: [] } })).toThrow(/"alertEmial"\s+.*stages\.prod/);
    expect(readStages({ dev: { throttle: { rate: 1 } } })).toThrow(/"rate"\s+.*stages\.dev\.throttle/);
  });

  it.each([
    ['an address that is none', { alertEmails: ['merchant@'] }, 'alertEmails[0]'],
    ['an address given twice', { alertEmails: ['m@example.com', 'm@example.com'] }, 'alertEmails'],
    [
      'an issuer without encryption',
      { tokenIssuer: { issuer: 'http://id.example.com', audience: ['a'] } },
      'tokenIssuer.issuer',
    ],
    [
      'an issuer whose tokens are for nobody',
      { tokenIssuer: { issuer: 'https://id.example.com', audience: [] } },
      'tokenIssuer.audience',
    ],
    ['a retention that CloudWatch does not know', { logRetentionDays: 45 }, 'logRetentionDays'],
    ['a text for a switch', { deletionProtection: 'no' }, 'deletionProtection'],
    ['a removal policy of another tool', { removalPolicy: 'delete' }, 'removalPolicy'],
    ['an API that takes nothing', { throttle: { ratePerSecond: 0 } }, 'throttle.ratePerSecond'],
  ])('refuses %s, and names the field', (_what, dev, field) => {
    expect(readStages({ dev })).toThrow(`stages.dev.${field}`);
  });
});
