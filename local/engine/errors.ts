/** The names that Step Functions itself gives to failures; see "Handling errors in Step Functions workflows". */
export const ERRORS = {
  all: 'States.ALL',
  taskFailed: 'States.TaskFailed',
  timeout: 'States.Timeout',
  heartbeatTimeout: 'States.HeartbeatTimeout',
  queryEvaluation: 'States.QueryEvaluationError',
  runtime: 'States.Runtime',
  dataLimit: 'States.DataLimitExceeded',
  noChoiceMatched: 'States.NoChoiceMatched',
  functionNotFound: 'Lambda.ResourceNotFoundException',
} as const;

/** Step Functions' quota for a payload: input, output, arguments, result, or variables assigned in one state. */
export const MAX_PAYLOAD_BYTES = 256 * 1024;
/** The longest cause that the API takes or gives; a longer one is cut. */
export const MAX_CAUSE_LENGTH = 32_768;

/** A failure of a state, which its Retry and Catch may match by `error`. */
export class StateError extends Error {
  override name = 'StateError';
  readonly error: string;

  constructor(error: string, cause: string) {
    super(cause);
    this.error = error;
  }
}

/** True when a Retrier or Catcher that names `names` takes the failure `error`. */
export function matchesError(names: readonly string[], error: string): boolean {
  if (error === ERRORS.runtime) return false;
  return names.some((name) => {
    if (name === error) return true;
    if (name === ERRORS.timeout) return error === ERRORS.heartbeatTimeout;
    if (error === ERRORS.dataLimit) return false;
    if (name === ERRORS.all) return true;
    return name === ERRORS.taskFailed && error !== ERRORS.timeout;
  });
}

/** Passes `json` through, or throws States.DataLimitExceeded when it is over the payload quota. */
export function withinPayloadLimit(json: string, what: string): string {
  // A UTF-16 unit takes at most three bytes: most payloads need no counting.
  if (json.length * 3 <= MAX_PAYLOAD_BYTES || Buffer.byteLength(json) <= MAX_PAYLOAD_BYTES) return json;
  throw new StateError(ERRORS.dataLimit, `${what} exceeds the maximum number of bytes, ${MAX_PAYLOAD_BYTES}.`);
}
