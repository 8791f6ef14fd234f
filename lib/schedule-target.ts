import { Grant, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LambdaInvoke, type ScheduleTargetBaseProps } from 'aws-cdk-lib/aws-scheduler-targets';

/** A function that a schedule calls. CDK's own target lets the schedule call every version of it, too. */
export class ScheduledFunction extends LambdaInvoke {
  private readonly lambda: IFunction;

  constructor(lambda: IFunction, props: ScheduleTargetBaseProps) {
    super(lambda, props);
    this.lambda = lambda;
  }

  protected override addTargetActionToRole(role: IRole) {
    Grant.addToPrincipal({
      grantee: role,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [this.lambda.functionArn],
    });
  }
}
