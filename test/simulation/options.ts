import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { checked, count, readArgs } from '../../bench/command-line.ts';

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

const Options = z.object({
  seeds: count(10_000_000).default(200),
  minutes: count(100_000).optional(),
  from: count(100_000_000).default(1),
  orders: count(10_000).default(40),
  processes: count(256).default(availableParallelism()),
  seed: z.string().min(1, 'expected a seed').optional(),
});
export type Options = z.infer<typeof Options>;

/**
 * Reads the command line; nothing where help was asked for.
 *
 * @throws UsageError
 */
export function readOptions(args: readonly string[]): Options | undefined {
  const { help, ...values } = parse(args);
  return help ? undefined : checked(Options, values);
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const help = { type: 'boolean' } as const;
  return readArgs(args, { seeds: text, minutes: text, from: text, orders: text, processes: text, seed: text, help });
}
