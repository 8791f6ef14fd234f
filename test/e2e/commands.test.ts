import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { documentClient } from '../../core/platform/clients.ts';
import { keys } from '../../core/platform/table/keys.ts';
import { Table } from '../../core/platform/table/table.ts';
import { overwrite } from '../../core/platform/table/writes.ts';
import { clientConfig } from '../../local/client-config.ts';
import type { Endpoints } from '../../local/fillrate.ts';
import { fileWith } from '../support/served-api.ts';
import { anOrder } from '../support/services.ts';

interface Running {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves with the exit code. */
  readonly exited: Promise<number | null>;
  /** Resolves when it has written something that matches. */
  written(pattern: RegExp): Promise<RegExpExecArray>;
}

function run(command: string, ...args: string[]): Running {
  const { TABLE_NAME: _table, PORT: _port, ...env } = process.env;
  const child = spawn(process.execPath, [join('bin', `${command}.ts`), ...args], { env });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await exited;
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const written = async (pattern: RegExp) => {
    for (;;) {
      const found = pattern.exec(out);
      if (found) return found;
      const isOver = await Promise.race([once(child.stdout, 'data').then(() => false), exited.then(() => true)]);
      if (isOver) throw new Error(`${command} ended before it wrote ${pattern}: ${out}${err}`);
    }
  };
  return { child, out: () => out, err: () => err, exited, written };
}

async function finish(command: string, ...args: string[]) {
  const running = run(command, ...args);
  return { code: await running.exited, out: running.out(), err: running.err() };
}

/** Starts Fillrate on a state directory and waits until it says where it is. */
async function start(state: string, ...args: string[]) {
  const running = run('start', '--state', state, '--port', '0', ...args);
  const [, api = ''] = await running.written(/API +(\S+)\n[\s\S]*Stop/);
  const stop = async () => {
    running.child.kill('SIGINT');
    return running.exited;
  };
  return { ...running, api, stop };
}

const emptyFolder = async () => join(dirname(await fileWith('')), 'state');

describe('a system that stays up', () => {
  it('is fed, watched and audited while it runs and when it does not, and goes on where it ended', async () => {
    const state = await emptyFolder();
    const first = await start(state, '--robot');
    const api = ['--api', first.api];
    expect(await finish('import', 'catalogue', 'samples/catalogue.csv', ...api)).toMatchObject({
      code: 0,
      out: 'samples/catalogue.csv: SKUs taken 64\n',
    });
    const [header, ...rows] = (await readFile('samples/orders.csv', 'utf8')).split('\n');
    const orders = await fileWith([header, ...rows.slice(0, 40), 'SO-1,,A,a@example.com,DE,B,1,C,MUG,0,,,'].join('\n'));
    const imported = await finish('import', 'orders', orders, ...api);
    expect(imported.code).toBe(1);
    expect(imported.err).toMatch(/file\.csv:42: quantity: expected at least 1, found 0\n/);
    expect(imported.out).toMatch(
      /orders taken \d+, lines left out 1\n {2}1 {2}quantity: expected at least 1\n {5}line 42\n/,
    );
    expect(await finish('audit', '--state', state)).toMatchObject({ code: 0, out: expect.stringContaining('in use') });
    expect(await first.stop()).toBe(0);

    const audited = await finish('audit', '--state', state);
    expect(audited.code).toBe(0);
    expect(audited.out).toMatch(/64 levels, [1-9]\d* orders\n {2}never-oversold +holds\n/);

    const second = await start(state, '--robot');
    const shipped = async () => {
      const answer = await fetch(`${second.api}/orders/SO-1001`);
      return ((await answer.json()) as { status: string }).status === 'shipped';
    };
    await expect.poll(shipped, { timeout: 20_000 }).toBe(true);
    expect(await second.stop()).toBe(0);
  }, 60_000);

  it('is alone in its directory', async () => {
    const state = await emptyFolder();
    const first = await start(state);
    const second = await finish('start', '--state', state, '--port', '0');
    expect(second.code).toBe(1);
    expect(second.err).toMatch(/^Fillrate cannot start: .* is in use by process \d+/);
    const { port } = new URL(first.api);
    const third = await finish('start', '--memory', '--port', port);
    expect(third).toMatchObject({
      code: 1,
      err: `Fillrate cannot start: port ${port} is taken: --port chooses another\n`,
    });
  }, 30_000);
});

describe('a system that asks for tokens', () => {
  const ask = (url: string, token: string) => fetch(url, { headers: { Authorization: `Bearer ${token.trim()}` } });

  it('is fed and worked in as one that does not, and takes the tokens that its developer makes', async () => {
    const state = await emptyFolder();
    expect(await finish('token', '--scope', 'orders:read', '--state', state)).toMatchObject({
      code: 1,
      err: `There is no key in ${state}: "npm start -- --auth" makes one.\n`,
    });
    const first = await start(state, '--auth', '--robot');
    const here = ['--api', first.api, '--state', state];
    expect(await finish('import', 'catalogue', 'samples/catalogue.csv', ...here)).toMatchObject({ code: 0 });
    const [header, ...rows] = (await readFile('samples/orders.csv', 'utf8')).split('\n');
    const orders = await fileWith([header, ...rows.slice(0, 10)].join('\n'));
    expect(await finish('import', 'orders', orders, ...here)).toMatchObject({ code: 0 });

    const { code, out: token } = await finish('token', '--scope', 'orders:read', '--state', state);
    expect(code).toBe(0);
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const shipped = async () => {
      const answer = await ask(`${first.api}/orders/SO-1001`, token);
      return ((await answer.json()) as { status: string }).status;
    };
    await expect.poll(shipped, { timeout: 20_000 }).toBe('shipped');
    expect((await ask(`${first.api}/items`, token)).status).toBe(403);
    expect((await fetch(`${first.api}/orders`)).status).toBe(401);

    // Who is told of another place brings nothing along.
    const stranger = await finish('import', 'orders', orders, '--api', first.api, '--state', await emptyFolder());
    expect(stranger).toMatchObject({ code: 1 });
    expect(stranger.err + stranger.out).toContain('A bearer token is needed');

    await first.stop();
    const again = await start(state, '--auth');
    expect((await ask(`${again.api}/orders`, token)).status).toBe(200);
  }, 60_000);

  it('hands out one token where it keeps no key', async () => {
    const running = run('start', '--memory', '--auth', '--port', '0');
    const [, api = ''] = await running.written(/API +(\S+)\n/);
    const [, token = ''] = await running.written(/allows everything, for 12 hours:\n\n(\S+)\n/);

    for (const path of ['/orders', '/items', '/warehouse/work?stage=pick', '/alerts']) {
      expect((await ask(`${api}${path}`, token)).status, path).toBe(200);
    }
  }, 30_000);
});

it('exports a catalogue and its stock, and imports both again', async () => {
  const state = await emptyFolder();
  const { api } = await start(state);
  const there = ['--api', api];
  expect((await finish('import', 'catalogue', 'samples/catalogue.csv', ...there)).code).toBe(0);
  const file = join(dirname(state), 'catalogue.csv');
  expect(await finish('export', 'catalogue', file, ...there)).toMatchObject({ code: 0, out: `${file}: 64 SKUs\n` });
  const [header, ...rows] = (await readFile('samples/catalogue.csv', 'utf8')).trimEnd().split('\n');
  expect(await readFile(file, 'utf8')).toBe([header, ...rows.toSorted(), ''].join('\n'));

  const printed = await finish('export', 'stock', ...there);
  expect(printed.out).toMatch(/^sku,location,on_hand\n(\S+,main,\d+\n){64}$/);
  const list = await fileWith(printed.out);
  expect(await finish('import', 'stock', list, ...there)).toMatchObject({
    code: 0,
    out: expect.stringContaining('counts taken 64\n'),
  });

  expect(await finish('export', 'stock', '--location', 'nowhere', ...there)).toMatchObject({
    code: 1,
    out: 'sku,location,on_hand\n',
    err: 'Nothing is kept at nowhere: only the header was written.\n',
  });
  for (const wrong of [['orders'], ['stock', 'a', 'b'], ['stock', '--location', 'no where']]) {
    expect((await finish('export', ...wrong, ...there)).code, wrong.join(' ')).toBe(2);
  }
  const noFolder = await finish('export', 'stock', join(state, 'no', 'such.csv'), ...there);
  expect(noFolder).toMatchObject({ code: 1, err: expect.stringMatching(/such\.csv cannot be written: ENOENT/) });
}, 30_000);

it('erases a customer on request, and says what it will do, what it cannot do yet and what it has done', async () => {
  const state = await emptyFolder();
  const system = await start(state);
  const post = async (path: string, body?: object) => {
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch(system.api + path, { method: 'POST', headers, body: JSON.stringify(body ?? {}) });
    expect(response.ok).toBe(true);
  };
  for (const orderId of ['SO-1', 'SO-2']) await post('/orders', anOrder([{ sku: 'MUG', quantity: 1 }], { orderId }));
  const erase = (...args: string[]) => finish('erase', '--state', state, ...args);
  const theirs = ['--customer', 'ZOE@example.com'];

  expect(await erase()).toMatchObject({ code: 2, err: expect.stringContaining('Expected --customer') });
  expect(await erase('--customer', 'zoe')).toMatchObject({ code: 2, err: expect.stringContaining("found 'zoe'") });
  expect(await erase('--customer', 'nobody@example.com')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^No order of nobody@example\.com in the table in .*, in use\. Nothing was erased\.\n$/),
  });

  await expect.poll(async () => (await erase(...theirs)).out, { timeout: 20_000 }).toContain('Would be erased');
  const shown = await erase(...theirs);
  expect(shown.out).toMatch(
    /^Would be erased:\n {2}orders +2: SO-[12], SO-[12]\n[\s\S]*Nothing was erased: --yes does it\.\n$/,
  );
  expect(shown.code).toBe(0);
  await system.stop();

  const erased = await erase(...theirs, '--yes');
  expect(erased).toMatchObject({ code: 0, err: '' });
  expect(erased.out).toMatch(/^Erased:\n {2}orders +2: /);
  expect(await erase(...theirs, '--yes')).toMatchObject({
    code: 1,
    err: expect.stringContaining('Nothing was erased'),
  });
  expect((await finish('audit', '--state', state)).code).toBe(0);
}, 60_000);

it('refuses to erase a customer whose order is still to be sent', async () => {
  const state = await emptyFolder();
  const system = await start(state);
  expect((await finish('import', 'catalogue', 'samples/catalogue.csv', '--api', system.api)).code).toBe(0);
  const [header, first] = (await readFile('samples/orders.csv', 'utf8')).split('\n');
  const orders = await fileWith([header, first].join('\n'));
  expect((await finish('import', 'orders', orders, '--api', system.api)).code).toBe(0);
  const refused = await finish('erase', '--state', state, '--customer', 'sarka.zdarska@example.com', '--yes');
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(
    /^These orders are still to be sent, and need their address:\n {2}SO-1001 \(\w+\)\nCancel them .* Nothing was erased\.\n$/,
  );
  expect(await system.stop()).toBe(0);
}, 30_000);

it('prints messages as e-mails, the newest last', async () => {
  const entry = {
    messageId: 'm',
    topicArn: 'arn',
    publishedAt: '2026-03-02T08:00:00.000Z',
    default: '{}',
    attributes: {},
  };
  const lines = ['first', 'second'].map((subject) =>
    JSON.stringify({ ...entry, subject, email: `The ${subject} text`, recipients: ['merchant@example.com'] }),
  );
  const path = await fileWith(`${lines.join('\n')}\n{"half a li`, 'outbox.jsonl');
  const { code, out } = await finish('outbox', '--state', dirname(path));
  expect(code).toBe(0);
  expect(out.indexOf('Subject: second')).toBeGreaterThan(out.indexOf('The first text'));
  expect(await finish('outbox', '--state', await emptyFolder())).toMatchObject({ code: 0, err: '' });
});

it('prints what other systems were told, one event a line, the newest last', async () => {
  const entry = { messageId: 'm', topicArn: 'arn', publishedAt: '2026-03-02T08:00:00.000Z', attributes: {} };
  const lines = [1, 2].map((n) => JSON.stringify({ ...entry, message: `{"eventId":"e-${n}"}` }));
  const path = await fileWith(`${lines.join('\n')}\n{"half a li`, 'events.jsonl');

  const { code, out } = await finish('outbox', '--events', '--state', dirname(path));

  expect({ code, out }).toEqual({ code: 0, out: '{"eventId":"e-1"}\n{"eventId":"e-2"}\n' });
});

it('says which promise is broken, and where', async () => {
  const state = await emptyFolder();
  await start(state);
  const { dynamodb, tableName } = JSON.parse(await readFile(join(state, 'endpoints.json'), 'utf8')) as Endpoints;
  const client = new DynamoDBClient(clientConfig(dynamodb));
  onTestFinished(() => client.destroy());
  const level = {
    ...keys.stock('MUG', 'main'),
    sku: 'MUG',
    location: 'main',
    available: -2,
    allocated: 0,
    backordered: 0,
    incoming: 0,
  };
  await new Table(documentClient(client), tableName).decide((seen) =>
    seen.get(level) === undefined ? { answer: undefined, writes: [overwrite(level)] } : { answer: undefined },
  );
  const { code, out } = await finish('audit', '--state', state);
  expect(code).toBe(1);
  expect(out).toContain('  never-oversold            BROKEN 1 times\n    MUG at main: available is -2\n');
  expect(out).toContain('  always-explained          BROKEN 1 times\n');
  expect(out).toContain('  never-stranded            holds\n');
}, 30_000);

it('audits no table that is not there', async () => {
  const state = await emptyFolder();
  expect(await finish('audit', '--state', state)).toMatchObject({
    code: 1,
    err: `There is no table in ${state}: "npm start" makes one, --table names one in AWS.\n`,
  });
});

it('ends the demo cleanly on Ctrl-C', async () => {
  const demo = run('demo');
  await demo.written(/placed +[1-9]/);
  demo.child.kill('SIGINT');
  expect(await demo.exited).toBe(130);
  expect(demo.err()).toBe('\nInterrupted.\n');
}, 30_000);

const commands = ['demo', 'start', 'outbox', 'audit', 'redrive', 'import', 'export', 'erase', 'resume', 'token'];
describe.each(commands)('npm run %s', (command) => {
  it('explains itself', async () => {
    const { code, out, err } = await finish(command, '--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(command === 'start' ? 'npm start' : `npm run ${command}`);
    expect(out.split('\n').filter((line) => line.length >= 80)).toEqual([]);
  });

  it('refuses flags that it does not know', async () => {
    const { code, err } = await finish(command, '--fast');
    expect(code).toBe(2);
    expect(err).toMatch(/^Unknown option '--fast'.*\nSee --help\.\n$/);
  });
});

it.each([
  ['demo', ['samples/orders.csv'], 'Unexpected argument'],
  ['start', ['--port', 'high'], "Expected a port from 0 to 65535, found 'high'."],
  ['start', ['--port', '70000'], 'Expected a port'],
  ['start', ['--memory', '--state', 'x'], 'Either --memory or --state, not both.'],
  ['token', [], 'Expected a --scope: orders:read, orders:write,'],
  ['token', ['--scope', 'orders:raed'], "There is no scope 'orders:raed', only orders:read, orders:write,"],
  ['token', ['--scope', 'orders:read', '--minutes', '0'], "Expected 1 to 43200 for --minutes, found '0'."],
  ['token', ['--scope', 'orders:read', '--client', 'a b'], 'for --client'],
  ['redrive', ['--bucket', 'x', '--state', 'y'], 'Either --bucket or --state, not both.'],
  ['export', [], "Expected one of catalogue, stock, found ''."],
  ['export', ['stock', '--api', 'nowhere'], "Expected a URL for --api, found 'nowhere'."],
  ['erase', ['--customer', 'zoe'], "Expected an e-mail address for --customer, found 'zoe'."],
  ['resume', ['--table', 'T'], 'Expected --state-machine with --table.'],
  ['import', [], "Expected one of catalogue, orders, deliveries, stock, found ''."],
  ['import', ['orders'], 'Expected a file.'],
  ['import', ['orders', 'a.csv', 'b.csv'], "Unexpected argument 'b.csv'."],
  ['import', ['orders', 'a.csv', '--api', 'nowhere'], "Expected a URL for --api, found 'nowhere'."],
])('%s %j is a wrong call', async (command, args, said) => {
  const { code, err } = await finish(command, ...args);
  expect(code).toBe(2);
  expect(err).toContain(said);
});

it.each([
  ['import', ['orders', 'no-such.csv'], 'no-such.csv cannot be read: there is no such file\n'],
  ['demo', ['--orders', 'no-such.csv'], 'no-such.csv cannot be read: there is no such file\n'],
])('%s %j says what is missing', async (command, args, said) => {
  expect(await finish(command, ...args)).toMatchObject({ code: 1, err: said });
});
