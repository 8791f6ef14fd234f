import { RemovalPolicy } from 'aws-cdk-lib';
import type { StageConfig } from './config.ts';

/**
 * The configuration of every stage: what differs from the careful defaults in `config.ts`, where each field is explained.
 * `-c stage=prod` chooses one; add yours here.
 */
export const stages = {
  dev: {},
  /** Leaves nothing behind when it is deleted. */
  trial: { removalPolicy: RemovalPolicy.DESTROY, deletionProtection: false, logRetentionDays: 7, recoveryDays: 7 },
  /** Needs the 1,000 concurrent executions that an account has by default: it takes 302 of them for itself. */
  prod: { logRetentionDays: 365, reservedConcurrency: {} },
} satisfies Record<string, StageConfig>;
