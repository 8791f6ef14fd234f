import { beforeEach, describe, expect, it } from 'vitest';
import { watchLevel } from '../../core/alerts/low-stock.ts';
import type { ProblemDetails } from '../../core/http/problem.ts';
import { announceInbound } from '../../core/inbound/announce.ts';
import { openTask } from '../../core/orders/tasks.ts';
import type { Services } from '../../core/platform/services.ts';
import { putItem } from '../../core/stock/items.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { startDatabase } from '../support/database.ts';
import { anItem, countersOf, freshServices, levelOf, place, reserve, stock } from '../support/services.ts';
import { type Client, clientOf, codeOf } from './client.ts';

const DAY_MS = 24 * 3600 * 1000;
const database = await startDatabase();
let services: Services;
let api: Client;

beforeEach(async () => {
  services = await freshServices(database);
  api = clientOf({ services });
});

const { location: _, ...mug } = anItem({ backorders: { policy: 'allow', limit: 9 }, reorderPoint: 3 });

describe('an item', () => {
  it('is put, and put again without touching its level', async () => {
    const first = await api.put<object>('/items/MUG', mug);
    await api.post('/stock/MUG/receipts', { quantity: 5 });
    const again = await api.put<object>('/items/MUG', mug);

    expect(first.status).toBe(200);
    expect(first.body).toEqual({ sku: 'MUG', ...mug, location: 'main' });
    expect(again.body).toEqual(first.body);
    expect(await countersOf(services, 'MUG')).toEqual({ available: 5, allocated: 0, backordered: 0 });
  });

  it('shows its level at each location, and whether it can be sold', async () => {
    await api.put('/items/MUG', mug);
    await api.put('/items/MUG', { ...mug, backorders: { policy: 'deny' }, location: 'north' });
    await api.post('/stock/MUG/receipts', { quantity: 5 });
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 2 }]));

    const { status, body } = await api.get('/stock/MUG');

    expect(status).toBe(200);
    const { backorders: _, reorderPoint: __, bin: ___, ...catalogue } = mug;
    const level = { incoming: 0, arrivals: [], backordered: 0, reorderPoint: 3, bin: 'A-01-1' };
    expect(body).toEqual({
      sku: 'MUG',
      ...catalogue,
      availability: 'low-stock',
      locations: [
        {
          location: 'main',
          onHand: 5,
          available: 3,
          allocated: 2,
          backorders: { policy: 'allow', limit: 9 },
          ...level,
        },
        { location: 'north', onHand: 0, available: 0, allocated: 0, backorders: { policy: 'deny' }, ...level },
      ],
    });
  });

  it('says what so many units would be promised, if they were ordered now', async () => {
    await stock(services, 'MUG', 1, { backorders: { policy: 'allow', limit: 6 } });
    await stock(services, 'MUG', 1, { backorders: { policy: 'deny' }, location: 'north' });
    const expectedAt = new Date(Date.now() + 14 * DAY_MS).toISOString();
    const lines = [{ sku: 'MUG', quantity: 5 }];
    await announceInbound(services, { inboundShipmentId: 'PO-1', location: 'main', expectedAt, lines });
    const preview = async (quantity: number) => {
      const { body } = await api.get<{ locations: { promise: object }[] }>(`/stock/MUG?quantity=${quantity}`);
      return body.locations.map(({ promise }) => promise);
    };
    const onArrival = {
      promisedAt: new Date(Date.parse(expectedAt) + DAY_MS).toISOString(),
      basis: { kind: 'inbound', sku: 'MUG', inboundShipmentId: 'PO-1', expectedAt },
    };
    const none = { promisedAt: null, basis: null };

    expect(await preview(1)).toEqual([
      { quantity: 1, promisedAt: expect.any(String), basis: { kind: 'stock' } },
      { quantity: 1, promisedAt: expect.any(String), basis: { kind: 'stock' } },
    ]);
    expect(await preview(6)).toEqual([
      { quantity: 6, ...onArrival },
      { quantity: 6, ...none, refused: 'out-of-stock' },
    ]);

    // Two wait: one of them is less urgent than an order that comes now.
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 2 }]));
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 2 }], { priority: 9 }));
    expect((await preview(2))[0]).toEqual({ quantity: 2, ...onArrival });
    expect((await preview(3))[0]).toEqual({ quantity: 3, ...none, refused: 'backorder-limit' });
    await putItem(services, 'MUG', anItem());
    expect((await preview(4))[0]).toEqual({ quantity: 4, ...onArrival });
    expect((await preview(5))[0]).toEqual({ quantity: 5, ...none });
    expect((await api.get<{ locations: object[] }>('/stock/MUG')).body.locations[0]).not.toHaveProperty('promise');
  });

  it('refuses a quantity that is none', async () => {
    await stock(services, 'MUG', 1);
    for (const quantity of ['0', '-1', '1.5', 'many', '', '1000001']) {
      const { status, body } = await api.get<ProblemDetails>(`/stock/MUG?quantity=${quantity}`);
      expect(status, quantity).toBe(400);
      expect(JSON.stringify(body), quantity).toContain('quantity');
    }
  });

  it('is listed with the others of its location, by SKU', async () => {
    for (const sku of ['PAN', 'CUP', 'MUG']) await stock(services, sku, 1);
    await stock(services, 'BOX', 1, { location: 'north' });

    const main = await api.get<{ items: { sku: string }[] }>('/items');
    const north = await api.get<{ items: { sku: string; locations: object[] }[] }>('/items?location=north');

    expect(main.body.items.map(({ sku }) => sku)).toEqual(['CUP', 'MUG', 'PAN']);
    expect(north.body.items).toMatchObject([{ sku: 'BOX', locations: [{ location: 'north', available: 1 }] }]);
  });

  it('is not found where there is none', async () => {
    const answers = await Promise.all([
      api.get<ProblemDetails>('/stock/NO-SUCH'),
      api.get<ProblemDetails>('/stock/NO-SUCH/movements'),
      api.post<ProblemDetails>('/stock/NO-SUCH/receipts', { quantity: 1 }),
      api.post<ProblemDetails>('/stock/NO-SUCH/counts', { counted: 1, reason: 'cycle count' }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(answers.map(codeOf)).toEqual(Array(4).fill('unknown-sku'));
  });
});

describe('a receipt', () => {
  it('makes units available, once for each key', async () => {
    await stock(services, 'MUG', 0);
    const keyed = { headers: { 'Idempotency-Key': 'DN-7' } };

    const first = await api.post<object>('/stock/MUG/receipts', { quantity: 5, reference: 'DN-7' }, keyed);
    const again = await api.post<object>('/stock/MUG/receipts', { quantity: 5, reference: 'DN-7' }, keyed);

    expect(first.status).toBe(200);
    expect(first.body).toEqual({
      sku: 'MUG',
      location: 'main',
      quantity: 5,
      reference: 'DN-7',
      receivedAt: expect.stringMatching(/Z$/),
    });
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(await countersOf(services, 'MUG')).toMatchObject({ available: 5 });
  });

  it('is refused under a key that stood for another', async () => {
    await stock(services, 'MUG', 0);
    await stock(services, 'PAN', 0);
    const keyed = { headers: { 'Idempotency-Key': 'DN-7' } };
    await api.post('/stock/MUG/receipts', { quantity: 5 }, keyed);

    const otherBody = await api.post<ProblemDetails>('/stock/MUG/receipts', { quantity: 6 }, keyed);
    const otherPath = await api.post<ProblemDetails>('/stock/PAN/receipts', { quantity: 5 }, keyed);

    expect([otherBody.status, otherPath.status]).toEqual([422, 422]);
    expect(codeOf(otherPath)).toBe('idempotency-key-reused');
    expect(await countersOf(services, 'MUG')).toMatchObject({ available: 5 });
    expect(await countersOf(services, 'PAN')).toMatchObject({ available: 0 });
  });
});

describe('a count', () => {
  it('sets what was found, and gets its answer again even when it could no longer be made', async () => {
    await stock(services, 'MUG', 5);
    const keyed = { headers: { 'Idempotency-Key': 'count 1' } };
    const count = { counted: 4, reason: 'cycle count' };

    const first = await api.post<object>('/stock/MUG/counts', count, keyed);
    await api.post('/stock/MUG/receipts', { quantity: 5 });
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 8 }]));
    const again = await api.post<object>('/stock/MUG/counts', count, keyed);

    expect(first.status).toBe(200);
    expect(first.body).toEqual({
      sku: 'MUG',
      location: 'main',
      counted: 4,
      difference: -1,
      unitsYielded: 0,
      countedAt: expect.stringMatching(/Z$/),
    });
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(await countersOf(services, 'MUG')).toEqual({ available: 1, allocated: 8, backordered: 0 });
  });

  it('makes the latest promise yield where it takes units that are promised', async () => {
    await stock(services, 'MUG', 5);
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 4 }]));

    const answer = await api.post<object>('/stock/MUG/counts', { counted: 3, reason: 'cycle count' });

    expect(answer).toMatchObject({ status: 200, body: { counted: 3, difference: -2, unitsYielded: 1 } });
  });

  it('cannot take units that are in cartons', async () => {
    await stock(services, 'MUG', 5);
    const packed = await place(services, [{ sku: 'MUG', quantity: 4 }]);
    await reserve(services, packed);
    await openTask(services, { shipmentId: packed.shipmentId, stage: 'pick', token: 'pick' });
    await confirmPick(services, packed.shipmentId, { lines: [{ sku: 'MUG', picked: 4 }] });

    const answer = await api.post<ProblemDetails>('/stock/MUG/counts', { counted: 3, reason: 'cycle count' });

    expect(answer.status).toBe(409);
    expect(codeOf(answer)).toBe('counted-below-packed');
  });
});

describe('the ledger', () => {
  it('shows every change with its reason, newest first', async () => {
    await api.put('/items/MUG', mug);
    await api.post('/stock/MUG/receipts', { quantity: 5, reference: 'DN-7' });
    await api.post('/stock/MUG/counts', { counted: 4, reason: 'one broke' });
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId: 'SO-1' }));

    const { body } = await api.get<{ items: object[] }>('/stock/MUG/movements');

    const common = {
      incoming: 0,
      movementId: expect.any(String),
      at: expect.any(String),
      sku: 'MUG',
      location: 'main',
    };
    expect(body.items).toEqual([
      { ...common, type: 'reserve', available: -2, allocated: 2, backordered: 0, actor: 'test', shipmentId: 'SO-1-1' },
      { ...common, type: 'count', available: -1, allocated: 0, backordered: 0, actor: 'api', reason: 'one broke' },
      { ...common, type: 'receipt', available: 5, allocated: 0, backordered: 0, actor: 'api', reference: 'DN-7' },
    ]);
  });

  it('is empty, not missing, for an item that has never moved', async () => {
    await stock(services, 'MUG', 0);

    const { status, body } = await api.get('/stock/MUG/movements');

    expect(status).toBe(200);
    expect(body).toEqual({ items: [] });
  });
});

describe('alerts', () => {
  it('show what the merchant was told of a location', async () => {
    await stock(services, 'MUG', 5, { reorderPoint: 3 });
    const before = await levelOf(services, 'MUG');
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 2 }]));
    await watchLevel(services, before, await levelOf(services, 'MUG'));

    const main = await api.get('/alerts');
    const north = await api.get('/alerts?location=north');

    expect(main.status).toBe(200);
    expect(main.body).toEqual({
      items: [
        {
          alertId: expect.any(String),
          location: 'main',
          at: expect.stringMatching(/Z$/),
          kind: 'low-stock',
          severity: 'warning',
          sku: 'MUG',
          title: 'Enamel mug',
          available: 3,
          allocated: 2,
          backordered: 0,
          incoming: 0,
          reorderPoint: 3,
          leadTimeDays: 14,
        },
      ],
    });
    expect(north.body).toEqual({ items: [] });
  });
});
