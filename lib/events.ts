import { Grant } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { FifoThroughputScope, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { FillrateFunction } from './fillrate-function.ts';
import { stackUuid } from './logs.ts';

/** Where other systems hear what happens to orders: in order per order, and each event once within five minutes. */
export class Events extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      // SNS wants a name of a FIFO topic.
      topicName: `fillrate-events-${stackUuid()}.fifo`,
      fifo: true,
      // Orders do not wait for each other.
      fifoThroughputScope: FifoThroughputScope.MESSAGE_GROUP,
      enforceSSL: true,
      masterKey: Alias.fromAliasName(this, 'Key', 'alias/aws/sns'),
    });
  }

  /** Lets a function tell the outside. */
  letPublish(lambda: FillrateFunction) {
    lambda.addEnvironment('EVENT_TOPIC_ARN', this.topic.topicArn);
    Grant.addToPrincipal({ grantee: lambda, actions: ['sns:Publish'], resourceArns: [this.topic.topicArn] });
  }
}
