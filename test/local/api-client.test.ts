import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { getRequestListener } from '@hono/node-server';
import { describe, expect, it } from 'vitest';
import { createApi } from '../../core/http/api.ts';
import { ApiClient } from '../../local/api-client.ts';
import { placeOrders } from '../../local/import/orders.ts';
import { ImportReport } from '../../local/import/report.ts';
import { startDatabase } from '../support/database.ts';
import { apiListener, serve, serveApi } from '../support/served-api.ts';
import { anItem, anOrder, countersOf, freshServices, stock } from '../support/services.ts';

const database = await startDatabase();

it('sends a write again under the same idempotency key when the API was busy, and it happens once', async () => {
  const services = await freshServices(database);
  await stock(services, 'MUG', 0);
  const answerAsTheApi = apiListener(services);
  const keys: unknown[] = [];
  const url = await serve(async (request, response) => {
    keys.push(request.headers['idempotency-key']);
    if (keys.length === 1) {
      // It gets through, and the answer is lost.
      response.end = () => response.destroy();
      response.write = () => true;
    } else if (keys.length === 2) {
      response.writeHead(503, { 'Retry-After': '0.01' }).end();
      return;
    }
    await answerAsTheApi(request, response);
  });
  await new ApiClient(url).receiveStock('MUG', { quantity: 7 });
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  expect(await countersOf(services, 'MUG')).toMatchObject({ available: 7 });
});

it('gives every write a key of its own', async () => {
  const services = await freshServices(database);
  await stock(services, 'MUG', 0);
  const api = new ApiClient(await serveApi(services));
  await api.receiveStock('MUG', { quantity: 7 });
  await api.receiveStock('MUG', { quantity: 7 });
  expect(await countersOf(services, 'MUG')).toMatchObject({ available: 14 });
});

it('says which fields the API could not use', async () => {
  const api = new ApiClient(await serveApi(await freshServices(database)));
  const order = anOrder([{ sku: 'MUG', quantity: 0 }], { orderId: 'SO-1' });
  await expect(api.placeOrder(order)).rejects.toMatchObject({
    code: 'invalid-request',
    status: 400,
    message: 'The request has fields that cannot be used: lines[0].quantity: expected at least 1',
  });
});

it('says what is refused', async () => {
  const api = new ApiClient(await serveApi(await freshServices(database)));
  await expect(api.receiveStock('MUG', { quantity: 1 })).rejects.toMatchObject({
    code: 'unknown-sku',
    message: 'There is no such SKU: MUG is not kept at main: put the item first',
  });
});

it('reads a list to its last page', async () => {
  const services = await freshServices(database);
  const api = new ApiClient(await serveApi(services));
  await api.putItem('MUG', anItem());
  for (let i = 0; i < 130; i++) await api.placeOrder(anOrder([{ sku: 'MUG', quantity: 1 }], { orderId: `SO-${i}` }));
  const listed = await Array.fromAsync(api.orders());
  expect(new Set(listed.map(({ orderId }) => orderId)).size).toBe(130);
  expect(listed).toHaveLength(130);
});

it('says that nothing answers, and where, without trying again', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await promisify(server.close.bind(server))();
  await expect(new ApiClient(url).order('SO-1')).rejects.toThrow(`nothing answers at ${url}: is Fillrate running?`);
}, 1_000);

it('recognizes something else at the address', async () => {
  const url = await serve((_request, response) => response.writeHead(404, { 'Content-Type': 'text/html' }).end('<p>'));
  await expect(new ApiClient(url).order('SO-1')).rejects.toThrow(
    'GET /orders/SO-1 was answered with 404 by something that is not Fillrate',
  );
});

it('stops waiting for a busy API when it is told to', async () => {
  const stopping = new AbortController();
  const url = await serve((_request, response) => {
    response.writeHead(503, { 'Retry-After': '60' }).end(() => setImmediate(() => stopping.abort()));
  });
  const asked = new ApiClient(url, { signal: stopping.signal }).order('SO-1');
  await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
});

it('shows its token', async () => {
  const seen = Promise.withResolvers<string | undefined>();
  const url = await serve((request, response) => {
    seen.resolve(request.headers.authorization);
    response.writeHead(404).end();
  });
  await expect(new ApiClient(url, { token: async () => 'secret' }).order('SO-1')).rejects.toThrow();
  expect(await seen.promise).toBe('Bearer secret');
});

describe('an API that does not let it in', () => {
  const answered = (status: number, headers: Record<string, string>, body: string) =>
    serve((_, response) => response.writeHead(status, headers).end(body));

  it('is understood when it is API Gateway that says so, in its own words', async () => {
    const challenge = 'Bearer scope="" error="invalid_token" error_description="the token has expired"';
    const url = await answered(401, { 'WWW-Authenticate': challenge }, '{"message":"Unauthorized"}');

    await expect(new ApiClient(url).order('SO-1')).rejects.toMatchObject({
      name: 'ApiDenied',
      message: 'GET /orders/SO-1 was answered with 401 by API Gateway: Unauthorized: the token has expired',
    });
  });

  it('ends an import at once, as no other line would fare better', async () => {
    const services = await freshServices(database);
    const api = new ApiClient(
      await serve(getRequestListener(createApi({ services, authorization: { scopePrefix: '' } }).fetch)),
    );
    const order = { ...anOrder([{ sku: 'MUG', quantity: 1 }]), orderId: 'SO-1' };
    const report = new ImportReport();

    const placed = placeOrders(api, [{ order, file: 'orders.csv', line: 2, lastLine: 2 }], report);

    await expect(placed).rejects.toThrow('A bearer token is needed');
    expect(report.skipped).toBe(0);
  });
});
