import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { z } from 'zod';

/** A whole number as it is written on a command line. */
export const count = (max: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,8}$/, `expected a whole number from 1 to ${max}`)
    .transform(Number)
    .refine((n) => n <= max, `expected a whole number from 1 to ${max}`);

/** The command line was not understood; the message says what was expected. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** @throws UsageError */
export function readArgs<Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** @throws UsageError naming each option that cannot be used, and what was expected */
export function checked<Checked>(schema: z.ZodType<Checked>, values: object): Checked {
  const options = schema.safeParse(values);
  if (options.success) return options.data;
  throw new UsageError(options.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('\n'));
}

/** Runs a command with this process's arguments; its answer is the exit code, 2 where it was called wrongly. */
export async function runCommand(main: (args: string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\nSee --help.`);
    process.exitCode = 2;
  }
}
