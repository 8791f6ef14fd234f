import { createRoute, type RouteConfig } from '@hono/zod-openapi';
import type * as z from 'zod';
import { allow } from './access.ts';
import { MAX_BODY_BYTES } from './body-limit.ts';
import { PROBLEM_CONTENT_TYPE, ProblemDetails } from './problem.ts';
import { PROBLEM_TYPES, type ProblemCode } from './problem-types.ts';
import type { Scope } from './scopes.ts';

export type Tag = 'Orders' | 'Tracking' | 'Items and stock' | 'Inbound shipments' | 'Warehouse' | 'Alerts' | 'Service';

interface Operation<
  Path extends string,
  Method extends string,
  Request,
  Status extends number,
  Answer extends z.ZodType,
> {
  readonly operationId: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description: string;
  readonly scope: Scope | 'public';
  readonly method: Method;
  readonly path: Path;
  readonly request: Request;
  readonly status: Status;
  readonly answer: Answer;
  readonly example: z.input<Answer>;
  readonly answerHeaders?: z.ZodObject;
  /** What can go wrong beyond what can in every operation of its kind. */
  readonly problems?: readonly ProblemCode[];
}

type Answers<Status extends number, Answer> = Record<
  Status,
  { description: string; content: { 'application/json': { schema: Answer } } }
>;

/**
 * A route as it is checked and documented: what it takes, which scope it needs, what it answers, and what can go wrong. Handlers
 * answer what is declared here; everything that goes wrong is thrown.
 */
export function operation<
  Path extends string,
  Method extends RouteConfig['method'],
  Request extends NonNullable<RouteConfig['request']>,
  Status extends 200 | 201 | 202,
  Answer extends z.ZodType,
>(declared: Operation<Path, Method, Request, Status, Answer>) {
  const { operationId, tag, summary, description, scope, method, path, request, status } = declared;
  const { answer, example, answerHeaders: headers } = declared;
  const answers = {
    [status]: {
      description: status === 202 ? 'Accepted; the rest follows.' : status === 201 ? 'Created.' : 'Done.',
      ...(headers && { headers }),
      content: { 'application/json': { schema: answer, example } },
    },
  };
  return createRoute({
    operationId,
    tags: [tag],
    summary,
    description,
    method,
    path,
    request,
    security: scope === 'public' ? [] : [{ bearer: [scope] }],
    middleware: scope === 'public' ? [] : [allow(scope)],
    responses: { ...(answers as Answers<Status, Answer>), ...problemsOf(declared) },
  });
}

/** A body of JSON that has to be there, with an example. */
export function json<Schema extends z.ZodType>(schema: Schema, example: z.input<Schema>) {
  const description = `At most ${MAX_BODY_BYTES} bytes.`;
  return { required: true as const, description, content: { 'application/json': { schema, example } } };
}

type AnyOperation = Operation<string, string, NonNullable<RouteConfig['request']>, number, z.ZodType>;

function problemsOf({ scope, request, problems = [] }: AnyOperation): Record<number, object> {
  const codes: ProblemCode[] = [
    ...(request.params || request.query || request.headers || request.body ? (['invalid-request'] as const) : []),
    ...(request.body ? (['malformed-json', 'body-too-large', 'unsupported-media-type'] as const) : []),
    ...(scope === 'public'
      ? (['too-many-requests'] as const)
      : (['unauthorized', 'insufficient-scope', 'busy'] as const)),
    ...problems,
    'internal-error',
  ];
  const byStatus = Map.groupBy(codes, (code) => PROBLEM_TYPES[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      status,
      {
        description: ofStatus.map((code) => `\`${code}\`: ${PROBLEM_TYPES[code].title}.`).join('\n\n'),
        content: { [PROBLEM_CONTENT_TYPE]: { schema: ProblemDetails } },
      },
    ]),
  );
}
