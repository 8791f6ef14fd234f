import { describe, expect, it } from 'vitest';
import { Config, readConfig } from '../../lib/config.ts';
import { stages } from '../../lib/stages.ts';

function reading(written: Record<string, unknown>) {
  return () => readConfig(undefined, written);
}

describe('the configuration', () => {
  it('needs nothing: every default is the careful one', () => {
    expect(readConfig(undefined, { dev: {} })).toEqual({
      stage: 'dev',
      config: {
        alertEmails: [],
        operationsEmails: [],
        tokenIssuer: null,
        consoleUrls: [],
        throttle: { ratePerSecond: 100, burst: 200, open: { ratePerSecond: 20, burst: 40 } },
        reservedConcurrency: null,
        promises: { handlingHours: 24, toleranceHours: 24 },
        logRetentionDays: 90,
        recoveryDays: 35,
        tableKeyArn: null,
        restoredTableStreamArn: null,
        logLevel: 'INFO',
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
    const written = { dev: {}, prod: { logRetentionDays: 365 } };

    expect(readConfig('prod', written)).toMatchObject({ stage: 'prod', config: { logRetentionDays: 365 } });
    expect(readConfig(undefined, written)).toMatchObject({ stage: 'dev', config: { logRetentionDays: 90 } });
  });

  it('ships with stages that can be deployed', () => {
    expect(readConfig('prod', stages).config).toMatchObject({ removalPolicy: 'retain', deletionProtection: true });
    expect(readConfig('trial', stages).config).toMatchObject({ removalPolicy: 'destroy', deletionProtection: false });
  });

  it('refuses a stage that is not there, and says which are', () => {
    expect(() => readConfig('prdo', { dev: {}, prod: {} })).toThrow(/"prdo".*dev, prod/);
    expect(() => readConfig('Prod', { dev: {}, prod: {} })).toThrow(/lower-case letters.*\s+.*stage/);
  });

  it('names the field that is misspelled, be it in a stage that is not deployed now', () => {
    expect(reading({ dev: {}, prod: { alertEmial: [] } })).toThrow(/"alertEmial"\s+.*stages\.prod/);
    expect(reading({ dev: { throttle: { rate: 1 } } })).toThrow(/"rate"\s+.*stages\.dev\.throttle/);
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
    ['a console in the clear', { consoleUrls: ['http://console.example.com/'] }, 'consoleUrls[0]'],
    ['a console that is only called localhost', { consoleUrls: ['http://localhost.example.com/'] }, 'consoleUrls[0]'],
    ['a console of no web', { consoleUrls: ['fillrate://console'] }, 'consoleUrls[0]'],
    ['a console with a fragment', { consoleUrls: ['https://console.example.com/#in'] }, 'consoleUrls[0]'],
    ['a console given twice', { consoleUrls: ['https://c.example.com/', 'https://c.example.com/'] }, 'consoleUrls'],
    ['an API that is slower for who has a token', { throttle: { ratePerSecond: 10 } }, 'throttle.open'],
    ['a retention that CloudWatch does not know', { logRetentionDays: 45 }, 'logRetentionDays'],
    ['a text for a switch', { deletionProtection: 'no' }, 'deletionProtection'],
    ['a removal policy of another tool', { removalPolicy: 'delete' }, 'removalPolicy'],
    ['a function that never runs', { reservedConcurrency: { api: 0 } }, 'reservedConcurrency.api'],
    ['an API that takes nothing', { throttle: { ratePerSecond: 0 } }, 'throttle.ratePerSecond'],
  ])('refuses %s, and names the field', (_what, dev, field) => {
    expect(reading({ dev })).toThrow(`stages.dev.${field}`);
  });
});
