import { join } from 'node:path';
import { Aws, type Duration, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import type { Config } from './config.ts';
import { ownLogs } from './logs.ts';
import type { RowAccess, Storage } from './storage.ts';

const PROJECT = join(import.meta.dirname, '..');

export interface FillrateFunctionProps {
  readonly config: Config;
  readonly storage: Storage;
  /** What it does to the table's rows, and no more. A test plays every journey and holds the calls against it. */
  readonly rows: RowAccess;
  /** The file in `functions/`, without its ending. */
  readonly file: string;
  /** Shorter than whoever calls it waits. */
  readonly timeout: Duration;
  /** How many of it may run at once, which no other function can take from it. Left out, it takes what the account has left. */
  readonly reservedConcurrency?: number | undefined;
  /** CPU comes in proportion to it. */
  readonly memoryMegabytes?: number;
  readonly environment?: Record<string, string>;
}

/**
 * The one way in which a function of ours is made. It may write its own log and its traces, and do to the rows of
 * the table what it says; the construct that makes it grants what else it needs.
 */
export class FillrateFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: FillrateFunctionProps) {
    const logGroup = ownLogs(scope, `${id}Logs`, props.config);
    // Not the role that CDK would make: its managed policy lets a function write any log of the account.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'PutTraceSegments and PutTelemetryRecords write traces, and X-Ray knows no resource to name for them.',
    });

    super(scope, id, {
      entry: join(PROJECT, 'functions', `${props.file}.ts`),
      projectRoot: PROJECT,
      depsLockFilePath: join(PROJECT, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: props.timeout,
      memorySize: props.memoryMegabytes ?? 512,
      ...(props.reservedConcurrency && { reservedConcurrentExecutions: props.reservedConcurrency }),
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        // By which Powertools names whose lines and metrics they are, and how much is said.
        POWERTOOLS_SERVICE_NAME: Aws.STACK_NAME,
        POWERTOOLS_LOG_LEVEL: props.config.logLevel,
        HANDLING_HOURS: String(props.config.promises.handlingHours),
        PROMISE_TOLERANCE_HOURS: String(props.config.promises.toleranceHours),
        ...props.environment,
      },
      bundling: {
        // CommonJS starts a sixth faster than a module here, once the packages' module builds have been shaken.
        format: OutputFormat.CJS,
        mainFields: ['module', 'main'],
        target: 'node24',
        minify: true,
        sourceMap: true,
        sourcesContent: false,
        // The SDK too: the pinned one, and only what is used of it.
        externalModules: [],
        logLevel: LogLevel.WARNING,
      },
    });
    props.storage.openTo(this, props.rows);
  }
}
