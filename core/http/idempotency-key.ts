import * as z from 'zod';
import { fingerprintOf, type IdempotentRequest } from '../platform/idempotency.ts';
import type { ApiContext } from './environment.ts';

const HEADER = 'Idempotency-Key';

/** The headers of every write. */
export const WriteHeaders = z.object({
  [HEADER]: z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'expected 1 to 255 printable ASCII characters')
    .optional()
    .meta({
      description:
        "The client's own name for this request, such as a UUID. Sent again with it, the request is answered as the first time, for seven days.",
      examples: ['6f1c2f0e-8d7e-4c39-9a0c-5f0f4a2f9f11'],
    }),
});

/** What makes a repeat of the request known. A key is its client's own, and stands for one request to one path. */
export function idempotentRequest(c: ApiContext, body: unknown): IdempotentRequest | undefined {
  const key = c.req.header(HEADER);
  return key === undefined ? undefined : { key, fingerprint: fingerprintOf([c.req.method, c.req.path, body]) };
}
