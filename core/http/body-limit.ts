import { bodyLimit } from 'hono/body-limit';
import { Problem } from './problem.ts';

/** An order of 1,000 lines takes half of it, generously indented. Lambda would take 6 MB. */
export const MAX_BODY_BYTES = 256 * 1024;

export const limitBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    // The rest of the body is not read, so nothing else can follow on this connection.
    const headers = { Connection: 'close' };
    throw new Problem('body-too-large', { detail: `expected at most ${MAX_BODY_BYTES} bytes`, headers });
  },
});
