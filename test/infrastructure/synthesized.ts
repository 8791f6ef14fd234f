import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import type { StageConfig } from '../../lib/config.ts';
import { FillrateApp } from '../../lib/fillrate-app.ts';
import { stages } from '../../lib/stages.ts';

const Resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DependsOn: z.union([z.string(), z.array(z.string())]).optional(),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
});
export type Resource = z.infer<typeof Resource>;

/** The stage `dev` with this configuration. */
export function synthesize(config: StageConfig = {}) {
  return synthesizeApp({ dev: config }, 'dev');
}

/** A stage as it is deployed. */
export function synthesizeStage(stage: keyof typeof stages) {
  return synthesizeApp(stages, stage);
}

function synthesizeApp(configs: Record<string, StageConfig>, stage: string) {
  const outdir = mkdtempSync(join(tmpdir(), 'fillrate-synth-'));
  try {
    const { stack } = new FillrateApp(configs, appProps(outdir, stage));
    const template = Template.fromStack(stack);
    const resources = z.record(z.string(), Resource).parse(template.toJSON().Resources);
    return { stack, template, resources };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** What `cdk synth` passes to the app, but for the bundling, which takes seconds and shows nothing in the template. */
export function appProps(outdir: string, stage: string): AppProps {
  const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));
  return { outdir, context: { ...context, stage, 'aws:cdk:bundling-stacks': [] } };
}

/** The name that a resource has in our code: its logical id without the hash that CDK appends. */
export function nameOf(logicalId: string) {
  return logicalId.replace(/[0-9A-F]{8}$/, '');
}

export function ofType(resources: Record<string, Resource>, type: string) {
  return Object.entries(resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([logicalId, resource]) => ({ logicalId, name: nameOf(logicalId), ...resource }));
}
