import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Alerts } from './alerts.ts';
import { Api } from './api.ts';
import { Auditor } from './auditor.ts';
import type { Config } from './config.ts';
import { Events } from './events.ts';
import { MachineIdentity } from './machine-identity.ts';
import { Operations } from './operations.ts';
import { Reactors } from './reactors.ts';
import { Storage } from './storage.ts';
import { Sweeper } from './sweeper.ts';
import { functionsIn } from './watched.ts';
import { Workflow } from './workflow.ts';

/** All of Fillrate in one stack: each construct owns what it grants, and this says only what knows of what. */
export class FillrateStack extends Stack {
  constructor(scope: Construct, id: string, { config }: { config: Config }) {
    super(scope, id, {
      description: 'Fillrate: order fulfillment that never oversells',
      terminationProtection: config.deletionProtection,
    });
    const storage = new Storage(this, 'Storage', config);
    const alerts = new Alerts(this, 'Alerts', config);
    const events = new Events(this, 'Events');
    const workflow = new Workflow(this, 'Workflow', { config, storage });
    const reactors = new Reactors(this, 'Reactors', { config, storage, workflow, alerts, events });
    const sweeper = new Sweeper(this, 'Sweeper', { config, storage, workflow });
    const auditor = new Auditor(this, 'Auditor', { config, storage });
    const issuer = config.tokenIssuer ?? this.ownIssuer(config);
    const api = new Api(this, 'Api', { config, storage, issuer });
    workflow.goLiveAfter(functionsIn(this));
    const watched = { api, workflow, reactors, sweeper, auditor, storage, alerts, events };
    const operations = new Operations(this, 'Operations', { config, watched });

    this.output('ApiUrl', 'Where the API listens', api.url);
    this.output('TableName', 'The table that holds everything', storage.table.tableName);
    this.output('StateMachineArn', 'What an order system may hand whole orders to', workflow.liveArn);
    this.output('AlertTopicArn', 'What to subscribe to, to hear of low stock', alerts.topic.topicArn);
    this.output('OperationsTopicArn', 'What to subscribe to, to hear of alarms', operations.topic.topicArn);
    this.output('EventTopicArn', 'Where other systems hear what happens to orders', events.topic.topicArn);
    this.output('DeadLetterBucketName', 'What the stream reactors gave up on', reactors.deadLetters.bucket.bucketName);
  }

  private ownIssuer(config: Config) {
    const identity = new MachineIdentity(this, 'MachineIdentity', config);
    this.output('TokenEndpoint', 'Where a client gets its token', identity.tokenEndpoint);
    this.output('UserPoolId', 'Who has an account and which clients there are', identity.userPoolId);
    for (const [name, clientId] of Object.entries(identity.clientIds)) {
      this.output(`${name}ClientId`, 'Its secret: aws cognito-idp describe-user-pool-client', clientId);
    }
    if (identity.consoleClientId) {
      this.output('ConsoleClientId', 'What the console in the browser signs people in with', identity.consoleClientId);
    }
    return identity.issuer;
  }

  private output(id: string, description: string, value: string) {
    new CfnOutput(this, id, { description, value });
  }
}
