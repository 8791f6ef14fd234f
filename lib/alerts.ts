import { Grant } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Config } from './config.ts';
import type { FillrateFunction } from './fillrate-function.ts';

/** Where the merchant hears that a shelf is running empty. */
export class Alerts extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      enforceSSL: true,
      // AWS's own key for SNS: whoever in this account may publish may use it, so it takes no grant and no monthly fee.
      masterKey: Alias.fromAliasName(this, 'Key', 'alias/aws/sns'),
    });
    for (const email of config.alertEmails) this.topic.addSubscription(new EmailSubscription(email));
  }

  /** Lets a function tell the merchant. */
  letPublish(lambda: FillrateFunction) {
    lambda.addEnvironment('ALERT_TOPIC_ARN', this.topic.topicArn);
    Grant.addToPrincipal({ grantee: lambda, actions: ['sns:Publish'], resourceArns: [this.topic.topicArn] });
  }
}
