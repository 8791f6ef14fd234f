import { beforeEach, describe, expect, it } from 'vitest';
import type { ProblemDetails } from '../../core/http/problem.ts';
import type { Services } from '../../core/platform/services.ts';
import { startDatabase } from '../support/database.ts';
import { anOrder, freshServices, stock } from '../support/services.ts';
import { type Client, clientOf, codeOf } from './client.ts';

const database = await startDatabase();
let services: Services;
let api: Client;

beforeEach(async () => {
  services = await freshServices(database);
  api = clientOf({ services, authorization: { scopePrefix: 'fillrate/' } });
});

const routes: [method: string, path: string, scope: string][] = [
  ['POST', '/orders', 'orders:write'],
  ['GET', '/orders', 'orders:read'],
  ['GET', '/orders/SO-1', 'orders:read'],
  ['POST', '/orders/SO-1/cancel', 'orders:write'],
  ['POST', '/orders/SO-1/track', 'orders:write'],
  ['DELETE', '/orders/SO-1/track', 'orders:write'],
  ['PUT', '/items/MUG', 'stock:write'],
  ['GET', '/items', 'stock:read'],
  ['GET', '/stock/MUG', 'stock:read'],
  ['POST', '/stock/MUG/receipts', 'stock:write'],
  ['POST', '/stock/MUG/counts', 'stock:write'],
  ['GET', '/stock/MUG/movements', 'stock:read'],
  ['POST', '/inbound-shipments', 'stock:write'],
  ['GET', '/inbound-shipments', 'stock:read'],
  ['GET', '/inbound-shipments/PO-1', 'stock:read'],
  ['PATCH', '/inbound-shipments/PO-1', 'stock:write'],
  ['POST', '/inbound-shipments/PO-1/receive', 'stock:write'],
  ['POST', '/inbound-shipments/PO-1/cancel', 'stock:write'],
  ['GET', '/warehouse/work?stage=pick', 'warehouse:write'],
  ['POST', '/shipments/SO-1-1/pick', 'warehouse:write'],
  ['POST', '/shipments/SO-1-1/pack', 'warehouse:write'],
  ['POST', '/shipments/SO-1-1/ship', 'warehouse:write'],
  ['POST', '/shipments/SO-1-1/deliver', 'warehouse:write'],
  ['POST', '/shipments/SO-1-1/delay', 'warehouse:write'],
  ['POST', '/shipments/SO-1-1/returns', 'warehouse:write'],
  ['GET', '/alerts', 'insights:read'],
];
const scopes = [...new Set(routes.map(([, , scope]) => scope))];

it('tells a browser without a token what may be called, and lets it call nothing', async () => {
  const answer = await api.send('OPTIONS', '/orders');

  expect([answer.status, answer.headers.get('Allow')]).toEqual([204, 'POST, GET, HEAD']);
  expect((await api.send('OPTIONS', '/nowhere')).status).toBe(404);
});

describe.each(routes)('%s %s', (method, path, scope) => {
  it('asks for a token', async () => {
    const answer = await api.send(method, path);

    expect(answer.status).toBe(401);
    expect(codeOf(answer)).toBe('unauthorized');
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer');
  });

  it(`asks for the scope ${scope}, before it looks at anything else`, async () => {
    const others = scopes.filter((other) => other !== scope).map((other) => `fillrate/${other}`);
    const answer = await api.send(method, path, undefined, { claims: { scope: others.join(' ') } });

    expect(answer.status).toBe(403);
    expect(codeOf(answer)).toBe('insufficient-scope');
    expect(answer.body.detail).toContain(scope);
    expect(answer.headers.get('WWW-Authenticate')).toBe(`Bearer error="insufficient_scope", scope="${scope}"`);
  });

  it('is open to who has it', async () => {
    const answer = await api.send(method, path, undefined, { claims: { scope: `openid fillrate/${scope}` } });

    expect([401, 403]).not.toContain(answer.status);
  });
});

it('is not taken in by a scope of another prefix, or by part of one', async () => {
  for (const scope of ['orders:read', 'other/orders:read', 'fillrate/orders:readable', 'xfillrate/orders:read', '']) {
    const { status } = await api.get('/orders', { claims: { scope } });
    expect(status, scope).toBe(403);
  }
});

it('reads scopes however the issuer writes them', async () => {
  const ways = [
    { scope: 'fillrate/orders:read fillrate/stock:read' },
    { scp: 'fillrate/orders:read' },
    { scp: '[fillrate/stock:read fillrate/orders:read]' },
  ];
  for (const claims of ways) {
    const { status } = await api.get('/orders', { claims: claims as Record<string, string> });
    expect(status, JSON.stringify(claims)).toBe(200);
  }
});

it('tells everybody whether it is up and what it takes', async () => {
  expect(await api.get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(await api.get('/openapi.json')).toMatchObject({ status: 200, body: { openapi: '3.1.1' } });
});

it('is open on the laptop, where no tokens are asked for', async () => {
  const open = clientOf({ services });
  expect((await open.get('/orders')).status).toBe(200);
});

describe('who acts', () => {
  const scope = 'fillrate/stock:read fillrate/stock:write fillrate/orders:write';

  it('is named in the ledger', async () => {
    await stock(services, 'MUG', 0);
    await api.post('/stock/MUG/receipts', { quantity: 1 }, { claims: { scope, client_id: 'wms', sub: 'somebody' } });
    await api.post('/stock/MUG/receipts', { quantity: 1 }, { claims: { scope, sub: 'somebody' } });
    await api.post('/stock/MUG/receipts', { quantity: 1 }, { claims: { scope } });
    const atConsole = { scope, client_id: 'console', username: '7d0c1f52', sub: '7d0c1f52' };
    await api.post('/stock/MUG/receipts', { quantity: 1 }, { claims: atConsole });

    const { body } = await api.get<{ items: { actor: string }[] }>('/stock/MUG/movements', { claims: { scope } });

    expect(body.items.map(({ actor }) => actor)).toEqual(['7d0c1f52', 'api', 'somebody', 'wms']);
  });

  it('has idempotency keys of its own', async () => {
    const order = anOrder([{ sku: 'MUG', quantity: 1 }]);
    const headers = { 'Idempotency-Key': 'order 1' };
    const place = (client: string, body: object, person: Record<string, string> = {}) =>
      api.post<{ orderId: string }>('/orders', body, { headers, claims: { scope, client_id: client, ...person } });

    const shop = await place('shop', order);
    const market = await place('market', { ...order, priority: 1 });
    const shopAgain = await place('shop', order);

    expect([shop.status, market.status, shopAgain.status]).toEqual([202, 202, 202]);
    expect(market.body.orderId).not.toBe(shop.body.orderId);
    expect(shopAgain.body.orderId).toBe(shop.body.orderId);

    const [zoe, ali] = await Promise.all(['zoe', 'ali'].map((username) => place('console', order, { username })));
    expect(zoe?.body.orderId).not.toBe(ali?.body.orderId);
  });
});

it('answers a path that is not there in the same way to everybody', async () => {
  const answer = await api.get<ProblemDetails>('/nothing');
  expect(answer.status).toBe(404);
});
