/** An error whose message tells a person all there is to know: what is wrong, and what can be done. A command prints it without a stack. */
export class ExplainedError extends Error {
  override name = 'ExplainedError';
}
