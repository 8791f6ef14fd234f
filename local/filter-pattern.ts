import { z } from 'zod';

const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
type Scalar = z.infer<typeof Scalar>;

const Prefix = z.strictObject({ prefix: z.string() });
const Suffix = z.strictObject({ suffix: z.string() });
const EqualsIgnoreCase = z.strictObject({ 'equals-ignore-case': z.string() });
const Comparison = z.enum(['<', '<=', '>', '>=', '=']);

const Rule = z.union([
  Scalar,
  Prefix,
  Suffix,
  EqualsIgnoreCase,
  z.strictObject({ exists: z.boolean() }),
  z.strictObject({
    'anything-but': z.union([Scalar, z.array(Scalar).min(1), Prefix, Suffix, EqualsIgnoreCase]),
  }),
  z.strictObject({
    numeric: z.union([z.tuple([Comparison, z.number()]), z.tuple([Comparison, z.number(), Comparison, z.number()])]),
  }),
]);
type Rule = z.infer<typeof Rule>;

/**
 * The pattern language in which event source mappings choose records and SNS subscriptions choose messages. A field matches by any of
 * its rules, all fields must match, and `$or` takes alternatives.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
 */
export interface FilterPattern {
  $or?: FilterPattern[] | undefined;
  [field: string]: Rule[] | FilterPattern | FilterPattern[] | undefined;
}

const FieldPattern: z.ZodType<Rule[] | FilterPattern> = z.lazy(() => z.union([z.array(Rule).min(1), FilterPattern]));

export const FilterPattern: z.ZodType<FilterPattern> = z.lazy(() =>
  z.object({ $or: z.array(FilterPattern).min(2).optional() }).catchall(FieldPattern),
);

/** Whether a JSON value has what the pattern asks for. */
export function matches({ $or, ...fields }: FilterPattern, value: unknown): boolean {
  if (Array.isArray(value)) return value.some((element) => matches({ $or, ...fields }, element));
  if ($or && !$or.some((alternative) => matches(alternative, value))) return false;
  return Object.entries(fields).every(([field, wanted]) => {
    const found = isObject(value) && Object.hasOwn(value, field) ? value[field] : undefined;
    return Array.isArray(wanted) ? matchesAnyRule(wanted as Rule[], found) : matches(wanted ?? {}, found);
  });
}

function matchesAnyRule(rules: Rule[], found: unknown): boolean {
  const leaves = leavesOf(found);
  return rules.some((rule) => {
    if (isObject(rule) && 'exists' in rule) return rule.exists === leaves.length > 0;
    return leaves.some((leaf) => matchesRule(rule, leaf));
  });
}

/** Rules look at leaves: an object in the place of a leaf is as good as nothing, a list is each of its elements. */
function leavesOf(found: unknown): Scalar[] {
  if (Array.isArray(found)) return found.flatMap(leavesOf);
  const leaf = Scalar.safeParse(found);
  return leaf.success ? [leaf.data] : [];
}

function matchesRule(rule: Rule, leaf: Scalar): boolean {
  if (!isObject(rule)) return rule === leaf;
  if ('prefix' in rule) return typeof leaf === 'string' && leaf.startsWith(rule.prefix);
  if ('suffix' in rule) return typeof leaf === 'string' && leaf.endsWith(rule.suffix);
  if ('equals-ignore-case' in rule) {
    return typeof leaf === 'string' && leaf.toLowerCase() === rule['equals-ignore-case'].toLowerCase();
  }
  if ('anything-but' in rule) {
    const unwanted = rule['anything-but'];
    return ![unwanted].flat().some((each) => matchesRule(each, leaf));
  }
  if ('numeric' in rule) return typeof leaf === 'number' && isWithin(leaf, rule.numeric);
  return false;
}

type Numeric = Extract<Rule, { numeric: unknown }>['numeric'];

function isWithin(value: number, [comparison, bound, ...rest]: Numeric): boolean {
  const [secondComparison, secondBound] = rest;
  if (secondComparison !== undefined && secondBound !== undefined && !compare(value, secondComparison, secondBound)) {
    return false;
  }
  return compare(value, comparison, bound);
}

function compare(value: number, comparison: z.infer<typeof Comparison>, bound: number): boolean {
  switch (comparison) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    case '=':
      return value === bound;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
