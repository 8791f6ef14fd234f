import { once } from 'node:events';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApi } from '../../core/http/api.ts';
import { startDatabase } from '../support/database.ts';
import { anOrder, servicesOn } from '../support/services.ts';

const database = await startDatabase();
const tableName = await database.freshTable();
const order = { ...anOrder([{ sku: 'MUG', quantity: 1 }]), orderId: 'SO-1' };

describe('behind API Gateway', () => {
  type Handler = typeof import('../../functions/api.ts').handler;
  let handler: Handler;

  beforeAll(async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', database.endpoint);
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    vi.stubEnv('TABLE_NAME', tableName);
    vi.stubEnv('SCOPE_PREFIX', 'fillrate/');
    vi.stubEnv('HANDLING_HOURS', '24');
    vi.stubEnv('PROMISE_TOLERANCE_HOURS', '24');
    ({ handler } = await import('../../functions/api.ts'));
  });

  afterAll(() => {
    vi.unstubAllEnvs();
  });

  /** A request as an HTTP API hands it over (payload format 2.0). */
  function call(
    method: string,
    path: string,
    { body = null as string | null, scope = '', isBase64Encoded = false } = {},
  ) {
    const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' };
    const claims = { client_id: 'shop', sub: 'shop', scope, token_use: 'access' };
    const event = {
      version: '2.0',
      routeKey: '$default',
      rawPath: path,
      rawQueryString: '',
      headers: { 'content-type': 'application/json', host: 'api.example.com' },
      requestContext: {
        accountId: '123456789012',
        apiId: 'api',
        authentication: null,
        authorizer: scope ? { jwt: { claims, scopes: null } } : {},
        domainName: 'api.example.com',
        domainPrefix: 'api',
        http,
        requestId: 'gateway-request-1',
        routeKey: '$default',
        stage: '$default',
        time: '23/Nov/2026:09:30:00 +0000',
        timeEpoch: 1_795_426_200_000,
      },
      body,
      isBase64Encoded,
    };
    return handler(event);
  }

  it('takes an order of a client whose token allows it', async () => {
    const { statusCode, headers, body } = await call('POST', '/orders', {
      body: JSON.stringify(order),
      scope: 'fillrate/orders:write',
    });

    expect(statusCode).toBe(202);
    expect(headers).toMatchObject({ location: '/orders/SO-1', 'x-request-id': 'gateway-request-1' });
    expect(JSON.parse(body)).toMatchObject({ orderId: 'SO-1', status: 'placed' });
  });

  it('takes a body that the gateway has packed', async () => {
    const packed = { body: Buffer.from(JSON.stringify(order)).toString('base64'), isBase64Encoded: true };
    const { statusCode } = await call('POST', '/orders', { ...packed, scope: 'fillrate/orders:write' });

    expect(statusCode).toBe(202);
  });

  it('turns away a client whose token does not, and one without', async () => {
    const [reader, nobody] = await Promise.all([
      call('POST', '/orders', { body: '{}', scope: 'fillrate/orders:read' }),
      call('POST', '/orders', { body: '{}' }),
    ]);

    expect([reader.statusCode, nobody.statusCode]).toEqual([403, 401]);
    expect(JSON.parse(reader.body).instance).toBe('urn:fillrate:request:gateway-request-1');
  });

  it('tells its health to everybody', async () => {
    expect(await call('GET', '/healthz')).toMatchObject({ statusCode: 200, body: '{"status":"ok"}' });
  });
});

describe('on a server', () => {
  const { fetch: answer } = createApi({ services: servicesOn(database, tableName) });
  const server = serve({ fetch: answer, port: 0, hostname: '127.0.0.1' });
  let origin: string;

  beforeAll(async () => {
    if (!server.listening) await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    origin = `http://127.0.0.1:${address.port}`;
  });

  afterAll(() => {
    server.close();
  });

  const post = (body: string | ReadableStream) =>
    fetch(`${origin}/orders`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
      duplex: 'half',
    });

  it('takes an order', async () => {
    const response = await post(JSON.stringify(order));

    expect(response.status).toBe(202);
    expect(response.headers.get('Location')).toBe('/orders/SO-1');
    expect(response.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('stops reading a body that is too large, whether its size is told or not', async () => {
    const large = 'x'.repeat(300 * 1024);
    const told = await post(large);
    const untold = await post(new Blob([large]).stream());

    expect([told.status, untold.status]).toEqual([413, 413]);
    expect(await told.json()).toMatchObject({ type: 'urn:fillrate:problem:body-too-large' });
  });

  it('answers HEAD as GET, without a body', async () => {
    const response = await fetch(`${origin}/healthz`, { method: 'HEAD' });

    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });
});
