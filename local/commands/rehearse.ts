import { findEmulator, safeEndpoint } from '../rehearsal/emulator.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import { checkLine, report } from '../rehearsal/report.ts';
import { type Command, expectNoMore } from './cli.ts';
import { StatusLine } from './status-line.ts';

const usage = `\
Deploys the stack on an emulator of AWS with the CDK's own commands, walks the
same journey through it as the tests walk through the local system, removes it,
and says what it has seen and what it has not (docs/rehearsal.md).

  AWS_ENDPOINT_URL=http://127.0.0.1:4566 npm run rehearse

  --trust-host NAME  an emulator that is neither on this machine nor at a
                     private address
  --help             this text

AWS itself is refused, and only dummy credentials are used.

Exit code: 0 when all checks passed, or nothing was rehearsed as there is no
emulator; 1 when one failed; 2 for wrong arguments.
`;

const options = { 'trust-host': { type: 'string' } } as const;

export const rehearseCommand: Command<typeof options> = {
  usage,
  options,
  run: async ({ values, positionals }, signal) => {
    expectNoMore(positionals);
    const given = process.env.AWS_ENDPOINT_URL;
    if (!given) return skip('AWS_ENDPOINT_URL names no emulator');
    const endpoint = await safeEndpoint(given, values['trust-host']);
    const emulator = await findEmulator(endpoint);
    if (!emulator) return skip(`nothing answers at ${endpoint}`);

    process.stdout.write(`On ${emulator.name} at ${endpoint}, Fillrate\n`);
    const line = new StatusLine(process.stdout);
    const rehearsal = await rehearse(emulator, {
      onPhase: (what) => line.show(what),
      onCheck: (check) => line.say(checkLine(check)),
      signal,
    });
    line.finish();
    process.stdout.write(report(rehearsal, emulator));
    return rehearsal.checks.every(({ failure }) => failure === undefined) ? 0 : 1;
  },
};

function skip(why: string): number {
  process.stdout.write(`Skipped, nothing was rehearsed: ${why}. How to get an emulator: docs/rehearsal.md\n`);
  return 0;
}
