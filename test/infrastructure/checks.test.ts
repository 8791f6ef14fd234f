import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CfnResource, type Stack, Validations } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks, type IApplyRule } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { StageConfig } from '../../lib/config.ts';
import { FillrateApp } from '../../lib/fillrate-app.ts';
import { stages } from '../../lib/stages.ts';
import { appProps } from './synthesized.ts';

const Report = z.object({
  pluginReports: z.array(z.object({ pluginName: z.string(), violations: z.array(z.object({ ruleName: z.string() })) })),
});

/** Synthesizes a stage after a change of its stack; answers with what the checks of the synthesis found, and whether they stopped it. */
function check(
  stage: string,
  change: (stack: Stack) => unknown = () => {},
  configs: Record<string, StageConfig> = stages,
) {
  const outdir = mkdtempSync(join(tmpdir(), 'fillrate-checks-'));
  try {
    const app = new FillrateApp(configs, appProps(outdir, stage));
    change(app.stack);
    let isStopped = false;
    try {
      app.synth();
    } catch (error) {
      expect(error).toMatchObject({ name: 'ValidationFailed' });
      isStopped = true;
    }
    const { pluginReports } = Report.parse(JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')));
    const found = pluginReports.flatMap(({ pluginName, violations }) =>
      violations.map(({ ruleName }) => `${pluginName}: ${ruleName}`),
    );
    return { found, isStopped };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function table(stack: Stack) {
  return stack.node.findAll().find((construct) => construct instanceof CfnTable);
}

describe('the synthesis', () => {
  it.each(Object.keys(stages))('finds nothing in the stage %s, not even what is only worth a warning', (stage) => {
    expect(check(stage)).toEqual({ found: [], isStopped: false });
  });

  it('finds nothing either where every option is taken', () => {
    const email = 'somebody@example.com';
    const common: StageConfig = {
      alertEmails: [email],
      reservedConcurrency: {},
      logExecutionData: true,
      tableKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555',
    };
    const tokenIssuer = { issuer: 'https://id.example.com/', audience: ['fillrate-api'] };
    const restoredTableStreamArn =
      'arn:aws:dynamodb:eu-central-1:123456789012:table/restored/stream/2026-11-24T00:00:00.000';

    const configs: Record<string, StageConfig> = {
      people: { ...common, consoleUrls: ['https://console.example.com/'] },
      restored: { ...common, tokenIssuer, restoredTableStreamArn },
    };
    for (const stage of Object.keys(configs)) {
      expect(check(stage, undefined, configs), stage).toEqual({ found: [], isStopped: false });
    }
  });

  it('stops at what cdk-nag finds and nobody has answered for', () => {
    const careless = check('dev', (stack) => new Topic(stack, 'Careless'));

    expect(careless).toEqual({ found: ['AwsSolutions: AwsSolutions-SNS3'], isStopped: true });
  });

  it('stops at a template that CloudFormation would refuse', () => {
    const misspelled = check('dev', (stack) => table(stack)?.addPropertyOverride('BilingMode', 'PAY_PER_REQUEST'));
    const mistaken = check('dev', (stack) => table(stack)?.addPropertyOverride('StreamSpecification', 'NEW_IMAGE'));

    expect(misspelled).toEqual({ found: ['CloudFormation Validate: F3002'], isStopped: true });
    expect(mistaken).toMatchObject({ isStopped: true });
  });
});

/** cdk-nag with a deaf ear for acknowledgements. */
class AllFindings extends AwsSolutionsChecks {
  readonly found: { readonly id: string; readonly resource: CfnResource }[] = [];

  protected override applyRule({ rule, ruleSuffixOverride, node }: IApplyRule) {
    const result = rule(node);
    const id = `${this.packName}-${ruleSuffixOverride ?? rule.name}`;
    if (result === 'Non-Compliant') this.found.push({ id, resource: node });
    if (Array.isArray(result)) for (const part of result) this.found.push({ id: `${id}[${part}]`, resource: node });
  }
}

const Acknowledged = z.record(z.string(), z.string());

function acknowledgementsIn(stack: Stack) {
  return stack.node.findAll().flatMap((construct) =>
    construct.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(Acknowledged.parse(data)))
      .map(([id, reason]) => ({ construct, id: id.replace(/^Annotation::/, ''), reason })),
  );
}

function holds(outer: IConstruct, inner: IConstruct) {
  return inner.node.scopes.includes(outer);
}

describe('what is acknowledged', () => {
  const { stack } = new FillrateApp(stages, appProps(mkdtempSync(join(tmpdir(), 'fillrate-checks-')), 'prod'));
  const pack = new AllFindings(stack);
  pack.validateScope(stack);
  const acknowledgements = acknowledgementsIn(stack);

  it('is not more than what is found', () => {
    const idle = acknowledgements.filter(
      ({ construct, id }) => !pack.found.some((finding) => finding.id === id && holds(construct, finding.resource)),
    );

    expect(pack.found).not.toEqual([]);
    expect(idle.map(({ construct, id }) => `${construct.node.path} ${id}`)).toEqual([]);
  });

  it('stands on the construct that it is about, not on the whole stack or a part of it', () => {
    const parts = [stack, ...stack.node.children.filter(({ node }) => node.defaultChild === undefined)];

    expect(acknowledgements.filter(({ construct }) => parts.includes(construct))).toEqual([]);
  });

  it('has a reason that says more than a word', () => {
    for (const { id, reason } of acknowledgements) expect(reason.split(' ').length, id).toBeGreaterThan(7);
  });
});
