import type { OpenAPIHono } from '@hono/zod-openapi';
import { MAX_BODY_BYTES } from './body-limit.ts';
import type { ApiEnvironment } from './environment.ts';
import type { Tag } from './operation.ts';
import { PROBLEM_TYPES, type ProblemCode, typeOf } from './problem-types.ts';
import { SCOPES } from './scopes.ts';

/** Rises when a client that was written for the one before would break. */
const API_VERSION = '1';

const TAGS: Record<Tag, string> = {
  Orders: 'What customers order, and what becomes of it.',
  Tracking: 'What a customer sees, by a link that nobody guesses.',
  'Items and stock': 'What is sold, how much of it is there, and why.',
  'Inbound shipments': 'What is on its way in, and when it is expected.',
  Warehouse: 'What is to be picked, packed and shipped, and what has been.',
  Alerts: 'What the merchant was told.',
  Service: 'The API itself.',
};

/** The OpenAPI 3.1 document of all that has been added to the API. */
export function describeApi(api: OpenAPIHono<ApiEnvironment>) {
  return api.getOpenAPI31Document({
    openapi: '3.1.1',
    info: {
      title: 'Fillrate',
      version: API_VERSION,
      description: about(),
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    // Relative to where the document was found.
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
  });
}

/** Registers how clients say who they are. */
export function describeTokens({ openAPIRegistry }: OpenAPIHono<ApiEnvironment>): void {
  const scopes = Object.entries(SCOPES).map(([scope, allows]) => `- \`${scope}\`: ${allows}`);
  openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: ['A token of the configured issuer. Each operation names the scope that it needs:', ...scopes].join(
      '\n',
    ),
  });
}

function about(): string {
  const problems = Object.keys(PROBLEM_TYPES).map((code) => {
    const { status, title } = PROBLEM_TYPES[code as ProblemCode];
    return `| \`${typeOf(code as ProblemCode)}\` | ${status} | ${title} |`;
  });
  return `Hand orders in, see them reserved, waited for, picked, packed and shipped, and hear before a shelf is empty.

Times are ISO 8601 in UTC, quantities whole units, money minor units with a currency. Fields that are not known are refused in requests, and may be added to answers.

**Pages.** Lists answer \`{items, nextCursor?}\`: ask again with \`cursor\` set to \`nextCursor\` until there is none.

**Repeats.** Every write takes an \`Idempotency-Key\`. A key belongs to the client that sent it, is remembered for seven days, and is refused with another request. Putting an item and cancelling an order can be repeated as they are, and keep no key.

**Access.** Each operation names the scope that a token needs for it; one whose \`security\` is empty takes anybody. A token is sent as \`Authorization: Bearer …\`.

**Limits.** A body has at most ${MAX_BODY_BYTES} bytes; the request's line and headers together at most 10,240, which is API Gateway's own limit. Too many requests in a short time get 429: wait, and send them again.

**Problems.** Whatever goes wrong is answered as problem details (RFC 9457) of one of these types. Before a request gets here, API Gateway answers 401, 429 and 431 by itself: in plain JSON, \`{"message": …}\`.

| type | status | meaning |
| --- | --- | --- |
${problems.join('\n')}`;
}
