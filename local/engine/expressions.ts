import jsonata from 'jsonata';
import { InvalidDefinition, isExpression } from './asl.ts';
import { ERRORS, StateError } from './errors.ts';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** What expressions can name with a leading dollar sign: functions, workflow variables and `states`. */
export type Bindings = Record<string, unknown>;

/** A JSON value in a definition in which some strings are JSONata expressions, compiled once. */
export interface Template {
  /** @throws StateError States.QueryEvaluationError when an expression fails, or yields nothing or a function. */
  evaluate(bindings: Bindings): Promise<unknown>;
}

/**
 * Compiles a template.
 * @param field the place in the definition, for error messages
 * @throws InvalidDefinition when an expression is not JSONata
 */
export function compileTemplate(value: Json, field: string): Template {
  if (typeof value === 'string' && isExpression(value)) return compileExpression(value, field);
  if (typeof value !== 'object' || value === null) return constant(value);
  if (Array.isArray(value)) {
    const parts = value.map((part, index) => compileTemplate(part, `${field}[${index}]`));
    return { evaluate: (bindings) => Promise.all(parts.map((part) => part.evaluate(bindings))) };
  }
  const parts = Object.entries(value).map(([key, part]) => [key, compileTemplate(part, `${field}.${key}`)] as const);
  return {
    async evaluate(bindings) {
      const result: Record<string, unknown> = {};
      for (const [key, part] of parts) result[key] = await part.evaluate(bindings);
      return result;
    },
  };
}

const constant = (value: Json): Template => ({ evaluate: async () => value });

function compileExpression(source: string, field: string): Template {
  const text = source.slice(2, -2).trim();
  const expression = parse(text, field);
  return {
    async evaluate(bindings) {
      const result = await run(expression, bindings, (why) => complain(text, field, why));
      if (result === undefined) throw complain(text, field, 'returned nothing (undefined)');
      if (typeof result === 'function' || isJsonataFunction(result)) {
        throw complain(text, field, 'returned a function, which is not JSON');
      }
      return result;
    },
  };
}

function parse(text: string, field: string): jsonata.Expression {
  try {
    return jsonata(text);
  } catch (error) {
    throw new InvalidDefinition(`${field}: not a JSONata expression: ${describe(error)}`);
  }
}

async function run(expression: jsonata.Expression, bindings: Bindings, fail: (why: string) => StateError) {
  try {
    // The bindings become a frame of their own for this evaluation: nothing is left behind in the cached expression.
    return await expression.evaluate(undefined, bindings);
  } catch (error) {
    throw fail(`threw an error during evaluation: ${describe(error)}`);
  }
}

const complain = (text: string, field: string, why: string) =>
  new StateError(ERRORS.queryEvaluation, `The JSONata expression '${text}' specified for the field '${field}' ${why}.`);

const isJsonataFunction = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && ('_jsonata_lambda' in value || '_jsonata_function' in value);

/** JSONata throws plain objects with a code, not Errors. */
function describe(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code === undefined ? (message ?? String(error)) : `${code}: ${message}`;
}
