import { Duration } from 'aws-cdk-lib';
import { FilterCriteria, FilterRule, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { Alerts } from './alerts.ts';
import type { Config } from './config.ts';
import { DeadLetters } from './dead-letters.ts';
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
  /** What a reader gave up on, to be delivered again. */
  readonly deadLetters: DeadLetters;
  /**
   * The mappings of the two readers. Each counts its events in CloudWatch: namespace `AWS/Lambda`, dimension `EventSourceMappingUUID`. Dead
   * letters are `OnFailureDestinationDeliveredEventCount`; what could not even be written there, and is lost, `DroppedEventCount`.
   */
  readonly sources: Readonly<Record<'onStockChange' | 'onRecord', DynamoEventSource>>;

  constructor(scope: Construct, id: string, { config, storage, workflow, alerts, events }: ReactorsProps) {
    super(scope, id);
    this.deadLetters = new DeadLetters(this, 'DeadLetters', config);

    // So that a flood of orders does not keep stock from those who wait.
    const reservedConcurrency = config.reservedConcurrency?.streamReaders;
    const onStockChange = new FillrateFunction(this, 'OnStockChange', {
      config,
      storage,
      file: 'on-stock-change',
      reservedConcurrency,
      rows: {
        actions: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
        partitions: ['order', 'sku', 'inbound'],
      },
      timeout: Duration.seconds(60),
    });
    workflow.letStart(onStockChange);
    workflow.letAnswerTasks(onStockChange);
    const stockChanges = this.read(storage, onStockChange, [
      keyBegins('sk', 'STOCK#'),
      keyBegins('sk', 'SHIPMENT#'),
      keyBegins('pk', 'INBOUND#'),
    ]);

    const onRecord = new FillrateFunction(this, 'OnRecord', {
      config,
      storage,
      file: 'on-record',
      reservedConcurrency,
      rows: {
        actions: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
        partitions: ['order', 'sku', 'alert'],
      },
      timeout: Duration.seconds(60),
    });
    alerts.letPublish(onRecord);
    events.letPublish(onRecord);
    const records = this.read(storage, onRecord, [
      keyBegins('sk', 'STOCK#'),
      keyBegins('sk', 'PROMISES#'),
      keyBegins('sk', 'EVENT#'),
      keyBegins('pk', 'ALERT#'),
    ]);
    this.sources = { onStockChange: stockChanges, onRecord: records };
  }

  private read(storage: Storage, lambda: FillrateFunction, filters: ReturnType<typeof keyBegins>[]) {
    const source = new DynamoEventSource(storage.table, {
      filters,
      // From the oldest record there is: "latest" would miss what is written while the stack is being made.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      // A record that never passes holds its shard up for this long; one that a passing fault holds up has half a day. The other half of the
      // stream's 24 hours is left for what waits behind it.
      retryAttempts: 10,
      maxRecordAge: Duration.hours(12),
      onFailure: this.deadLetters,
      metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
    });
    lambda.addEventSource(source);
    return source;
  }
}

function keyBegins(key: 'pk' | 'sk', prefix: string) {
  return FilterCriteria.filter({ dynamodb: { Keys: { [key]: { S: FilterRule.beginsWith(prefix) } } } });
}
