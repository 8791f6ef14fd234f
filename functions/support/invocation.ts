import { about, bare, type LogFields } from '../../core/platform/log.ts';
import { tellMetrics } from '../../core/platform/metrics.ts';

/** The part of Lambda's context that is looked at. */
export interface Invocation {
  readonly awsRequestId: string;
  readonly functionName: string;
}

/**
 * One call of a function: its lines name it and what it is about, what it counted is told when it ends, and what it throws says what
 * happened and carries nothing.
 */
export function invocation<Answer>(
  context: Invocation | undefined,
  fields: LogFields,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const call = { function_name: context?.functionName, function_request_id: context?.awsRequestId, ...fields };
  return about(call, async () => {
    try {
      return await work();
    } catch (error) {
      throw bare(error);
    } finally {
      tellMetrics();
    }
  });
}
