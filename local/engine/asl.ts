import { z } from 'zod';

/**
 * The Amazon States Language as this engine runs it: JSONata machines only, all eight state types, inline Map.
 * Every object is strict, so that a misspelled field is reported where it stands instead of being ignored.
 */

/** The longest timeout, wait or retry interval that Step Functions takes, in seconds. */
export const MAX_SECONDS = 99_999_999;
/** Step Functions' own limit on the length of a state's name. */
const MAX_STATE_NAME_LENGTH = 80;

export const isExpression = (value: string): boolean => value.startsWith('{%') && value.endsWith('%}');

const StateName = z.string().min(1).max(MAX_STATE_NAME_LENGTH);
const Template = z.json();
const Expression = z.string().refine(isExpression, 'a JSONata expression is written {% … %}');
const seconds = (least: number) => z.union([z.int().min(least).max(MAX_SECONDS), Expression]);
const VariableName = z
  .string()
  .regex(/^[\p{L}_][\p{L}\p{N}_]{0,79}$/u, 'a variable name has letters, digits and underscores')
  .refine((name) => name !== 'states', 'the variable name "states" is reserved');
const Assign = z.record(VariableName, Template);
const ErrorNames = z.array(z.string().min(1)).min(1);

export const Retrier = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: ErrorNames,
  IntervalSeconds: z.int().min(1).max(MAX_SECONDS).default(1),
  MaxAttempts: z.int().min(0).max(MAX_SECONDS).default(3),
  BackoffRate: z.number().min(1).default(2),
  MaxDelaySeconds: z.int().min(1).max(31_622_400).optional(),
  JitterStrategy: z.enum(['NONE', 'FULL']).default('NONE'),
});
export type Retrier = z.infer<typeof Retrier>;

const Catcher = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: ErrorNames,
  Assign: Assign.optional(),
  Output: Template.optional(),
  Next: StateName,
});

const common = { Comment: z.string().optional(), QueryLanguage: z.literal('JSONata').optional() };
const produces = { Assign: Assign.optional(), Output: Template.optional() };
const goesOn = { Next: StateName.optional(), End: z.literal(true).optional() };
const mayFail = { Retry: z.array(Retrier).default([]), Catch: z.array(Catcher).default([]) };

const Task = z.strictObject({
  ...common,
  ...produces,
  ...goesOn,
  ...mayFail,
  Type: z.literal('Task'),
  Resource: z.string().min(1),
  Arguments: Template.optional(),
  TimeoutSeconds: seconds(1).optional(),
  HeartbeatSeconds: seconds(1).optional(),
});
const Pass = z.strictObject({ ...common, ...produces, ...goesOn, Type: z.literal('Pass') });
const Succeed = z.strictObject({ ...common, Type: z.literal('Succeed'), Output: Template.optional() });
const Fail = z.strictObject({
  ...common,
  Type: z.literal('Fail'),
  Error: z.string().optional(),
  Cause: z.string().optional(),
});
const Wait = z.strictObject({
  ...common,
  ...produces,
  ...goesOn,
  Type: z.literal('Wait'),
  Seconds: seconds(0).optional(),
  Timestamp: z.string().optional(),
});
const ChoiceRule = z.strictObject({
  Comment: z.string().optional(),
  Condition: z.union([Expression, z.boolean()]),
  Assign: Assign.optional(),
  Output: Template.optional(),
  Next: StateName,
});
const Choice = z.strictObject({
  ...common,
  ...produces,
  Type: z.literal('Choice'),
  Choices: z.array(ChoiceRule).min(1),
  Default: StateName.optional(),
});
const Parallel = z.strictObject({
  ...common,
  ...produces,
  ...goesOn,
  ...mayFail,
  Type: z.literal('Parallel'),
  Arguments: Template.optional(),
  Branches: z.array(z.lazy((): z.ZodType<Flow> => Flow)).min(1),
});
const MapState = z.strictObject({
  ...common,
  ...produces,
  ...goesOn,
  ...mayFail,
  Type: z.literal('Map'),
  Items: z.union([Expression, z.array(Template)]).optional(),
  ItemSelector: Template.optional(),
  MaxConcurrency: z.union([z.int().min(0), Expression]).default(0),
  ItemProcessor: z.lazy((): z.ZodType<Flow> => ItemProcessor),
});

export const AslState = z.discriminatedUnion('Type', [Task, Pass, Succeed, Fail, Wait, Choice, Parallel, MapState]);
export type AslState = z.infer<typeof AslState>;
export type StateType = AslState['Type'];

/** A set of states with a start: a whole machine, a branch of a Parallel, or what a Map does to each item. */
export interface Flow {
  Comment?: string | undefined;
  StartAt: string;
  States: Record<string, AslState>;
}
const flow = {
  Comment: z.string().optional(),
  StartAt: StateName,
  States: z.record(StateName, AslState),
};
const Flow = z.strictObject(flow);
const ItemProcessor = z.strictObject({
  ...flow,
  ProcessorConfig: z.strictObject({ Mode: z.literal('INLINE') }).optional(),
});

const StateMachine = z.strictObject({
  ...flow,
  QueryLanguage: z.literal('JSONata', 'only JSONata machines are run here: set "QueryLanguage": "JSONata"'),
  Version: z.literal('1.0').optional(),
  TimeoutSeconds: z.int().min(1).max(MAX_SECONDS).optional(),
});
export type StateMachine = z.infer<typeof StateMachine>;

/** Thrown for a definition that cannot be run; the message lists every fault with the place where it stands. */
export class InvalidDefinition extends Error {
  override name = 'InvalidDefinition';
}

/**
 * Parses a definition.
 * @throws InvalidDefinition for broken JSON, another query language, and unknown, missing or mistyped fields.
 */
export function parseDefinition(definition: string): StateMachine {
  let json: unknown;
  try {
    json = JSON.parse(definition);
  } catch (error) {
    throw new InvalidDefinition(`the definition is not JSON: ${(error as Error).message}`);
  }
  const parsed = StateMachine.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new InvalidDefinition(
    parsed.error.issues.map((issue) => `${issue.path.join('.') || 'definition'}: ${issue.message}`).join('; '),
  );
}
