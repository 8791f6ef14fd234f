import { type AslState, InvalidDefinition } from './asl.ts';
import { ERRORS, StateError } from './errors.ts';

const INVOKE = 'arn:aws:states:::lambda:invoke';
const CALLBACK = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
const FUNCTION_ARN = /^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/;
const ARGUMENTS = new Set(['FunctionName', 'Payload']);

/** How a Task's Arguments become a call: `direct` calls the function in Resource with the Arguments as its payload. */
export type Integration =
  | { readonly kind: 'invoke' | 'callback' }
  | { readonly kind: 'direct'; readonly functionArn: string };

/**
 * Reads how a Task calls what it calls. Of the services' integrations this engine has Lambda's, with the arguments
 * FunctionName and Payload.
 * @throws InvalidDefinition for any other resource or argument
 */
export function taskIntegration(name: string, state: Extract<AslState, { Type: 'Task' }>): Integration {
  if (FUNCTION_ARN.test(state.Resource)) return { kind: 'direct', functionArn: state.Resource };
  if (state.Resource !== INVOKE && state.Resource !== CALLBACK) {
    throw new InvalidDefinition(
      `${name}.Resource: ${state.Resource} is none of ${INVOKE}, ${CALLBACK}, a function's ARN`,
    );
  }
  const { Arguments } = state;
  if (Arguments === undefined) throw new InvalidDefinition(`${name}.Arguments: FunctionName is missing`);
  if (typeof Arguments === 'object') {
    const fault = argumentsFault(Arguments);
    if (fault !== undefined) throw new InvalidDefinition(`${name}.Arguments: ${fault}`);
  }
  return { kind: state.Resource === INVOKE ? 'invoke' : 'callback' };
}

/** A call of a function: whom, and with what, as JSON. */
export interface Call {
  readonly functionName: string;
  readonly payload: string;
}

/**
 * What evaluated Arguments ask for.
 * @throws StateError States.Runtime when they are not arguments of lambda:invoke
 */
export function callOf(integration: Integration, args: unknown): Call {
  if (integration.kind === 'direct') return { functionName: integration.functionArn, payload: JSON.stringify(args) };
  const fault = argumentsFault(args);
  if (fault !== undefined) throw new StateError(ERRORS.runtime, `The Arguments of lambda:invoke are wrong: ${fault}.`);
  const { FunctionName, Payload } = args as { FunctionName: string; Payload?: unknown };
  return { functionName: FunctionName, payload: JSON.stringify(Payload ?? {}) };
}

/** What the state's result is when the function answered `payload` (JSON). */
export const resultOf = (direct: boolean, payload: string): string =>
  direct ? payload : `{"ExecutedVersion":"$LATEST","Payload":${payload},"StatusCode":200}`;

function argumentsFault(args: unknown): string | undefined {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return 'an object is expected';
  const unknown = Object.keys(args).filter((key) => !ARGUMENTS.has(key));
  if (unknown.length > 0) return `${unknown.join(', ')} is not an argument that this engine knows`;
  if (!('FunctionName' in args) || typeof args.FunctionName !== 'string') return 'FunctionName is missing';
  return undefined;
}
