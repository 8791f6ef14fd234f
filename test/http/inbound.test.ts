import { beforeEach, describe, expect, it } from 'vitest';
import type { ProblemDetails } from '../../core/http/problem.ts';
import type { Services } from '../../core/platform/services.ts';
import { startDatabase } from '../support/database.ts';
import { freshServices, stock } from '../support/services.ts';
import { type Client, clientOf, codeOf } from './client.ts';

const database = await startDatabase();
let services: Services;
let api: Client;

beforeEach(async () => {
  services = await freshServices(database);
  api = clientOf({ services });
  await stock(services, 'MUG', 0);
  await stock(services, 'CUP', 0);
});

const container = {
  inboundShipmentId: 'PO-7',
  expectedAt: '2030-12-01T08:00:00Z',
  reference: 'MSKU-1',
  lines: [
    { sku: 'MUG', quantity: 10 },
    { sku: 'CUP', quantity: 5 },
  ],
};

describe('an inbound shipment', () => {
  it('is announced, shown in stock, moved and received in parts', async () => {
    const announced = await api.post('/inbound-shipments', container);
    expect(announced.status).toBe(201);
    expect(announced.headers.get('Location')).toBe('/inbound-shipments/PO-7');
    expect(announced.body).toMatchObject({ status: 'expected', expectedAt: '2030-12-01T08:00:00.000Z' });

    const moved = await api.send<object>('PATCH', '/inbound-shipments/PO-7', {
      expectedAt: '2030-12-09T08:00:00Z',
      reason: 'port-congestion',
    });
    expect(moved.body).toMatchObject({
      expectedAt: '2030-12-09T08:00:00.000Z',
      lastMove: { from: '2030-12-01T08:00:00.000Z', reason: 'port-congestion' },
    });
    const arrivals = [{ inboundShipmentId: 'PO-7', expectedAt: '2030-12-09T08:00:00.000Z', quantity: 10 }];
    expect((await api.get('/stock/MUG')).body).toMatchObject({ locations: [{ incoming: 10, arrivals }] });

    const receipt = { lines: [{ sku: 'MUG', quantity: 12 }], complete: true };
    const key = { headers: { 'Idempotency-Key': 'truck-1' } };
    await api.post('/inbound-shipments/PO-7/receive', receipt, key);
    const again = await api.post('/inbound-shipments/PO-7/receive', receipt, key);

    expect(again.body).toMatchObject({
      status: 'received',
      lines: [
        { sku: 'MUG', quantity: 10, received: 12, outstanding: 0, over: 2, short: 0 },
        { sku: 'CUP', quantity: 5, received: 0, outstanding: 0, over: 0, short: 5 },
      ],
    });
    expect((await api.get('/stock/MUG')).body).toMatchObject({ locations: [{ available: 12, incoming: 0 }] });
    expect((await api.get('/inbound-shipments')).body).toEqual({ items: [] });
    expect((await api.get('/inbound-shipments?status=received')).body).toMatchObject({
      items: [{ inboundShipmentId: 'PO-7' }],
    });
  });

  it.each([
    ['a day alone', { expectedAt: '2030-12-01' }, 'expectedAt'],
    ['no lines', { lines: [] }, 'lines'],
    ['an id with a slash', { inboundShipmentId: 'a/b' }, 'inboundShipmentId'],
    ['a field that there is not', { eta: 'soon' }, 'eta'],
  ])('is refused with %s, naming the field', async (_, change, field) => {
    const { status, body } = await api.post<ProblemDetails>('/inbound-shipments', { ...container, ...change });

    expect(status).toBe(400);
    expect(body.errors?.map((error) => error.field)).toEqual([field]);
  });

  it('is refused with a SKU that is not kept there, and nothing of it is booked', async () => {
    const lines = [...container.lines, { sku: 'TEAPOT', quantity: 1 }];

    const answer = await api.post<ProblemDetails>('/inbound-shipments', { ...container, lines });

    expect(answer.status).toBe(422);
    expect(codeOf(answer)).toBe('sku-not-kept');
    expect(answer.body.errors?.[0]?.field).toBe('lines[2].sku');
    expect((await api.get('/stock/MUG')).body).toMatchObject({ locations: [{ incoming: 0 }] });
  });

  it('is not found where there is none', async () => {
    const move = { expectedAt: '2030-12-09T08:00:00Z', reason: 'weather' };
    expect((await api.get('/inbound-shipments/PO-0')).status).toBe(404);
    expect((await api.send('PATCH', '/inbound-shipments/PO-0', move)).status).toBe(404);
  });
});
