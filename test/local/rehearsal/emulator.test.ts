import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { findEmulator, safeEndpoint } from '../../../local/rehearsal/emulator.ts';

it.each([
  ['http://127.0.0.1:4566/', 'http://127.0.0.1:4566'],
  ['http://localhost:4566', 'http://127.0.0.1:4566'],
  ['http://[::1]:4566', 'http://[::1]:4566'],
  ['http://10.1.2.3:4566', 'http://10.1.2.3:4566'],
  ['https://192.168.0.7', 'https://192.168.0.7'],
])('rehearses at %s, which is this machine or its neighbor', async (given, endpoint) => {
  expect(await safeEndpoint(given, undefined)).toBe(endpoint);
});

it.each([
  'https://dynamodb.eu-central-1.amazonaws.com',
  'https://sts.amazonaws.com.',
  'https://s3.cn-north-1.amazonaws.com.cn',
  'https://lambda.us-east-1.api.aws',
])('never rehearses at %s, whatever it is told to trust', async (given) => {
  const { hostname } = new URL(given);
  await expect(safeEndpoint(given, hostname)).rejects.toThrow('is AWS itself');
});

it.each(['http://8.8.8.8:4566', 'http://169.254.169.254', 'http://172.32.0.1'])(
  'does not rehearse at %s, which may be anybody, unless it is told to',
  async (given) => {
    const { hostname } = new URL(given);
    await expect(safeEndpoint(given, undefined)).rejects.toThrow(`--trust-host ${hostname}`);
    await expect(safeEndpoint(given, 'another.example')).rejects.toThrow('--trust-host');
    expect(await safeEndpoint(given, hostname)).toBe(given);
  },
);

it.each(['127.0.0.1:4566', 'ftp://127.0.0.1', ' '])('says what it expects when it is given %j', async (given) => {
  await expect(safeEndpoint(given, undefined)).rejects.toThrow('expected a URL such as');
});

it('knows by its health who the emulator is and whether it enforces IAM, and nobody where nobody answers', async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/_ministack/health' ? 200 : 404;
    response.end(JSON.stringify({ version: '1.5.33', auth: 'enabled' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  expect(await findEmulator(endpoint)).toEqual({ endpoint, name: 'MiniStack 1.5.33', enforcesIam: true });
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  expect(await findEmulator(endpoint)).toBeUndefined();
});
