import { App } from 'aws-cdk-lib';
import { readConfig } from '../lib/config.ts';
import { FillrateStack } from '../lib/fillrate-stack.ts';
import { stages } from '../lib/stages.ts';

const app = new App();
const { stage, config } = readConfig(app.node.tryGetContext('stage'), stages);
new FillrateStack(app, `Fillrate-${stage}`, { config });
