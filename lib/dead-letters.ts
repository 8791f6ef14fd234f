import { Aws, type CfnElement, Duration, Stack, Validations } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { DlqDestinationConfig, IEventSourceDlq, IEventSourceMapping, IFunction } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Config } from './config.ts';

/**
 * Where Lambda puts what a reader of the stream gave up: an object for each batch, with the whole event in it, so that it can be delivered
 * again (`npm run redrive`) long after the stream has forgotten its records.
 */
export class DeadLetters extends Construct implements IEventSourceDlq {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      // Two weeks to find and mend what was wrong. Rows hold names and addresses: no longer than that.
      lifecycleRules: [{ expiration: Duration.days(14) }],
      removalPolicy: config.removalPolicy,
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Its only writer is Lambda, its only reader an engineer who redrives; CloudTrail has who that was.',
    });
  }

  /**
   * Lets a mapping write its dead letters here.
   * Not CDK's `S3OnFailureDestination`, which lets the function read and delete those of all. AWS asks for `ListBucket`, and advises the
   * condition: a bucket that was deleted can be made again by somebody else, under the same name.
   * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
   */
  bind(_: IEventSourceMapping, lambda: IFunction): DlqDestinationConfig {
    const { bucketArn } = this.bucket;
    const conditions = { StringEquals: { 's3:ResourceAccount': Aws.ACCOUNT_ID } };
    Grant.addToPrincipal({
      grantee: lambda,
      actions: ['s3:PutObject'],
      resourceArns: [`${bucketArn}/aws/lambda/*`],
      conditions,
    });
    Grant.addToPrincipal({ grantee: lambda, actions: ['s3:ListBucket'], resourceArns: [bucketArn], conditions });
    const logicalId = Stack.of(this).getLogicalId(this.bucket.node.defaultChild as CfnElement);
    if (lambda.role) {
      Validations.of(lambda.role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>/aws/lambda/*]`,
        reason: 'Lambda draws the name of each dead letter: it cannot be said beforehand, only what it begins with.',
      });
    }
    return { destination: bucketArn };
  }
}
