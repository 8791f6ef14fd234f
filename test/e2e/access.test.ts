import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import type { ProblemDetails } from '../../core/http/problem.ts';
import { SCOPES, type Scope } from '../../core/http/scopes.ts';
import { OPEN_THROTTLE } from '../../local/access/gateway.ts';
import { DEVELOPMENT, DevelopmentIssuer } from '../../local/access/issuer.ts';
import { keptSigningKey, newSigningKey, type SigningKey } from '../../local/access/signing-key.ts';
import { startFillrate } from '../../local/fillrate.ts';

type Claims = Record<string, unknown>;

interface Described {
  readonly paths: Record<string, Record<string, { readonly security?: readonly Record<string, readonly string[]>[] }>>;
}

const stateDirectory = await mkdtemp(join(tmpdir(), 'fillrate-access-'));
const fillrate = await startFillrate({ stateDirectory, auth: true });
const key = (await keptSigningKey(stateDirectory)) as SigningKey;
const issuer = new DevelopmentIssuer(key);
afterAll(async () => {
  await fillrate.close();
  await rm(stateDirectory, { recursive: true });
});

const origin = fillrate.endpoints.api;
const document = (await (await fetch(`${origin}/openapi.json`)).json()) as Described;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { security }]) => ({ method: method.toUpperCase(), path, security })),
);
const every = Object.keys(SCOPES) as Scope[];
const hour = { client: 'shop', seconds: 3600 };
const everything = { ...hour, scopes: every };

/** Calls a path as it stands in the document, with ids that nothing has. */
async function call(method: string, path: string, token?: string, authorization = token && `Bearer ${token}`) {
  const response = await fetch(`${origin}${path.replaceAll(/\{\w+\}/g, 'NONE')}`, {
    method,
    ...(authorization !== undefined && { headers: { Authorization: authorization } }),
  });
  const text = await response.text();
  const { status, headers } = response;
  return { status, challenge: headers.get('WWW-Authenticate'), type: headers.get('Content-Type'), text };
}

/** What an attacker brings, and what is said to it. */
async function badTokens(): Promise<[what: string, token: string, why: string][]> {
  const other = await newSigningKey();
  return [
    ['an expired token', await issuer.token({ ...everything, seconds: -1 }), 'the token has expired'],
    [
      "another issuer's token",
      await new DevelopmentIssuer(other).token(everything),
      'the token is not signed by the issuer',
    ],
  ];
}
const bad = await badTokens();

describe.each(operations)('$method $path', ({ method, path, security }) => {
  const rule = security?.[0]?.bearer?.[0] as Scope | undefined;

  it('declares who may call it: anybody, or who has one scope', () => {
    const [requirement = {}, ...alternatives] = security ?? [{ nothing: [] }];
    if (security?.length === 0) return;
    expect({ requirement, alternatives }).toEqual({ requirement: { bearer: [rule] }, alternatives: [] });
    expect(every).toContain(rule);
  });

  if (security?.length === 0) {
    it('is open, also to whoever brings a token that is no good', async () => {
      for (const token of [undefined, ...bad.map(([, each]) => each)]) {
        expect([401, 403]).not.toContain((await call(method, path, token)).status);
      }
    });
    return;
  }

  it('asks for a token', async () => {
    const { status, challenge, type, text } = await call(method, path);

    expect({ status, challenge }).toEqual({ status: 401, challenge: 'Bearer' });
    expect(type).toBe('application/problem+json');
    expect(JSON.parse(text)).toMatchObject({ type: 'urn:fillrate:problem:unauthorized', status: 401 });
  });

  it.each(bad)('takes no %s', async (_, token, why) => {
    const { status, challenge, text } = await call(method, path, token);

    expect({ status, challenge }).toEqual({
      status: 401,
      challenge: `Bearer error="invalid_token", error_description="${why}"`,
    });
    expect(JSON.parse(text).detail).toContain(why);
  });

  it('is closed to whoever has every scope but the one that it declares', async () => {
    const scopes = every.filter((scope) => scope !== rule);
    const { status, challenge, text } = await call(method, path, await issuer.token({ ...hour, scopes }));

    expect({ status, challenge }).toEqual({
      status: 403,
      challenge: `Bearer error="insufficient_scope", scope="${rule}"`,
    });
    expect(JSON.parse(text)).toMatchObject({ type: 'urn:fillrate:problem:insufficient-scope' });
  });

  it('is open to whoever has that one', async () => {
    const token = await issuer.token({ ...hour, scopes: [rule as Scope] });

    expect([401, 403]).not.toContain((await call(method, path, token)).status);
  });
});

describe('a token', () => {
  const orders = (token: string) => call('GET', '/orders', token);
  const good = async () => issuer.token({ ...hour, scopes: ['orders:read'] });

  /** Signs what the issuer would never say, with a key that it has or has not. */
  async function forged(claims: Claims, header: { alg?: string; kid?: string } = {}) {
    const now = Math.floor(Date.now() / 1000);
    const scope = 'fillrate/orders:read';
    const payload = { iss: DEVELOPMENT.issuer, aud: DEVELOPMENT.audience, iat: now, exp: now + 60, scope, ...claims };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'RS256', kid: key.kid, ...header })
      .sign(await importJWK(key, header.alg ?? 'RS256'));
  }

  it('is taken with the word Bearer before it, and alone, as the gateway does', async () => {
    const token = await good();

    expect((await orders(token)).status).toBe(200);
    expect((await call('GET', '/orders', undefined, token)).status).toBe(200);
  });

  it.each<[what: string, claims: Claims, why: string]>([
    ['of another issuer', { iss: 'https://id.example.com' }, 'the token does not have a valid issuer'],
    ['of no issuer', { iss: undefined }, 'the token does not have a valid issuer'],
    ['for another API', { aud: 'another' }, 'the token does not have a valid audience'],
    ['for another API, of our client', { aud: 'another', client_id: 'fillrate' }, 'valid audience'],
    ['for nobody', { aud: undefined }, 'the token does not have a valid audience'],
    ['without an end', { exp: undefined }, 'the token has no exp that can be used'],
    ['of tomorrow', { nbf: 4_000_000_000, exp: 4_000_000_060 }, 'the token is not to be used yet'],
    ['made in the future', { iat: 4_000_000_000, exp: 4_000_000_060 }, 'the token was issued in the future'],
  ])('%s is refused, whoever signed it', async (_, claims, why) => {
    const { status, challenge } = await orders(await forged(claims));

    expect(status).toBe(401);
    expect(challenge).toContain(why);
  });

  it.each<[what: string, claims: Claims]>([
    ['names us among others', { aud: ['another', 'fillrate'] }],
    ['names no audience, but a client that is ours', { aud: undefined, client_id: 'fillrate' }],
    ['has its scopes in a list', { scope: undefined, scp: ['fillrate/stock:read', 'fillrate/orders:read'] }],
  ])('is taken that %s', async (_, claims) => {
    expect((await orders(await forged(claims))).status).toBe(200);
  });

  it('is refused that names another key, or is signed in another way', async () => {
    expect((await orders(await forged({}, { kid: 'another' }))).challenge).toContain('another key than it names');
    expect((await orders(await forged({}, { alg: 'RS512' }))).challenge).toContain('not signed with RS256');
  });

  it('is refused that is not signed, or is changed after it was', async () => {
    const [header, payload = '', signature] = (await good()).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const richer = Buffer.from(JSON.stringify({ ...claims, scope: 'fillrate/orders:write' })).toString('base64url');

    const own = await newSigningKey();
    const publicKey = { kty: 'RSA', n: own.n ?? '', e: own.e ?? '' };

    for (const token of [
      new UnsecuredJWT(claims).encode(),
      // With what everybody may know of the key, as if it were a secret; and with a key that it brings along.
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: key.kid }).sign(Buffer.from(key.n ?? '')),
      await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid: key.kid, jwk: publicKey })
        .sign(await importJWK(own, 'RS256')),
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}.${richer}.${signature}`,
      'rubbish',
      'Bearer rubbish',
      '..',
      'x'.repeat(5000),
    ]) {
      const { status, challenge, text } = await orders(token);
      expect({ token, status }).toEqual({ token, status: 401 });
      expect(challenge).toMatch(/^Bearer error="invalid_token", error_description="the token [\w ]+"$/);
      expect(text).not.toContain(token);
    }
  });

  it('of another scheme is refused', async () => {
    expect((await call('GET', '/orders', undefined, 'Basic c2hvcDpzZWNyZXQ=')).status).toBe(401);
  });

  it('names in the ledger whoever has it', async () => {
    const token = await issuer.token({ client: 'erp', scopes: ['stock:read', 'stock:write'], seconds: 60 });
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const item = {
      title: 'Enamel mug',
      weightGrams: 180,
      dimensionsMm: { length: 120, width: 90, height: 85 },
      unitCostMinor: 420,
      currency: 'EUR',
      leadTimeDays: 14,
      backorders: { policy: 'allow' },
      reorderPoint: 10,
      bin: 'A-01-1',
    };
    const send = (method: string, path: string, body: object) =>
      fetch(`${origin}${path}`, { method, headers, body: JSON.stringify(body) });
    await send('PUT', '/items/MUG', item);
    expect((await send('POST', '/stock/MUG/receipts', { quantity: 1 })).ok).toBe(true);

    const ledger = await fetch(`${origin}/stock/MUG/movements`, { headers });
    expect(await ledger.json()).toMatchObject({ items: [{ actor: 'erp' }] });
  });
});

describe('what no route leads to', () => {
  it.each([
    ['GET', '/nothing'],
    ['GET', '/'],
    ['POST', '/healthz'],
    ['DELETE', '/track/SO-1.x'],
    ['GET', '/track/'],
    ['GET', '/track/a/b'],
    ['GET', '/openapiXjson'],
    ['OPTIONS', '/orders'],
    ['HEAD', '/healthz'],
  ])('%s %s asks for a token first, as everything does that is not declared open', async (method, path) => {
    expect((await call(method, path)).status).toBe(401);
    expect([404, 405, 200, 204]).toContain((await call(method, path, await issuer.token(everything))).status);
  });
});

describe('tracking links', () => {
  it('are followed so many times a second, all together, and nothing else is slowed down by it', async () => {
    const { ratePerSecond, burst } = OPEN_THROTTLE;
    const startedAt = performance.now();
    const turnedAway: Response[] = [];
    let passed = 0;
    for (let n = 0; turnedAway.length === 0 && n < 5000; n += 100) {
      const guesses = Array.from({ length: 100 }, (_, m) => fetch(`${origin}/track/SO-1.guess-${n + m}`));
      for (const answer of await Promise.all(guesses)) {
        if (answer.status === 429) turnedAway.push(answer);
        else passed++;
      }
    }
    const seconds = (performance.now() - startedAt) / 1000;

    expect(passed).toBeGreaterThan(0);
    expect(passed).toBeLessThanOrEqual(burst + ratePerSecond * seconds);
    const [answer] = turnedAway;
    expect(answer?.headers.get('Retry-After')).toBe('1');
    expect((await answer?.json()) as ProblemDetails).toMatchObject({
      type: 'urn:fillrate:problem:too-many-requests',
      status: 429,
      instance: expect.stringMatching(/^urn:fillrate:request:/),
    });
    expect((await call('GET', '/healthz')).status).toBe(200);
    expect((await call('GET', '/orders', await issuer.token(everything))).status).toBe(200);
  });
});

it('keeps its key from everybody but whoever runs it', async () => {
  const { mode } = await stat(join(stateDirectory, 'token-key.json'));
  expect((mode & 0o777).toString(8)).toBe('600');
});

it('takes no headers that the gateway would not', async () => {
  const response = await fetch(`${origin}/healthz`, { headers: { 'X-Long': 'x'.repeat(11_000) } });
  expect(response.status).toBe(431);
});
