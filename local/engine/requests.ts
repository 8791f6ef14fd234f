import { z } from 'zod';

/** The requests of the operations that the engine answers, with the service's own limits. Unknown fields are let pass. */

const Arn = z.string().min(1).max(256);
const PageSize = z.int().min(0).max(1000).optional();
const PageToken = z.string().min(1).max(1024).optional();
const TaskToken = z.string().min(1).max(2048);
const ErrorCode = z.string().max(256).optional();
const Cause = z.string().max(32_768).optional();

export const StartExecution = z.object({
  stateMachineArn: Arn,
  name: z.string().optional(),
  input: z.string().optional(),
});
export const DescribeExecution = z.object({ executionArn: Arn });
export const ListExecutions = z.object({
  stateMachineArn: Arn,
  statusFilter: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE']).optional(),
  maxResults: PageSize,
  nextToken: PageToken,
});
export const StopExecution = z.object({ executionArn: Arn, error: ErrorCode, cause: Cause });
export const GetExecutionHistory = z.object({
  executionArn: Arn,
  maxResults: PageSize,
  nextToken: PageToken,
  reverseOrder: z.boolean().optional(),
  includeExecutionData: z.boolean().optional(),
});
export const DescribeStateMachine = z.object({ stateMachineArn: Arn });
export const ListStateMachines = z.object({ maxResults: PageSize, nextToken: PageToken });
export const SendTaskSuccess = z.object({ taskToken: TaskToken, output: z.string() });
export const SendTaskFailure = z.object({ taskToken: TaskToken, error: ErrorCode, cause: Cause });
export const SendTaskHeartbeat = z.object({ taskToken: TaskToken });
