import * as z from 'zod';
import type { Refusal } from '../platform/refusal.ts';
import { isRefusal } from '../platform/refusal.ts';
import type { ApiContext } from './environment.ts';
import { isProblemCode, PROBLEM_TYPES, type ProblemCode, typeOf } from './problem-types.ts';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

const FieldError = z
  .object({
    field: z.string().meta({
      description: 'Where in the request it lies: a path in the body, or the name of a parameter or header.',
      examples: ['lines[0].quantity'],
    }),
    detail: z.string().meta({ description: 'What was expected.', examples: ['expected at least 1'] }),
  })
  .meta({ id: 'FieldError' });
export type FieldError = z.infer<typeof FieldError>;

export const ProblemDetails = z
  .object({
    type: z.string().meta({
      description:
        'A stable identifier of the problem, for machines. Those that there are stand in the description of the API.',
      examples: [typeOf('invalid-request')],
    }),
    title: z.string().describe('The problem in general, for people.'),
    status: z.int().describe('The status code of the answer.'),
    detail: z.string().optional().describe('The problem in this request, for people.'),
    instance: z.string().optional().describe('The request, by which the logs can be searched.'),
    errors: z.array(FieldError).optional().describe('Each field that cannot be used as it is.'),
  })
  .meta({ id: 'ProblemDetails', description: 'Problem details for HTTP APIs (RFC 9457).' });
export type ProblemDetails = z.infer<typeof ProblemDetails>;

interface ProblemOptions {
  readonly detail?: string;
  readonly errors?: FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** The fault behind it, which the log gets and the client does not. */
  readonly cause?: unknown;
}

/** An answer that a client cannot use as it hoped; thrown wherever it shows, and made an answer in one place. */
export class Problem extends Error {
  override name = 'Problem';
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEM_TYPES[code].title, { cause: options.cause });
    this.code = code;
    this.options = options;
  }

  get status() {
    return PROBLEM_TYPES[this.code].status;
  }
}

export function problemResponse(c: ApiContext, { code, status, options }: Problem): Response {
  const { detail, errors, headers } = options;
  const body: ProblemDetails = {
    type: typeOf(code),
    title: PROBLEM_TYPES[code].title,
    status,
    ...(detail && { detail }),
    instance: `urn:fillrate:request:${c.var.requestId}`,
    ...(errors && { errors }),
  };
  return c.body(JSON.stringify(body), status, { 'Content-Type': PROBLEM_CONTENT_TYPE, ...headers });
}

/**
 * What the business answered, unless it refused.
 *
 * @throws Problem
 */
export function unlessRefused<Answer extends object>(answer: Answer | Refusal): Answer {
  if (!isRefusal(answer)) return answer;
  const { code, detail, field } = answer;
  if (!isProblemCode(code)) throw new Error(`the refusal ${code} is not among the problem types`);
  throw new Problem(code, { detail, ...(field && { errors: [{ field, detail }] }) });
}
