import { App, type AppProps, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readConfig, type StageConfig } from './config.ts';
import { FillrateStack } from './fillrate-stack.ts';

/**
 * The stage that was asked for (`-c stage=prod`, or else `dev`). It cannot be synthesized, and so not deployed either,
 * while cdk-nag finds anything that is not acknowledged, with a reason, on the construct that it is about.
 */
export class FillrateApp extends App {
  readonly stack: FillrateStack;

  constructor(stages: Record<string, StageConfig>, props?: AppProps) {
    super(props);
    const { stage, config } = readConfig(this.node.tryGetContext('stage'), stages);
    this.stack = new FillrateStack(this, `Fillrate-${stage}`, { config });
    Validations.of(this).addPlugins(new AwsSolutionsChecks(this));
  }
}
