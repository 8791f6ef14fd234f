import { Duration } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { Config } from './config.ts';
import { FillrateFunction } from './fillrate-function.ts';
import { ScheduledFunction } from './schedule-target.ts';
import type { Storage } from './storage.ts';

/**
 * Audits all promises every night, so that drift is an alarm the next morning. It changes nothing, and may not.
 *
 * It reads the whole table and keeps the books in memory, so there is a number of orders for which neither memory nor time is enough:
 * `docs/operations/alarms/audit-missing.md` says how many those are, and what to do then.
 */
export class Auditor extends Construct {
  readonly lambda: FillrateFunction;

  constructor(scope: Construct, id: string, { config, storage }: { config: Config; storage: Storage }) {
    super(scope, id);
    this.lambda = new FillrateFunction(this, 'Audit', {
      config,
      storage,
      file: 'audit',
      // Lambda's longest.
      timeout: Duration.minutes(15),
      // The most that an account has without asking for more.
      memoryMegabytes: 3008,
      reservedConcurrency: config.reservedConcurrency ? 1 : undefined,
      // Looks at a row again that seems wrong.
      rows: { actions: ['GetItem'], partitions: ['sku', 'order', 'inbound'] },
    });
    storage.letScan(this.lambda);
    const once = { retryAttempts: 0, maxEventAge: Duration.hours(1) };
    this.lambda.configureAsyncInvoke(once);

    new Schedule(this, 'Nightly', {
      schedule: ScheduleExpression.cron({ hour: '3', minute: '17' }),
      target: new ScheduledFunction(this.lambda, once),
      description: 'Audits the promises of Fillrate',
    });
  }
}
