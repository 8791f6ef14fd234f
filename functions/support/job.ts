import { log } from '../../core/platform/log.ts';
import { count } from '../../core/platform/metrics.ts';
import { type Invocation, invocation } from './invocation.ts';

/** A Lambda function that a schedule calls. What fails is not repeated: the next call is near. */
export function job<Answer>(work: () => Promise<Answer>): (event?: unknown, context?: Invocation) => Promise<Answer> {
  return (_event, context) =>
    invocation(context, {}, async () => {
      try {
        return await work();
      } catch (error) {
        count('Faults');
        log.error('the scheduled work failed', { error });
        throw error;
      }
    });
}
