import { join } from 'node:path';
import type { FifoMessage } from '../sns/fifo.ts';
import { formatMessage } from '../sns/format-message.ts';
import { readJsonLines } from '../sns/json-lines.ts';
import { readOutbox } from '../sns/outbox.ts';
import { type Command, expectNoMore } from './cli.ts';
import { STATE_DIRECTORY } from './state.ts';

const usage = `\
Prints what Fillrate on this machine has sent to the merchant, as e-mails, the
newest last; or what it has told other systems of orders, an event a line.

  npm run outbox
  npm run outbox -- --events

  --events       the events of orders instead of the e-mails
  --state DIR    where Fillrate keeps everything, else ${STATE_DIRECTORY}
  --help         this text
`;

const options = {
  events: { type: 'boolean', default: false },
  state: { type: 'string', default: STATE_DIRECTORY },
} as const;
const SEPARATOR = `${'-'.repeat(79)}\n`;

export const outboxCommand: Command<typeof options> = {
  usage,
  options,
  run: async ({ values, positionals }) => {
    expectNoMore(positionals);
    const messages = values.events ? await eventsIn(values.state) : await mailsIn(values.state);
    process.stdout.write(messages || `Nothing has been sent yet, or nothing is kept in ${values.state}.\n`);
    return 0;
  },
};

async function mailsIn(stateDirectory: string): Promise<string> {
  const { entries } = await readOutbox(join(stateDirectory, 'outbox.jsonl'));
  return entries.map(formatMessage).join(SEPARATOR);
}

/** As a queue gets them, one after another. */
async function eventsIn(stateDirectory: string): Promise<string> {
  const { entries } = await readJsonLines<FifoMessage>(join(stateDirectory, 'events.jsonl'));
  return entries.map(({ message }) => `${message}\n`).join('');
}
