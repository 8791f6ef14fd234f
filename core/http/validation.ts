import type { ValidationTargets } from 'hono';
import type { core, ZodError } from 'zod';
import { Problem } from './problem.ts';

type Issue = core.$ZodIssue;

/** Every field that a schema did not take, as problem details. */
export function invalidRequest(target: keyof ValidationTargets, { issues }: ZodError): Problem {
  const errors = issues.flatMap((issue) => errorsOf(issue, target === 'json' ? 'body' : target));
  const [first] = errors;
  const detail = errors.length === 1 && first ? `${first.field}: ${first.detail}` : `${errors.length} fields`;
  return new Problem('invalid-request', { detail, errors });
}

function errorsOf(issue: Issue, whole: string): { field: string; detail: string }[] {
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
    .replace(/^Invalid (input|option|discriminator value)[:.] e/i, 'e')
    .replace(/, received undefined$/, ', found nothing')
    .replace(/, received (\w+)$/, ', found $1')
    .replace(/^Too (big|small): /, '');
}
