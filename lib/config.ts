import { RemovalPolicy } from 'aws-cdk-lib';
import { z } from 'zod';

/** What CloudWatch Logs takes; anything else would fail only while deploying. "Forever" is left out on purpose. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** As many as API Gateway's authorizers take. */
const MAX_AUDIENCES = 50;

/** Who issues the bearer tokens that the API takes. */
export const TokenIssuer = z.strictObject({
  issuer: z
    .url({ protocol: /^https$/ })
    .describe('The `iss` of its tokens; its keys are found at /.well-known/openid-configuration.'),
  audience: z
    .array(z.string().min(1))
    .min(1)
    .max(MAX_AUDIENCES)
    .describe('The `aud` (or, where a token has none, the `client_id`) that the API takes.'),
  scopePrefix: z
    .string()
    .default('')
    .describe('What the issuer puts before a scope: `fillrate/` where a token says `fillrate/orders:read`.'),
});
export type TokenIssuer = z.infer<typeof TokenIssuer>;

/** Cognito sends people back to a page of these only, and pages of their origins may call the API. In the clear no further than to the same machine. */
const ConsoleUrl = z
  .url()
  .refine(
    (text) => /^https:\/\/|^http:\/\/localhost(:\d+)?(\/|$)/.test(text) && !text.includes('#'),
    'Expected https://… or http://localhost…, without a fragment',
  );

const TABLE_STREAM_ARN = /^arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table\/([\w.-]{3,255})\/stream\/[\w:.-]+$/;

/** The name of the table that a stream tells of. */
export function tableOfStream(streamArn: string): string {
  return TABLE_STREAM_ARN.exec(streamArn)?.[1] ?? '';
}

function emails() {
  return z
    .array(z.email())
    .refine((emails) => new Set(emails).size === emails.length, 'An address is given twice')
    .default([]);
}

/** The configuration of one stage. Every default is the careful one. */
export const Config = z.strictObject({
  alertEmails: emails().describe(
    'Who hears by e-mail of low stock. Each address has to confirm its subscription once.',
  ),
  operationsEmails: emails().describe(
    'Who is on call: hears by e-mail when an alarm goes off, and when it is over. To be confirmed in the same way.',
  ),
  tokenIssuer: TokenIssuer.nullable()
    .default(null)
    .describe('An issuer of bearer tokens that you have already. Without one the stack makes a Cognito user pool.'),
  consoleUrls: z
    .array(ConsoleUrl)
    .refine((urls) => new Set(urls).size === urls.length, 'A URL is given twice')
    .default([])
    .describe(
      'Where in the browser the merchant signs in to a console, and comes back to. Pages from there may call the API; a user pool that the stack makes gets a client for it.',
    ),
  throttle: z
    .strictObject({
      ratePerSecond: z.int().min(1).max(10_000).default(100).describe('Requests per second, steadily.'),
      burst: z.int().min(1).max(5_000).default(200).describe('Requests at once, on top of it.'),
      open: z
        .strictObject({
          ratePerSecond: z.int().min(1).max(10_000).default(20).describe('Requests per second, steadily.'),
          burst: z.int().min(1).max(5_000).default(40).describe('Requests at once, on top of it.'),
        })
        .prefault({})
        .describe(
          'What each route takes that anybody may call: tracking links, the description of the API, its health.',
        ),
    })
    .refine(({ open, ...all }) => open.ratePerSecond <= all.ratePerSecond && open.burst <= all.burst, {
      path: ['open'],
      error: 'What anybody may call takes no more than the rest of the API',
    })
    .prefault({})
    .describe('What the API takes before it answers 429.'),
  reservedConcurrency: z
    .strictObject({
      api: z
        .int()
        .min(1)
        .default(200)
        .describe('Of the API. Fewer than `throttle.burst`, and requests that the gateway lets in are turned away.'),
      streamReaders: z
        .int()
        .min(1)
        .default(50)
        .describe('Of each reader of the stream, one for a shard; the table has one for about 1,000 writes a second.'),
    })
    .nullable()
    .default(null)
    .describe(
      'How many executions at once a function has to itself, and no more than those. The functions of the workflow share what is left: held back, they would fail orders. By default nothing is reserved: AWS refuses it where fewer than 100 would be left, and a new account may have 10 in all.',
    ),
  promises: z
    .strictObject({
      handlingHours: z
        .int()
        .min(0)
        .max(720)
        .default(24)
        .describe('From units being there to their leaving the house: added to every promised date.'),
      toleranceHours: z
        .int()
        .min(0)
        .max(720)
        .default(24)
        .describe('A promised date that moves by no more than this is not worth a message to the customer.'),
    })
    .prefault({})
    .describe('How dates are promised.'),
  logRetentionDays: z.literal(LOG_RETENTION_DAYS).default(90).describe('How long every log group keeps its events.'),
  recoveryDays: z
    .int()
    .min(1)
    .max(35)
    .default(35)
    .describe('How many days back the table can be restored, to the second; an erased customer is in there as long.'),
  tableKeyArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[a-zA-Z0-9-]+$/, "Expected a key's ARN, arn:aws:kms:…:key/…")
    .nullable()
    .default(null)
    .describe('A KMS key of your own for the table. Without one, DynamoDB encrypts with a key that AWS owns.'),
  restoredTableStreamArn: z
    .string()
    .regex(TABLE_STREAM_ARN, "Expected the ARN of a table's stream, arn:aws:dynamodb:…:table/NAME/stream/…")
    .nullable()
    .default(null)
    .describe(
      "The stream of a restored table, which everything works on in place of the stack's own (docs/operations/restore.md).",
    ),
  logLevel: z
    .enum(['DEBUG', 'INFO', 'WARN', 'ERROR'])
    .default('INFO')
    .describe('How much the functions say: `DEBUG` adds a line for each request and each step of a shipment.'),
  logExecutionData: z
    .boolean()
    .default(false)
    .describe('Whether failed workflow steps are logged with their input, which holds names and addresses.'),
  removalPolicy: z
    .enum([RemovalPolicy.RETAIN, RemovalPolicy.DESTROY])
    .default(RemovalPolicy.RETAIN)
    .describe('What becomes of the table, the workflow, the user pool and the logs when the stack is deleted.'),
  deletionProtection: z
    .boolean()
    .default(true)
    .describe('Whether the stack, the table and the user pool refuse to be deleted.'),
});
export type Config = z.infer<typeof Config>;

/** What is written down for a stage: any of the fields, checked by the compiler as far as types go and by `readConfig` whole. */
export type StageConfig = z.input<typeof Config>;

const StageName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'A stage is named with lower-case letters, digits and hyphens');

const Choice = z.object({ stage: StageName.default('dev'), stages: z.record(StageName, Config) });

/**
 * Finds the configuration of the stage that was asked for by `-c stage=prod`, or else of `dev`. All stages are checked, so
 * that a mistake in one shows before the day that it is deployed.
 *
 * @throws Error naming each field that cannot be used.
 */
export function readConfig(chosen: unknown, written: Record<string, unknown>): { stage: string; config: Config } {
  const parsed = Choice.safeParse({ stage: chosen, stages: written });
  if (!parsed.success) {
    throw new Error(`The configuration in lib/stages.ts cannot be used:\n${z.prettifyError(parsed.error)}`);
  }
  const { stage, stages } = parsed.data;
  const config = stages[stage];
  if (config === undefined) {
    throw new Error(`There is no stage "${stage}" in lib/stages.ts, only: ${Object.keys(stages).join(', ')}`);
  }
  return { stage, config };
}
