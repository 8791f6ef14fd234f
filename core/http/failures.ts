import { HTTPException } from 'hono/http-exception';
import { IdempotencyKeyReused } from '../platform/idempotency.ts';
import { TooMuchContention } from '../platform/table/decide.ts';
import { InvalidCursor } from '../platform/table/pages.ts';
import { Problem } from './problem.ts';

/** When a client that was turned away may come back: by then, whatever it contended for has moved on. */
const RETRY_AFTER_SECONDS = 1;

/** How DynamoDB names that it was asked for too much, once the SDK has tried again in vain. */
const THROTTLING = new Set(['ProvisionedThroughputExceededException', 'RequestLimitExceeded', 'ThrottlingException']);

/** What a client is told of an error. Of one that nobody foresaw it learns nothing but that it happened. */
export function asProblem(error: Error): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof InvalidCursor) {
    return new Problem('invalid-cursor', { errors: [{ field: 'cursor', detail: error.message }] });
  }
  if (error instanceof IdempotencyKeyReused) {
    return new Problem('idempotency-key-reused', { errors: [{ field: 'Idempotency-Key', detail: error.message }] });
  }
  if (error instanceof TooMuchContention || THROTTLING.has(error.name)) {
    return new Problem('busy', { headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) }, cause: error });
  }
  if (error instanceof HTTPException) return ofHono(error);
  return new Problem('internal-error', { cause: error });
}

/** What hono's own checks of the body throw. */
function ofHono(error: HTTPException): Problem {
  switch (error.status) {
    case 400:
      return new Problem('malformed-json', { detail: 'expected a JSON document' });
    case 415:
      return new Problem('unsupported-media-type', { detail: 'expected the Content-Type application/json' });
    default:
      return new Problem('internal-error', { cause: error });
  }
}
