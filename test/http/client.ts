import { type ApiOptions, createApi } from '../../core/http/api.ts';
import type { ProblemDetails } from '../../core/http/problem.ts';

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface Call {
  readonly headers?: Record<string, string>;
  /** What API Gateway's authorizer has read in the caller's token. */
  readonly claims?: Record<string, string>;
}

export type Client = ReturnType<typeof clientOf>;

/** Calls the API without a server, the body as JSON. `Body` is what the test expects to get. */
export function clientOf(options: ApiOptions) {
  const api = createApi(options);

  async function send<Body>(method: string, path: string, body: unknown, call: Call): Promise<Answer<Body>> {
    const { headers, claims } = call;
    const requestContext = { requestId: 'request-1', ...(claims && { authorizer: { jwt: { claims } } }) };
    const response = await api.request(
      path,
      {
        method,
        headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      },
      { event: { requestContext } },
    );
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
  }

  return {
    get: <Body>(path: string, call: Call = {}) => send<Body>('GET', path, undefined, call),
    put: <Body>(path: string, body: unknown, call: Call = {}) => send<Body>('PUT', path, body, call),
    post: <Body>(path: string, body?: unknown, call: Call = {}) => send<Body>('POST', path, body, call),
    send: <Body = ProblemDetails>(method: string, path: string, body?: unknown, call: Call = {}) =>
      send<Body>(method, path, body, call),
  };
}

/** The code of a problem, as its type names it. */
export function codeOf({ body }: Answer<ProblemDetails>): string {
  return body.type.replace('urn:fillrate:problem:', '');
}
