/**
 * Everything that can be wrong with a request, by its code: `type` is `urn:fillrate:problem:<code>`. Codes are stable; titles and
 * details are for people and may change. The codes of the business are those of its refusals; a test holds both lists together.
 */
export const PROBLEM_TYPES = {
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'invalid-request': { status: 400, title: 'The request has fields that cannot be used' },
  'invalid-cursor': { status: 400, title: 'The cursor is not of this list' },
  unauthorized: { status: 401, title: 'A bearer token is needed' },
  'insufficient-scope': { status: 403, title: "The token's scopes do not allow this" },
  'no-such-route': { status: 404, title: 'There is nothing at this path' },
  'method-not-allowed': { status: 405, title: 'This path does not take this method' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is not declared as JSON' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key came with another request before' },
  'too-many-requests': { status: 429, title: 'Too many requests in a short time' },
  'internal-error': { status: 500, title: 'Something went wrong on our side' },
  busy: { status: 503, title: 'Too many requests for the same things at once' },

  'unknown-sku': { status: 404, title: 'There is no such SKU' },
  'unknown-order': { status: 404, title: 'There is no such order' },
  'unknown-inbound-shipment': { status: 404, title: 'There is no such inbound shipment' },
  'unknown-tracking-link': { status: 404, title: 'The link leads nowhere' },
  'unknown-shipment': { status: 404, title: 'There is no such shipment' },
  'order-id-taken': { status: 409, title: 'Another order has this id' },
  'inbound-shipment-id-taken': { status: 409, title: 'Another inbound shipment has this id' },
  'inbound-shipment-closed': { status: 409, title: 'Nothing more is expected of the inbound shipment' },
  'not-cancellable': { status: 409, title: 'Nothing of the order is left to cancel' },
  'counted-below-packed': { status: 409, title: 'The count is below what is in cartons already' },
  'order-ended': { status: 409, title: 'Nothing of the order is open' },
  'nothing-to-split': { status: 409, title: 'Nothing of the order can leave before the rest' },
  'nothing-waits': { status: 409, title: 'Nothing of the order waits for stock' },
  'out-of-step': { status: 409, title: 'The shipment is not at this step' },
  'confirmed-differently': { status: 409, title: 'This step was confirmed with something else before' },
  'not-in-shipment': { status: 422, title: 'The SKU is not in the shipment' },
  'picked-too-many': { status: 422, title: 'More units than were asked for' },
  'not-in-inbound-shipment': { status: 422, title: 'The SKU is not on the inbound shipment' },
  'sku-not-kept': { status: 422, title: 'The SKU is not kept at the location' },
  'returned-too-many': { status: 422, title: 'More units than have left' },
  'line-missing': { status: 422, title: 'A line of the shipment is missing' },
} as const;

export type ProblemCode = keyof typeof PROBLEM_TYPES;

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEM_TYPES, code);
}

export function typeOf(code: ProblemCode): string {
  return `urn:fillrate:problem:${code}`;
}
