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
    if (!isProblem) {
      return new ApiProblem(status, '', `${request} was answered with ${status} by something that is not Fillrate`);
    }
    const { type, title, detail, errors = [] } = ProblemDetails.parse(JSON.parse(text));
    const fields = errors.map((error) => `${error.field}: ${error.detail}`).join('; ');
    const message = [title, detail && !fields.includes(detail) ? detail : '', fields].filter(Boolean).join(': ');
    return new ApiProblem(status, type.split(':').at(-1) ?? '', message);
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
