import { App } from 'aws-cdk-lib';
import { readConfig } from '../lib/config.ts';
import { FillrateStack } from '../lib/fillrate-stack.ts';

const app = new App();
const { stage, config } = readConfig((key) => app.node.tryGetContext(key));
new FillrateStack(app, `Fillrate-${stage}`, { config });
