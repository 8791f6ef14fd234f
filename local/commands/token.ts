import { SCOPES, type Scope } from '../../core/http/scopes.ts';
import { DevelopmentIssuer } from '../access/issuer.ts';
import { keptSigningKey } from '../access/signing-key.ts';
import { ExplainedError } from '../explained-error.ts';
import { type Command, expectNoMore, UsageError } from './cli.ts';
import { STATE_DIRECTORY } from './state.ts';

const DEFAULT_CLIENT = 'developer';
const DEFAULT_MINUTES = '60';
/** A month: longer than anybody tries something out. */
const MAX_MINUTES = 43_200;

const usage = `\
Prints a bearer token for the Fillrate that "npm start -- --auth" runs on this
machine. It is good there and nowhere else.

  npm run token -- --scope orders:read --scope stock:read

  token=$(npm run --silent token -- --scope orders:read)
  curl -H "Authorization: Bearer $token" http://127.0.0.1:3000/orders

  --scope SCOPE  what it allows, as often as you like: see below
  --client NAME  who asks, as the ledger names it, else ${DEFAULT_CLIENT}
  --minutes N    how long it is good, else ${DEFAULT_MINUTES}; ${MAX_MINUTES} at most
  --state DIR    where that Fillrate keeps everything, else ${STATE_DIRECTORY}
  --help         this text

Scopes:

${Object.entries(SCOPES)
  .map(([scope, allows]) => `  ${scope.padEnd(16)}${allows}`)
  .join('\n')}

It is signed with the key in the state directory. Delete the key and start
again, and no token made with it is good any more.
`;

const options = {
  scope: { type: 'string', multiple: true },
  client: { type: 'string', default: DEFAULT_CLIENT },
  minutes: { type: 'string', default: DEFAULT_MINUTES },
  state: { type: 'string', default: STATE_DIRECTORY },
} as const;

export const tokenCommand: Command<typeof options> = {
  usage,
  options,
  run: async ({ values, positionals }) => {
    expectNoMore(positionals);
    const scopes = scopesOf(values.scope ?? []);
    const client = clientOf(values.client);
    const seconds = minutesOf(values.minutes) * 60;
    const key = await keptSigningKey(values.state);
    if (!key) throw new ExplainedError(`There is no key in ${values.state}: "npm start -- --auth" makes one.`);
    process.stdout.write(`${await new DevelopmentIssuer(key).token({ client, scopes, seconds })}\n`);
    return 0;
  },
};

function scopesOf(words: readonly string[]): Scope[] {
  // `--scope orders:read,stock:read` and `--scope 'orders:read stock:read'` are what people write, too.
  const named = words.flatMap((word) => word.split(/[\s,]+/)).filter(Boolean);
  const all = Object.keys(SCOPES).join(', ');
  if (named.length === 0) throw new UsageError(`Expected a --scope: ${all}.`);
  for (const scope of named) {
    if (!Object.hasOwn(SCOPES, scope)) throw new UsageError(`There is no scope '${scope}', only ${all}.`);
  }
  return [...new Set(named)] as Scope[];
}

function clientOf(name: string): string {
  if (/^[\w.@-]{1,64}$/.test(name)) return name;
  throw new UsageError(`Expected 1 to 64 letters, digits, '_', '.', '@' or '-' for --client, found '${name}'.`);
}

function minutesOf(text: string): number {
  const minutes = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (minutes >= 1 && minutes <= MAX_MINUTES) return minutes;
  throw new UsageError(`Expected 1 to ${MAX_MINUTES} for --minutes, found '${text}'.`);
}
