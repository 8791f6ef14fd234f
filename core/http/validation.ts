import type { ValidationTargets } from 'hono';
import type { core, ZodError } from 'zod';
import { type FieldError, Problem } from './problem.ts';

type Issue = core.$ZodIssue;

/** As many fields are named as an order has lines; a body can hold far more that are wrong, and an answer could not. */
const MAX_ERRORS = 1000;

/** Every field that a schema did not take, as problem details. */
export function invalidRequest(target: keyof ValidationTargets, { issues }: ZodError): Problem {
  const found = new Map<string, string>();
  for (const { field, detail } of issues.flatMap((issue) => errorsOf(issue, target === 'json' ? 'body' : target))) {
    // What is wrong with a field in itself comes before what is wrong with it among others.
    if (!found.has(field)) found.set(field, detail);
  }
  const errors = [...found].slice(0, MAX_ERRORS).map(([field, detail]) => ({ field, detail }));
  const [first] = errors;
  const detail = found.size === 1 && first ? `${first.field}: ${first.detail}` : `${found.size} fields cannot be used`;
  return new Problem('invalid-request', { detail, errors });
}

function errorsOf(issue: Issue, whole: string): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: pathOf([...issue.path, key], whole), detail: 'there is no such field' }));
  }
  return [{ field: pathOf(issue.path, whole), detail: detailOf(issue) }];
}

/** `lines[0].quantity`. */
function pathOf(path: readonly PropertyKey[], whole: string): string {
  if (path.length === 0) return whole;
  return path.reduce<string>((before, step) => {
    if (typeof step === 'number') return `${before}[${step}]`;
    return before === '' ? String(step) : `${before}.${String(step)}`;
  }, '');
}

/** Our own messages say what was expected; so are zod's made to. */
function detailOf({ message }: Issue): string {
  return message
    .replace(/^(Invalid [a-z ]+|Too (big|small))[:.] e/i, 'e')
    .replace(/, received undefined$/, ', found nothing')
    .replace(/, received (\w+)$/, ', found $1');
}
