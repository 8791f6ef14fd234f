import { Aws, Fn } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Config } from './config.ts';

/**
 * The part of the stack's id that CloudFormation draws anew for each stack that it makes. It serves where AWS wants a
 * name from us: two stacks never take the same one, not even a stack and its successor that finds what the first left.
 */
export const stackUuid = () => Fn.select(2, Fn.split('/', Aws.STACK_ID));

/** A log group that the holder of a role writes. */
export function ownLogs(scope: Construct, id: string, config: Config) {
  return new LogGroup(scope, id, { retention: config.logRetentionDays, removalPolicy: config.removalPolicy });
}

/**
 * A log group that an AWS service writes on our behalf. Services add each such group to one resource policy of the account,
 * which is full after a few; groups under `/aws/vendedlogs/` share one entry in it.
 */
export function vendedLogs(scope: Construct, id: string, service: 'apis' | 'states', config: Config) {
  return new LogGroup(scope, id, {
    logGroupName: `/aws/vendedlogs/${service}/${Aws.STACK_NAME}-${stackUuid()}`,
    retention: config.logRetentionDays,
    removalPolicy: config.removalPolicy,
  });
}
