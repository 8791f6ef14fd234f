import { Duration } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { Config } from './config.ts';
import { FillrateFunction } from './fillrate-function.ts';
import { ScheduledFunction } from './schedule-target.ts';
import type { Storage } from './storage.ts';
import type { Workflow } from './workflow.ts';

interface SweeperProps {
  readonly config: Config;
  readonly storage: Storage;
  readonly workflow: Workflow;
}

/** Does what the stream should have done, every five minutes. A run that fails is not repeated: the next one is near. */
export class Sweeper extends Construct {
  constructor(scope: Construct, id: string, { config, storage, workflow }: SweeperProps) {
    super(scope, id);
    const every = Duration.minutes(5);
    const sweep = new FillrateFunction(this, 'Sweep', {
      config,
      storage,
      file: 'sweep',
      rows: {
        actions: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
        partitions: ['order', 'sku', 'inbound'],
      },
      // Ends before the next one starts.
      timeout: Duration.minutes(4),
      reservedConcurrency: config.reservedConcurrency ? 1 : undefined,
    });
    sweep.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: every });
    storage.letQuery(sweep, 'stock-by-location', 'open-shipments', 'inbound-by-arrival');
    workflow.letStart(sweep);
    workflow.letListExecutions(sweep);
    workflow.letAnswerTasks(sweep);

    new Schedule(this, 'Every', {
      schedule: ScheduleExpression.rate(every),
      target: new ScheduledFunction(sweep, { retryAttempts: 0, maxEventAge: every }),
      description: 'Repairs what the stream reactors of Fillrate missed',
    });
  }
}
