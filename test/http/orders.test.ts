import { beforeEach, describe, expect, it } from 'vitest';
import { openBackorder } from '../../core/backorders/split.ts';
import type { ProblemDetails } from '../../core/http/problem.ts';
import type { Services } from '../../core/platform/services.ts';
import { startDatabase } from '../support/database.ts';
import { anOrder, countersOf, freshServices, place, reserve, shipmentOf, stock } from '../support/services.ts';
import { type Client, clientOf, codeOf } from './client.ts';

const database = await startDatabase();
let services: Services;
let api: Client;

beforeEach(async () => {
  services = await freshServices(database);
  api = clientOf({ services });
});

interface OrderBody {
  orderId: string;
  status: string;
  placedAt: string;
  lines: object[];
  shipments: { shipmentId: string; status: string; lines: object[]; endReason?: object }[];
  timeline: { type: string }[];
  links: object;
}

const twoMugs = anOrder([{ sku: 'MUG', quantity: 2 }]);

describe('placing an order', () => {
  it('accepts it and says where it can be followed and cancelled', async () => {
    const { status, headers, body } = await api.post<OrderBody>('/orders', { ...twoMugs, orderId: 'SO-1' });

    expect(status).toBe(202);
    expect(body).toEqual({
      orderId: 'SO-1',
      status: 'placed',
      placedAt: expect.stringMatching(/Z$/),
      links: {
        self: '/orders/SO-1',
        cancel: '/orders/SO-1/cancel',
        track: expect.stringMatching(/^\/track\/SO-1\.[\w-]{22}$/),
      },
    });
    expect(headers.get('Location')).toBe('/orders/SO-1');
  });

  it('gives it an id if it brings none, and all else that it leaves out', async () => {
    const { customer, shipTo, lines } = twoMugs;
    const { status, body } = await api.post<OrderBody>('/orders', { customer, shipTo, lines });

    expect(status).toBe(202);
    const shipment = await shipmentOf(services, `${body.orderId}-1`);
    expect(shipment).toMatchObject({ location: 'main', ifShort: 'wait', priority: 5 });
  });

  it('answers the same order twice in the same way, and takes it once', async () => {
    const first = await api.post<OrderBody>('/orders', { ...twoMugs, orderId: 'SO-1' });
    const again = await api.post<OrderBody>('/orders', { ...twoMugs, orderId: 'SO-1' });

    expect(again.status).toBe(202);
    expect(again.body).toEqual(first.body);
    const { body } = await api.get<OrderBody>('/orders/SO-1');
    expect(body.shipments).toHaveLength(1);
  });

  it('refuses another order under an id that is taken', async () => {
    await api.post('/orders', { ...twoMugs, orderId: 'SO-1' });
    const other = await api.post<ProblemDetails>('/orders', { ...twoMugs, orderId: 'SO-1', priority: 1 });

    expect(other.status).toBe(409);
    expect(codeOf(other)).toBe('order-id-taken');
    expect(other.body.detail).toContain('SO-1');
  });
});

describe('an Idempotency-Key on an order', () => {
  const keyed = { headers: { 'Idempotency-Key': 'basket 17' } };

  it('makes a repeat get the first answer instead of a second order', async () => {
    const first = await api.post<OrderBody>('/orders', twoMugs, keyed);
    const again = await api.post<OrderBody>('/orders', twoMugs, keyed);

    expect(again.status).toBe(202);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('Location')).toBe(first.headers.get('Location'));
    const { body } = await api.get<{ items: object[] }>('/orders');
    expect(body.items).toHaveLength(1);
  });

  it('is refused with another order', async () => {
    await api.post('/orders', twoMugs, keyed);
    const other = await api.post<ProblemDetails>('/orders', { ...twoMugs, priority: 1 }, keyed);

    expect(other.status).toBe(422);
    expect(codeOf(other)).toBe('idempotency-key-reused');
    expect(other.body.errors).toMatchObject([{ field: 'Idempotency-Key' }]);
  });

  it('lets many that come at once through as one order', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => api.post<OrderBody>('/orders', twoMugs, keyed)));

    expect(new Set(answers.map(({ body }) => body.orderId)).size).toBe(1);
  });
});

describe('following an order', () => {
  it('shows exactly what was agreed, and nothing of the inside', async () => {
    await stock(services, 'MUG', 5);
    const row = await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId: 'SO-1' });
    await reserve(services, row);
    const line = { sku: 'MUG', quantity: 2, allocated: 2, waiting: 0, shipped: 0, cancelled: 0 };

    const { status, body } = await api.get<OrderBody>('/orders/SO-1');

    expect(status).toBe(200);
    expect(body).toEqual({
      orderId: 'SO-1',
      status: 'reserved',
      placedAt: row.placedAt,
      lines: [line],
      shipments: [
        {
          shipmentId: 'SO-1-1',
          status: 'reserved',
          location: 'main',
          priority: 5,
          lines: [line],
          promisedAt: expect.any(String),
          promise: { promisedAt: expect.any(String), basis: { kind: 'stock' } },
          tracking: null,
        },
      ],
      timeline: [
        { at: row.placedAt, type: 'placed', detail: 'The order was placed.' },
        { at: expect.stringMatching(/Z$/), type: 'reserved', detail: 'Everything is in stock and set aside.' },
      ],
      links: {
        self: '/orders/SO-1',
        cancel: '/orders/SO-1/cancel',
        track: expect.stringMatching(/^\/track\/SO-1\.[\w-]{22}$/),
      },
    });
  });

  it('adds up what a split has spread over two shipments', async () => {
    await stock(services, 'MUG', 3);
    await stock(services, 'PAN', 0);
    const lines = [
      { sku: 'PAN', quantity: 1 },
      { sku: 'MUG', quantity: 5 },
    ];
    const row = await place(services, lines, { orderId: 'SO-1', ifShort: 'split' });
    await reserve(services, row);
    await openBackorder(services, { shipmentId: 'SO-1-1' });

    const { body } = await api.get<OrderBody>('/orders/SO-1');

    expect(body.lines).toEqual([
      { sku: 'PAN', quantity: 1, allocated: 0, waiting: 1, shipped: 0, cancelled: 0 },
      { sku: 'MUG', quantity: 5, allocated: 3, waiting: 2, shipped: 0, cancelled: 0 },
    ]);
    expect(body.shipments.map(({ shipmentId, status }) => [shipmentId, status])).toEqual([
      ['SO-1-1', 'reserved'],
      ['SO-1-2', 'backordered'],
    ]);
  });

  it('names the SKU and the reason when the order was refused after it had been accepted', async () => {
    const { body: placed } = await api.post<OrderBody>('/orders', anOrder([{ sku: 'NO-SUCH', quantity: 1 }]));
    await reserve(services, await shipmentOf(services, `${placed.orderId}-1`));

    const { body } = await api.get<OrderBody>(`/orders/${placed.orderId}`);

    expect(body.status).toBe('rejected');
    expect(body.shipments[0]?.endReason).toEqual({
      code: 'unknown-sku',
      detail: expect.stringContaining('NO-SUCH'),
      sku: 'NO-SUCH',
    });
    expect(body.timeline.at(-1)?.type).toBe('rejected');
  });

  it('ends at an order that does not exist', async () => {
    const answer = await api.get<ProblemDetails>('/orders/SO-404');

    expect(answer.status).toBe(404);
    expect(codeOf(answer)).toBe('unknown-order');
  });
});

describe('listing orders', () => {
  it('shows the newest first, and those of one status only', async () => {
    await stock(services, 'MUG', 5);
    await place(services, [{ sku: 'MUG', quantity: 1 }], { orderId: 'OLD' });
    const reserved = await place(services, [{ sku: 'MUG', quantity: 1 }], { orderId: 'NEW' });
    await reserve(services, reserved);

    const all = await api.get<{ items: OrderBody[] }>('/orders');
    const some = await api.get<{ items: OrderBody[] }>('/orders?status=reserved');

    expect(all.body.items.map(({ orderId }) => orderId)).toEqual(['NEW', 'OLD']);
    expect(some.body).toEqual({
      items: [
        {
          orderId: 'NEW',
          status: 'reserved',
          placedAt: reserved.placedAt,
          links: { self: '/orders/NEW', cancel: '/orders/NEW/cancel' },
        },
      ],
    });
  });
});

describe('cancelling an order', () => {
  it('gives back what it held, and says the same when it is asked again', async () => {
    await stock(services, 'MUG', 5);
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId: 'SO-1' }));

    const first = await api.post<object>('/orders/SO-1/cancel');
    const again = await api.post<object>('/orders/SO-1/cancel');

    expect(first.status).toBe(200);
    expect(first.body).toEqual({
      orderId: 'SO-1',
      status: 'cancelled',
      unitsCancelled: 2,
      unitsShipped: 0,
      links: { self: '/orders/SO-1' },
    });
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(await countersOf(services, 'MUG')).toEqual({ available: 5, allocated: 0, backordered: 0 });
  });

  it('is refused once there is nothing left to cancel', async () => {
    await reserve(services, await place(services, [{ sku: 'NO-SUCH', quantity: 2 }], { orderId: 'SO-1' }));
    const answer = await api.post<ProblemDetails>('/orders/SO-1/cancel');

    expect(answer.status).toBe(409);
    expect(codeOf(answer)).toBe('not-cancellable');
  });

  it('is refused for an order that does not exist', async () => {
    const answer = await api.post<ProblemDetails>('/orders/SO-404/cancel');

    expect(answer.status).toBe(404);
    expect(codeOf(answer)).toBe('unknown-order');
  });
});

describe('a customer who waits', () => {
  const keyed = { headers: { 'Idempotency-Key': 'choice 17' } };

  /** A mug is there, a pan is not. */
  async function mugWithoutPan() {
    await stock(services, 'MUG', 1);
    await stock(services, 'PAN', 0);
    const lines = ['MUG', 'PAN'].map((sku) => ({ sku, quantity: 1 }));
    await reserve(services, await place(services, lines, { orderId: 'SO-1' }));
  }

  it('is offered what is there now, and takes it', async () => {
    await mugWithoutPan();
    const { body: before } = await api.get<OrderBody>('/orders/SO-1');
    expect(before.links).toMatchObject({ cancel: '/orders/SO-1/cancel', split: '/orders/SO-1/split' });

    const chosen = await api.post<object>('/orders/SO-1/split', undefined, keyed);
    await openBackorder(services, { shipmentId: 'SO-1-1' });
    const again = await api.post<object>('/orders/SO-1/split', undefined, keyed);

    expect(chosen.status).toBe(202);
    expect(chosen.body).toEqual({
      orderId: 'SO-1',
      status: 'backordered',
      leaving: [{ shipmentId: 'SO-1-1', lines: [{ sku: 'MUG', quantity: 1 }] }],
      links: { self: '/orders/SO-1', cancel: '/orders/SO-1/cancel' },
    });
    expect(again.body).toEqual(chosen.body);
    const { body: after } = await api.get<OrderBody>('/orders/SO-1');
    expect(after.shipments.map(({ status }) => status)).toEqual(['reserved', 'backordered']);
    expect(after.links).not.toHaveProperty('split');
  });

  it('is told when nothing can leave yet, or nothing waits', async () => {
    await stock(services, 'MUG', 0);
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 1 }], { orderId: 'SO-1' }));

    const split = await api.post<ProblemDetails>('/orders/SO-1/split');
    const wait = await api.post<object>('/orders/SO-1/wait');
    await api.post('/orders/SO-1/cancel');
    const late = await api.post<ProblemDetails>('/orders/SO-1/wait');

    expect([split.status, codeOf(split)]).toEqual([409, 'nothing-to-split']);
    expect([wait.status, wait.body]).toMatchObject([200, { orderId: 'SO-1', status: 'backordered' }]);
    expect([late.status, codeOf(late)]).toEqual([409, 'nothing-waits']);
  });
});

describe('moving an order up', () => {
  it('shows its new priority, and why in its timeline', async () => {
    await stock(services, 'MUG', 0);
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 1 }], { orderId: 'SO-1' }));

    const moved = await api.post<object>('/orders/SO-1/priority', { priority: 0, reason: 'promised by phone' });
    const wrong = await api.post<ProblemDetails>('/orders/SO-1/priority', { priority: 10, reason: 'x' });

    expect(moved).toMatchObject({ status: 200, body: { orderId: 'SO-1', status: 'backordered', priority: 0 } });
    expect(wrong).toMatchObject({ status: 400, body: { errors: [{ field: 'priority' }] } });
    const { body } = await api.get<OrderBody>('/orders/SO-1');
    expect(body.shipments).toMatchObject([{ priority: 0 }]);
    expect(body.timeline.at(-1)).toMatchObject({ type: 'priority-changed' });
  });
});
