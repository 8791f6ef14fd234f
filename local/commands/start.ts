import { once } from 'node:events';
import { SCOPES, type Scope } from '../../core/http/scopes.ts';
import type { DevelopmentIssuer } from '../access/issuer.ts';
import { ApiClient } from '../api-client.ts';
import type { Fillrate } from '../fillrate.ts';
import { Robot } from '../robot.ts';
import { type Command, expectNoMore, UsageError } from './cli.ts';
import { startSystem } from './start-system.ts';
import { STATE_DIRECTORY } from './state.ts';

const DEFAULT_PORT = '3000';
const TOKEN_HOURS = 12;

const usage = `\
Runs Fillrate on this machine until it is stopped: the API, the workflow, the
table, the streams and the schedules. It goes on where it ended the last time.

  npm start
  npm start -- --robot

  --robot        lets a robot pick, pack and ship whatever there is to do
  --auth         asks for tokens, as in AWS; npm run token makes them
  --memory       keeps nothing
  --state DIR    keeps everything there, else ${STATE_DIRECTORY}
  --port NUMBER  the API's port; else PORT of the environment, else ${DEFAULT_PORT}
  --help         this text
`;

const options = {
  robot: { type: 'boolean', default: false },
  auth: { type: 'boolean', default: false },
  memory: { type: 'boolean', default: false },
  state: { type: 'string' },
  port: { type: 'string' },
} as const;

export const startCommand: Command<typeof options> = {
  usage,
  options,
  run: async ({ values, positionals }, signal) => {
    expectNoMore(positionals);
    if (values.memory && values.state !== undefined) throw new UsageError('Either --memory or --state, not both.');
    const port = portOf(values.port ?? process.env.PORT ?? DEFAULT_PORT);
    const stateDirectory = values.memory ? undefined : (values.state ?? STATE_DIRECTORY);
    const fillrate = await startSystem({ port, stateDirectory, auth: values.auth });
    try {
      signal.throwIfAborted();
      process.stdout.write(whereIsWhat(fillrate, stateDirectory, values.robot));
      if (fillrate.issuer && !stateDirectory) process.stdout.write(await tokenToTake(fillrate.issuer));
      if (values.robot) await workUntil(signal, fillrate);
      else await once(signal, 'abort');
    } finally {
      await fillrate.close();
    }
    process.stdout.write('\nFillrate has stopped.\n');
    return 0;
  },
};

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`Expected a port from 0 to 65535, found '${text}'.`);
}

async function workUntil(signal: AbortSignal, { endpoints, issuer }: Fillrate): Promise<void> {
  const token = issuer?.source('robot', ['warehouse:write']);
  const robot = new Robot(new ApiClient(endpoints.api, { token }), (why) =>
    process.stderr.write(`The robot leaves it: ${why}\n`),
  );
  signal.addEventListener('abort', () => void robot.stop());
  await robot.stopped;
}

function whereIsWhat({ endpoints, issuer }: Fillrate, stateDirectory: string | undefined, hasRobot: boolean): string {
  const state =
    stateDirectory === undefined || stateDirectory === STATE_DIRECTORY ? '' : ` -- --state ${stateDirectory}`;
  const tokens = stateDirectory ? `npm run token${state || ' --'} --scope orders:read` : 'the one below';
  const lines = [
    ['API', endpoints.api],
    ['OpenAPI', `${endpoints.api}/openapi.json`],
    ['Tokens', issuer ? tokens : 'none asked for; --auth asks'],
    ['Warehouse', hasRobot ? 'a robot does all the work' : 'yours: GET /warehouse/work?stage=pick, or --robot'],
    ['Messages', stateDirectory ? `npm run outbox${state}` : 'GET /alerts'],
    ['Audit', stateDirectory ? `npm run audit${state}` : 'npm run demo runs one; this state is in memory'],
    ['State', stateDirectory ?? 'in memory, gone when it stops'],
    ['Stop', stateDirectory ? 'Ctrl-C; the next start goes on from here' : 'Ctrl-C'],
  ] as const;
  return `Fillrate is up.\n\n${lines.map(([name, what]) => `  ${name.padEnd(11)}${what}\n`).join('')}\n`;
}

/** Where no key is kept, nobody else can make a token. */
async function tokenToTake(issuer: DevelopmentIssuer): Promise<string> {
  const scopes = Object.keys(SCOPES) as Scope[];
  const token = await issuer.token({ client: 'developer', scopes, seconds: TOKEN_HOURS * 3600 });
  return `A token that allows everything, for ${TOKEN_HOURS} hours:\n\n${token}\n\n`;
}
