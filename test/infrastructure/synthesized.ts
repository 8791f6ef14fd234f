import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { Config } from '../../lib/config.ts';
import { FillrateStack } from '../../lib/fillrate-stack.ts';

const Resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
});
export type Resource = z.infer<typeof Resource>;

/**
 * The stack as `cdk synth` makes it with the flags of `cdk.json`, but for the bundling, which takes seconds and shows nothing
 * in the template.
 */
export function synthesize(config: z.input<typeof Config> = {}) {
  const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));
  const outdir = mkdtempSync(join(tmpdir(), 'fillrate-synth-'));
  try {
    const app = new App({ outdir, context: { ...context, 'aws:cdk:bundling-stacks': [] } });
    const stack = new FillrateStack(app, 'Fillrate-dev', { config: Config.parse(config) });
    const template = Template.fromStack(stack);
    const resources = z.record(z.string(), Resource).parse(template.toJSON().Resources);
    return { stack, template, resources };
  } finally {
    rmSync(outdir, { recursive: true });
  }
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
