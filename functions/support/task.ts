import * as z from 'zod';
import * as foreseen from '../../core/orders/workflow-errors.ts';
import { type LogFields, log } from '../../core/platform/log.ts';
import { count } from '../../core/platform/metrics.ts';
import { type Invocation, invocation } from './invocation.ts';

const FORESEEN = new Set(Object.keys(foreseen));

/** A Lambda function that is a step of the workflow: input checked, output as it comes, faults thrown by name. */
export function task<Input, Output>(
  schema: z.ZodType<Input>,
  perform: (input: Input) => Promise<Output>,
): (event: unknown, context?: Invocation) => Promise<Output> {
  return (event, context) =>
    invocation(context, idsIn(event), async () => {
      try {
        const input = schema.safeParse(event);
        if (!input.success) throw new foreseen.InvalidInput(z.prettifyError(input.error));
        return await perform(input.data);
      } catch (error) {
        reportFailure(error);
        throw error;
      }
    });
}

/** What the workflow catches by name is an answer to it, though Lambda counts it as an error. */
function reportFailure(error: unknown): void {
  if (error instanceof Error && FORESEEN.has(error.name)) {
    count('TasksDeclined');
    log.info('the task was declined', { code: error.name, error });
    return;
  }
  count('Faults');
  log.error('the task failed', { error });
}

/** Execution and shipment, as far as the event of a task names them. */
function idsIn(event: unknown): LogFields {
  const { executionName, shipmentId, stage } = Object(event) as Record<string, unknown>;
  return { executionName: asText(executionName), shipmentId: asText(shipmentId), stage: asText(stage) };
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
