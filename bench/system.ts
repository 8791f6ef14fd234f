import { z } from 'zod';
import { audit } from '../core/audit/audit.ts';
import { type Fillrate, startFillrate } from '../local/fillrate.ts';

/**
 * Fillrate in a process of its own, so that its memory and its processor time are its own. Run by system-process.ts with a state
 * directory; the database is the one that `DYNAMODB_ENDPOINT` names.
 */
export const questions = {
  /** Answers when every record of the stream has been handled. */
  async idle({ streams }: Fillrate) {
    await streams.idle();
    return null;
  },
  async settled(fillrate: Fillrate) {
    await fillrate.settled();
    return null;
  },
  async counts({ engine }: Fillrate) {
    return engine.counts();
  },
  async audit({ services }: Fillrate) {
    const { orders, rows, violations } = await audit(services);
    return { orders, rows, violations: violations.map(({ subject, detail }) => `${subject}: ${detail}`) };
  },
  async close(fillrate: Fillrate) {
    await fillrate.close();
    return null;
  },
};
export type Questions = typeof questions;

const Question = z.strictObject({ id: z.int(), ask: z.enum(['idle', 'settled', 'counts', 'audit', 'close']) });

async function serve(stateDirectory: string | undefined) {
  const fillrate = await startFillrate({ stateDirectory });
  const send = (message: object) => process.send?.(message);
  process.on('message', (message) => {
    const { id, ask } = Question.parse(message);
    questions[ask](fillrate).then(
      (said) => send({ id, said }),
      (error: unknown) => send({ id, failed: String(error) }),
    );
  });
  // Whoever measures is gone: nobody needs this any more.
  process.on('disconnect', () => process.exit());
  send({ ready: fillrate.endpoints.api });
}

if (import.meta.main) await serve(process.argv[2]);
