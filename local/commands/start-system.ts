import { ExplainedError } from '../explained-error.ts';
import { type Fillrate, type FillrateOptions, startFillrate } from '../fillrate.ts';

/**
 * Starts Fillrate for a command.
 *
 * @throws ExplainedError where it cannot be started here.
 */
export async function startSystem(options: FillrateOptions): Promise<Fillrate> {
  try {
    return await startFillrate(options);
  } catch (cause) {
    const isPortTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    const why = isPortTaken ? `port ${options.port} is taken: --port chooses another` : String(cause);
    throw new ExplainedError(`Fillrate cannot start: ${why.replace(/^Error: /, '')}`, { cause });
  }
}
