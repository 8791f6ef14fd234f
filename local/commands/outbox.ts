import { join } from 'node:path';
import { formatMessage } from '../sns/format-message.ts';
import { readOutbox } from '../sns/outbox.ts';
import { type Command, expectNoMore } from './cli.ts';
import { STATE_DIRECTORY } from './state.ts';

const usage = `\
Prints what Fillrate on this machine has sent to the merchant, as e-mails, the
newest last.

  npm run outbox

  --state DIR    where Fillrate keeps everything, else ${STATE_DIRECTORY}
  --help         this text
`;

const options = { state: { type: 'string', default: STATE_DIRECTORY } } as const;
const SEPARATOR = `${'-'.repeat(79)}\n`;

export const outboxCommand: Command<typeof options> = {
  usage,
  options,
  run: async ({ values, positionals }) => {
    expectNoMore(positionals);
    const { entries } = await readOutbox(join(values.state, 'outbox.jsonl'));
    const messages = entries.map(formatMessage).join(SEPARATOR);
    process.stdout.write(messages || `Nothing has been sent yet, or nothing is kept in ${values.state}.\n`);
    return 0;
  },
};
