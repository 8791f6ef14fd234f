import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import type { Config } from './config.ts';
import { Dashboard } from './dashboard.ts';
import type { Watched } from './watched.ts';

/** For whoever is on call: what is going on, and a word when something is wrong. The merchant's alerts are another matter. */
export class Operations extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { config, watched }: { config: Config; watched: Watched }) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { enforceSSL: true, masterKey: this.keyForAlarms(config) });
    for (const email of config.operationsEmails) this.topic.addSubscription(new EmailSubscription(email));
    // With a policy of its own, the topic is closed to everybody whom it does not name.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
          ArnLike: { 'aws:SourceArn': alarmArns(this) },
        },
      }),
    );
    const alarms = new Alarms(this, 'Alarms', { topic: this.topic, watched });
    new Dashboard(this, 'Dashboard', { alarms: alarms.all, watched });
  }

  /** AWS's own key for SNS does not let alarms use it, and cannot be told to. */
  private keyForAlarms({ removalPolicy }: Config): Key {
    const key = new Key(this, 'Key', {
      description: 'Encrypts what the alarms of Fillrate say',
      enableKeyRotation: true,
      removalPolicy,
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
          ArnLike: { 'aws:SourceArn': alarmArns(this) },
        },
      }),
    );
    return key;
  }
}

function alarmArns(scope: Construct): string {
  return Stack.of(scope).formatArn({
    service: 'cloudwatch',
    resource: 'alarm',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
