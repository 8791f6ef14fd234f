import * as z from 'zod';
import { InvalidInput } from '../../core/orders/workflow-errors.ts';
import { log } from '../../core/platform/log.ts';

/** A Lambda function that is a step of the workflow: input checked, output as it comes, faults thrown by name. */
export function task<Input, Output>(
  schema: z.ZodType<Input>,
  perform: (input: Input) => Promise<Output>,
): (event: unknown) => Promise<Output> {
  return async (event) => {
    const input = schema.safeParse(event);
    if (!input.success) throw new InvalidInput(z.prettifyError(input.error));
    try {
      return await perform(input.data);
    } catch (error) {
      log.warn('the task did not succeed', error as Error);
      throw error;
    }
  };
}
