import { Duration, Validations } from 'aws-cdk-lib';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Alerts } from './alerts.ts';
import type { Config } from './config.ts';
import type { Events } from './events.ts';
import { FillrateFunction } from './fillrate-function.ts';
import type { Storage } from './storage.ts';
import type { Workflow } from './workflow.ts';

interface ReactorsProps {
  readonly config: Config;
  readonly storage: Storage;
  readonly workflow: Workflow;
  readonly alerts: Alerts;
  readonly events: Events;
}

/** What follows from a change of the table. There are two readers because DynamoDB serves two per shard well. */
export class Reactors extends Construct {
  /** Names the stretch of the stream that a reader gave up on. The rows themselves stay in the stream for a day. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { config, storage, workflow, alerts, events }: ReactorsProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: config.removalPolicy,
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a dead-letter queue itself: that of the stream readers, whose setting cdk-nag does not look at.',
    });

    const onStockChange = new FillrateFunction(this, 'OnStockChange', {
      config,
      storage,
      file: 'on-stock-change',
      timeout: Duration.seconds(60),
    });
    workflow.letStart(onStockChange);
    workflow.letAnswerTasks(onStockChange);
    this.read(storage, onStockChange, [
      keyBegins('sk', 'STOCK#'),
      keyBegins('sk', 'SHIPMENT#'),
      keyBegins('pk', 'INBOUND#'),
    ]);

    const onRecord = new FillrateFunction(this, 'OnRecord', {
      config,
      storage,
      file: 'on-record',
      timeout: Duration.seconds(60),
    });
    alerts.letPublish(onRecord);
    events.letPublish(onRecord);
    this.read(storage, onRecord, [
      keyBegins('sk', 'STOCK#'),
      keyBegins('sk', 'PROMISES#'),
      keyBegins('sk', 'EVENT#'),
      keyBegins('pk', 'ALERT#'),
    ]);
  }

  private read(storage: Storage, lambda: FillrateFunction, filters: ReturnType<typeof keyBegins>[]) {
    lambda.addEventSource(
      new DynamoEventSource(storage.table, {
        filters,
        // From the oldest record there is: "latest" would miss what is written while the stack is being made.
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        reportBatchItemFailures: true,
        bisectBatchOnError: true,
        // A record that never passes holds its shard up for this long; one that a passing fault holds up has half a day.
        // The other half of the stream's 24 hours is left for whoever follows a dead letter into the stream.
        retryAttempts: 10,
        maxRecordAge: Duration.hours(12),
        onFailure: new SqsDlq(this.deadLetters),
      }),
    );
  }
}

function keyBegins(key: 'pk' | 'sk', prefix: string) {
  return FilterCriteria.filter({ dynamodb: { Keys: { [key]: { S: FilterRule.beginsWith(prefix) } } } });
}
