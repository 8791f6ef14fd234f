import { ERRORS, MAX_CAUSE_LENGTH } from './errors.ts';
import { functionArn, functionName as nameOf } from './names.ts';
import type { Clock, Randomness } from './ports.ts';

/** The part of Lambda's context that a handler gets here. */
export interface FunctionContext {
  awsRequestId: string;
  functionName: string;
  getRemainingTimeInMillis(): number;
}

export type Handler = (event: never, context: FunctionContext) => Promise<unknown>;

/** What came of a call: JSON, or an error as Lambda reports it. */
export type Outcome = { payload: string } | { error: string; cause: string };

/** Lambda's longest timeout: what a function has when its task sets no limit. */
const MAX_FUNCTION_MS = 15 * 60 * 1000;

/** The local Lambda: handlers by name, with a bound on how many run at once. Waiting calls are served in order. */
export class Functions {
  readonly #handlers = new Map<string, Handler>();
  readonly #queue: (() => Promise<void>)[] = [];
  readonly #ports: { clock: Clock; random: Randomness };
  readonly #concurrency: number;
  #running = 0;

  constructor(ports: { clock: Clock; random: Randomness }, concurrency: number) {
    this.#ports = ports;
    this.#concurrency = concurrency;
  }

  /** @returns the function's ARN */
  register(name: string, handler: Handler): string {
    this.#handlers.set(name, handler);
    return functionArn(name);
  }

  /** Runs `job` when there is room. A job that must not run any more has to find that out itself. */
  enqueue(job: () => Promise<void>): void {
    this.#queue.push(job);
    this.#serve();
  }

  /** Forgets the calls that have not begun. */
  clear(): void {
    this.#queue.length = 0;
  }

  /** Calls a function with a JSON payload. Never throws: what the handler throws is the outcome. */
  async invoke(functionName: string, payload: string, deadline: number | undefined): Promise<Outcome> {
    const { clock, random } = this.#ports;
    const name = nameOf(functionName);
    const handler = this.#handlers.get(name);
    if (handler === undefined) return { error: ERRORS.functionNotFound, cause: `Function not found: ${functionName}` };
    const until = deadline ?? clock.now().getTime() + MAX_FUNCTION_MS;
    const context: FunctionContext = {
      awsRequestId: random.uuid(),
      functionName: name,
      getRemainingTimeInMillis: () => Math.max(0, until - clock.now().getTime()),
    };
    try {
      const result = await handler(JSON.parse(payload) as never, context);
      return { payload: JSON.stringify(result) ?? 'null' };
    } catch (error) {
      return lambdaError(error);
    }
  }

  #serve(): void {
    while (this.#running < this.#concurrency) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      this.#running += 1;
      void job().finally(() => {
        this.#running -= 1;
        this.#serve();
      });
    }
  }
}

/** Lambda's Node runtime: the error's name becomes Error, and Cause tells type, message and trace as JSON. */
function lambdaError(thrown: unknown): Outcome {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const cause = { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
  const json = JSON.stringify(cause);
  return {
    error: error.name,
    cause: json.length <= MAX_CAUSE_LENGTH ? json : JSON.stringify({ ...cause, trace: [] }).slice(0, MAX_CAUSE_LENGTH),
  };
}
