import { beforeEach, describe, expect, it } from 'vitest';
import { allocate } from '../../core/backorders/allocate.ts';
import type { ProblemDetails } from '../../core/http/problem.ts';
import { openTask } from '../../core/orders/tasks.ts';
import type { Services } from '../../core/platform/services.ts';
import { startDatabase } from '../support/database.ts';
import {
  countersOf,
  expectAuditToPass,
  freshServices,
  place,
  reserve,
  shipmentOf,
  stock,
} from '../support/services.ts';
import { type Client, clientOf, codeOf } from './client.ts';

const database = await startDatabase();
let services: Services;
let api: Client;

beforeEach(async () => {
  services = await freshServices(database);
  api = clientOf({ services });
  await stock(services, 'MUG', 5, { bin: 'B-02' });
  await stock(services, 'PAN', 1, { bin: 'A-01' });
  const lines = [
    { sku: 'MUG', quantity: 2 },
    { sku: 'PAN', quantity: 1 },
  ];
  await reserve(services, await place(services, lines, { orderId: 'SO-1' }));
  await handToWarehouse();
});

/** What the workflow does once stock is reserved. */
async function handToWarehouse(token = 'pick-token') {
  await openTask(services, { shipmentId: 'SO-1-1', stage: 'pick', token });
}

const whole = {
  lines: [
    { sku: 'MUG', picked: 2 },
    { sku: 'PAN', picked: 1 },
  ],
};
const cartons = [{ weightGrams: 900, dimensionsMm: { length: 300, width: 200, height: 150 } }];
const tracking = { carrier: 'DHL', trackingNumber: '00340434' };

const pick = (body: object = whole, headers: Record<string, string> = {}) =>
  api.post<ProblemDetails>('/shipments/SO-1-1/pick', body, { headers });
const pack = (body?: object) => api.post<ProblemDetails>('/shipments/SO-1-1/pack', body);
const ship = (body: object = tracking) => api.post<ProblemDetails>('/shipments/SO-1-1/ship', body);
const deliver = () => api.post<ProblemDetails>('/shipments/SO-1-1/deliver');

it('walks a shipment through the warehouse to the customer', async () => {
  const answers = [await pick(), await pack({ cartons }), await ship(), await deliver()];

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(answers.map(({ body }) => body)).toEqual([
    { shipmentId: 'SO-1-1', status: 'packing' },
    { shipmentId: 'SO-1-1', status: 'shipping' },
    { shipmentId: 'SO-1-1', status: 'shipped' },
    { shipmentId: 'SO-1-1', status: 'delivered' },
  ]);
  const { body } = await api.get('/orders/SO-1');
  expect(body).toMatchObject({
    status: 'delivered',
    lines: [{ shipped: 2 }, { shipped: 1 }],
    shipments: [{ status: 'delivered', cartons, tracking }],
  });
  expect(await countersOf(services, 'MUG')).toEqual({ available: 3, allocated: 0, backordered: 0 });
});

it('answers each confirmation that comes again as the first time, also when the shipment has moved on', async () => {
  const first = [await pick(), await pack({ cartons }), await ship(), await deliver()];
  const again = [await pick(), await pack({ cartons }), await ship(), await deliver()];

  expect(again.map(({ status, body }) => [status, body])).toEqual(first.map(({ status, body }) => [status, body]));
  expect(await countersOf(services, 'MUG')).toEqual({ available: 3, allocated: 0, backordered: 0 });
});

it('packs without a word about cartons, and without a body', async () => {
  await pick();
  const { status, body } = await pack();

  expect(status).toBe(200);
  expect(body).toEqual({ shipmentId: 'SO-1-1', status: 'shipping' });
});

describe('open work', () => {
  it('is listed by stage, with all that it takes to do it, lines by bin', async () => {
    const { status, body } = await api.get('/warehouse/work?stage=pick');

    expect(status).toBe(200);
    const { placedAt } = await shipmentOf(services, 'SO-1-1');
    const item = { title: 'Enamel mug', weightGrams: 180, dimensionsMm: { length: 120, width: 90, height: 85 } };
    expect(body).toEqual({
      items: [
        {
          shipmentId: 'SO-1-1',
          orderId: 'SO-1',
          location: 'main',
          priority: 5,
          placedAt,
          lines: [
            { sku: 'PAN', quantity: 1, bin: 'A-01', ...item },
            { sku: 'MUG', quantity: 2, bin: 'B-02', ...item },
          ],
        },
      ],
    });
  });

  it('is there in its own stage and at its own location only', async () => {
    const shown = async (query: string) => (await api.get<{ items: object[] }>(`/warehouse/work?${query}`)).body.items;

    expect(await shown('stage=pick&location=north')).toEqual([]);
    expect(await shown('stage=pack')).toEqual([]);
    await pick();
    expect(await shown('stage=pick')).toEqual([]);
    expect(await shown('stage=pack')).toHaveLength(1);
    await pack();
    expect(await shown('stage=ship')).toHaveLength(1);
    await ship();
    expect(await shown('stage=ship')).toEqual([]);
  });
});

describe('a confirmation out of order', () => {
  it('is refused while the shipment is not there yet, and changes nothing', async () => {
    const answers = [await pack(), await ship(), await deliver()];

    expect(answers.map(({ status }) => status)).toEqual([409, 409, 409]);
    expect(answers.map(codeOf)).toEqual(['out-of-step', 'out-of-step', 'out-of-step']);
    expect(answers[0]?.body.detail).toBe('SO-1-1 is picking; pack is confirmed while it is packing');
    expect(await shipmentOf(services, 'SO-1-1')).toMatchObject({ status: 'picking' });
  });

  it('is refused when it says something else than it did before', async () => {
    await pick();
    await pack({ cartons });
    await ship();
    const answers = [
      await pick({ lines: [{ sku: 'MUG', picked: 1 }] }),
      await pack(),
      await ship({ ...tracking, trackingNumber: '2' }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([409, 409, 409]);
    expect(answers.map(codeOf)).toEqual(Array(3).fill('confirmed-differently'));
  });

  it('is refused for a shipment that was cancelled', async () => {
    await api.post('/orders/SO-1/cancel');
    const answers = [await pick(), await pack(), await ship(), await deliver()];

    expect(answers.map(codeOf)).toEqual(Array(4).fill('out-of-step'));
  });

  it('is refused for a shipment that does not exist', async () => {
    const answers = await Promise.all([
      api.post<ProblemDetails>('/shipments/SO-9-1/pick', whole),
      api.post<ProblemDetails>('/shipments/SO-9-1/pack'),
      api.post<ProblemDetails>('/shipments/SO-9-1/ship', tracking),
      api.post<ProblemDetails>('/shipments/SO-9-1/deliver'),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(answers.map(codeOf)).toEqual(Array(4).fill('unknown-shipment'));
  });
});

describe('a pick', () => {
  it('of more than was asked for is refused, and names the line', async () => {
    const answer = await pick({
      lines: [
        { sku: 'MUG', picked: 3 },
        { sku: 'PAN', picked: 1 },
      ],
    });

    expect(answer.status).toBe(422);
    expect(codeOf(answer)).toBe('picked-too-many');
    expect(answer.body.errors).toEqual([
      { field: 'lines[0].picked', detail: expect.stringContaining('at most the 2') },
    ]);
    expect(await shipmentOf(services, 'SO-1-1')).toMatchObject({ status: 'picking' });
  });

  it('of a SKU that is not in the shipment is refused, and one without a line that is', async () => {
    const foreign = await pick({ lines: [...whole.lines, { sku: 'CUP', picked: 1 }] });
    const partial = await pick({ lines: [{ sku: 'MUG', picked: 2 }] });

    expect(foreign.status).toBe(422);
    expect(codeOf(foreign)).toBe('not-in-shipment');
    expect(foreign.body.errors).toMatchObject([{ field: 'lines[2].sku' }]);
    expect(codeOf(partial)).toBe('line-missing');
    expect(partial.body.detail).toContain('PAN');
  });

  it('that was short and comes again late, under its key, is not a second one', async () => {
    const short = { lines: [{ sku: 'MUG', picked: 1 }, whole.lines[1]] };
    const key = { 'Idempotency-Key': 'scanner 4, 17:03' };

    const first = await pick(short, key);
    await allocate(services, 'MUG', 'main');
    await handToWarehouse('second-pick-token');
    const again = await pick(short, key);

    expect(first.status).toBe(200);
    expect(first.body).toEqual({ shipmentId: 'SO-1-1', status: 'backordered' });
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(await countersOf(services, 'MUG')).toEqual({ available: 2, allocated: 2, backordered: 0 });
    expect(await shipmentOf(services, 'SO-1-1')).toMatchObject({ status: 'picking' });
    await expectAuditToPass(services);
  });

  it('of what is left of an order may leave out the line that was dropped, as often as it comes', async () => {
    await stock(services, 'CUP', 0);
    const lines = [
      { sku: 'MUG', quantity: 1 },
      { sku: 'CUP', quantity: 1 },
    ];
    await reserve(services, await place(services, lines, { orderId: 'SO-2', ifShort: 'cancel' }));
    await openTask(services, { shipmentId: 'SO-2-1', stage: 'pick', token: 'other-token' });
    const rest = { lines: [{ sku: 'MUG', picked: 1 }] };

    const first = await api.post('/shipments/SO-2-1/pick', rest);
    const again = await api.post('/shipments/SO-2-1/pick', rest);

    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.body).toEqual(first.body);
  });
});
