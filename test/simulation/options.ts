import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';

export const HELP = `Lets seeded worlds happen, with everything that can go wrong, and checks that no promise is broken.

  npm run simulate -- [options]

  --seeds N      how many worlds (200)
  --minutes N    for how long at most; then the worlds that are under way are the last
  --from N       the first seed (1)
  --orders N     how many orders in each world (40)
  --processes N  how many worlds at once (one for each core)
  --seed S       instead: this one world, shrunk to a story where a promise is broken
  --help         this text

A seed that fails is shrunk and told, with the command that replays it, and the exit code is 1.`;

const count = (max: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,8}$/, `expected a whole number from 1 to ${max}`)
    .transform(Number)
    .refine((n) => n <= max, `expected a whole number from 1 to ${max}`);

const Options = z.object({
  seeds: count(10_000_000).default(200),
  minutes: count(100_000).optional(),
  from: count(100_000_000).default(1),
  orders: count(10_000).default(40),
  processes: count(256).default(availableParallelism()),
  seed: z.string().min(1, 'expected a seed').optional(),
});
export type Options = z.infer<typeof Options>;

/** The command line was not understood; the message says what was expected. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/**
 * Reads the command line; nothing where help was asked for.
 *
 * @throws UsageError
 */
export function readOptions(args: readonly string[]): Options | undefined {
  const { help, ...values } = parse(args);
  if (help) return undefined;
  const options = Options.safeParse(values);
  if (options.success) return options.data;
  throw new UsageError(options.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('\n'));
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const options = { seeds: text, minutes: text, from: text, orders: text, processes: text, seed: text };
  try {
    return parseArgs({ args: [...args], options: { ...options, help: { type: 'boolean' } } }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
