import { z } from 'zod';
import { PROBLEM_CONTENT_TYPE, ProblemDetails } from '../core/http/problem.ts';
import { ExplainedError } from './explained-error.ts';

/** The connection was there and broke: another try may get through. Anything else, such as a refused connection, stays as it is. */
const PASSING_CODES: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET']);

/** The API said no; the message says why, as a person reads it. */
export class ApiProblem extends ExplainedError {
  override name = 'ApiProblem';
  readonly status: number;
  /** The stable word of the problem, such as `unknown-sku`; empty where the answer was no problem document. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  static async read(response: Response, request: string): Promise<ApiProblem> {
    const { status } = response;
    const text = await response.text();
    const isProblem = response.headers.get('Content-Type')?.startsWith(PROBLEM_CONTENT_TYPE);
    if (!isProblem) return new ApiProblem(status, '', `${request} was answered with ${status} by ${whoSays(text)}`);
    const { type, title, detail, errors = [] } = ProblemDetails.parse(JSON.parse(text));
    const fields = errors.map((error) => `${error.field}: ${error.detail}`).join('; ');
    const message = [title, detail && !fields.includes(detail) ? detail : '', fields].filter(Boolean).join(': ');
    return new ApiProblem(status, type.split(':').at(-1) ?? '', message);
  }
}

/** The API takes no token of ours, or this one for less than it takes: any other request would fare the same. */
export class ApiDenied extends ExplainedError {
  override name = 'ApiDenied';

  static readonly statuses: ReadonlySet<number> = new Set([401, 403]);

  static async read(response: Response, request: string): Promise<ApiDenied> {
    // API Gateway says only here what is wrong with a token.
    const [, why] = /error_description="([^"]+)"/.exec(response.headers.get('WWW-Authenticate') ?? '') ?? [];
    const { message } = await ApiProblem.read(response, request);
    return new ApiDenied(why && !message.includes(why) ? `${message}: ${why}` : message);
  }
}

/** Nothing answers at the address. */
export class ApiUnreachable extends ExplainedError {
  override name = 'ApiUnreachable';

  constructor(url: string, cause: unknown) {
    super(`nothing answers at ${url}: is Fillrate running? "npm start" starts it here`, { cause });
  }

  /** Whether the failure of a `fetch` may have gone a moment later. */
  static isPassing(error: unknown): boolean {
    const cause = error instanceof Error ? error.cause : undefined;
    return cause instanceof Error && 'code' in cause && PASSING_CODES.has(cause.code);
  }
}

/** What API Gateway answers by itself. */
const GatewaySays = z.strictObject({ message: z.string() });

function whoSays(text: string): string {
  try {
    return `API Gateway: ${GatewaySays.parse(JSON.parse(text)).message}`;
  } catch {
    return 'something that is not Fillrate';
  }
}
