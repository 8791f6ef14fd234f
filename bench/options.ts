import { z } from 'zod';
import { checked, count, readArgs } from './command-line.ts';

const MAX_LINES = 1_000;

export const HELP = `Measures Fillrate: how fast orders go from placed to shipped, and what each of them costs.

  npm run bench -- [options]

  --orders N     how many orders (1000)
  --clients N    how many clients place them, each its next order when its last has shipped (32)
  --skus N       over how many SKUs they spread (100)
  --lines N      lines of each order (1)
  --hot          all orders want one SKU, of which there is half as much as needed; the rest comes when all are placed
  --conflicts    the database refuses writes to an item that another write holds, as DynamoDB does
  --waiting N    instead: N orders wait for stock, the process is killed, and the time until all are back is taken
  --dates N      instead: N lines wait for one SKU, and what it takes to compute their dates again is counted
  --json FILE    where the results go, too (bench/results/<time>.json)
  --help         this text

What each figure means is in bench/README.md.`;

const Options = z
  .object({
    orders: count(1_000_000).default(1_000),
    clients: count(1_000).default(32),
    skus: count(100_000).default(100),
    lines: count(MAX_LINES).default(1),
    hot: z.boolean().default(false),
    conflicts: z.boolean().default(false),
    waiting: count(1_000_000).optional(),
    dates: count(1_000_000).optional(),
    json: z.string().min(1, 'expected the name of a file').optional(),
  })
  .refine(({ hot, lines }) => !hot || lines === 1, { path: ['hot'], message: 'orders of one SKU have one line' })
  .refine(({ hot, lines, skus }) => hot || lines <= skus, {
    path: ['lines'],
    message: 'an order has at most as many lines as there are SKUs: raise --skus',
  })
  .refine(({ waiting, hot, conflicts }) => waiting === undefined || !(hot || conflicts), {
    path: ['waiting'],
    message: 'cannot be combined with --hot or --conflicts',
  })
  .refine(({ dates, waiting, hot, conflicts }) => dates === undefined || !(waiting || hot || conflicts), {
    path: ['dates'],
    message: 'cannot be combined with --waiting, --hot or --conflicts',
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
  const flag = { type: 'boolean' } as const;
  return readArgs(args, {
    orders: text,
    clients: text,
    skus: text,
    lines: text,
    hot: flag,
    conflicts: flag,
    waiting: text,
    dates: text,
    json: text,
    help: flag,
  });
}
