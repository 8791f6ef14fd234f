import { beforeEach, describe, expect, it } from 'vitest';
import type { TrackedOrderSaid } from '../../core/http/answers/track.ts';
import type { ProblemDetails } from '../../core/http/problem.ts';
import { openTask } from '../../core/orders/tasks.ts';
import type { Services } from '../../core/platform/services.ts';
import { startDatabase } from '../support/database.ts';
import { anOrder, freshServices, reserve, shipmentOf, stock } from '../support/services.ts';
import { type Client, clientOf, codeOf } from './client.ts';

const database = await startDatabase();
let services: Services;
let api: Client;

beforeEach(async () => {
  services = await freshServices(database);
  api = clientOf({ services });
});

interface Links {
  readonly links: { readonly self: string; readonly track?: string };
}

/** Places an order as the API does; answers its tracking link. */
async function placed(orderId = 'SO-1', quantity = 2): Promise<string> {
  const { body } = await api.post<Links>('/orders', anOrder([{ sku: 'MUG', quantity }], { orderId }));
  await reserve(services, await shipmentOf(services, `${orderId}-1`));
  return body.links.track ?? '';
}

async function shipped(): Promise<string> {
  await stock(services, 'MUG', 5);
  const link = await placed();
  await openTask(services, { shipmentId: 'SO-1-1', stage: 'pick', token: 'pick' });
  await api.post('/shipments/SO-1-1/pick', { lines: [{ sku: 'MUG', picked: 2 }] });
  const carton = { weightGrams: 520, dimensionsMm: { length: 300, width: 200, height: 150 } };
  await api.post('/shipments/SO-1-1/pack', { cartons: [carton] });
  await api.post('/shipments/SO-1-1/ship', { carrier: 'DHL', trackingNumber: '0034' });
  return link;
}

describe('a tracking link', () => {
  it('comes with the order, and shows it in words that its customer understands', async () => {
    const link = await shipped();

    const { status, headers, body } = await api.get<TrackedOrderSaid>(link);

    expect(status).toBe(200);
    expect(headers.get('Cache-Control')).toBe('private, no-store');
    expect(headers.get('Referrer-Policy')).toBe('no-referrer');
    expect(body).toMatchObject({
      orderId: 'SO-1',
      status: 'shipped',
      said: 'It is on its way to you.',
      shipments: [
        {
          contents: [{ title: 'Enamel mug', quantity: 2 }],
          tracking: { carrier: 'DHL', trackingNumber: '0034' },
          parcels: 1,
          promise: 'It has left us.',
          mayChoose: false,
        },
      ],
    });
    expect(body.timeline.map(({ said }) => said)).toEqual([
      'We have your order.',
      expect.stringMatching(/^Everything is set aside for you. It leaves by \w+ \d+, \d{4}.$/),
      'Our warehouse is picking it.',
      'It is being packed.',
      'It is packed and waits for the carrier.',
      'On its way with DHL, tracking number 0034.',
    ]);
  });

  it('shows nothing of anybody else, of the stock, or of who works here; and no address', async () => {
    await stock(services, 'MUG', 1);
    const link = await placed('SO-1');
    await placed('SO-2');

    const { body } = await api.get(link);

    expect(JSON.stringify(body)).not.toMatch(/SO-2|zoe@|Zoë|Am Markt|actor|available|backordered":\s*\d|MUG/);
  });

  it('needs no token of the API', async () => {
    await stock(services, 'MUG', 5);
    const guarded = clientOf({ services, authorization: { scopePrefix: '' } });
    const link = await placed();

    expect((await guarded.get(link)).status).toBe(200);
    expect((await guarded.get('/orders/SO-1')).status).toBe(401);
  });

  it('is of the same order whenever the order is placed again', async () => {
    const order = anOrder([{ sku: 'MUG', quantity: 1 }], { orderId: 'SO-1' });
    const first = await api.post<Links>('/orders', order);
    const again = await api.post<Links>('/orders', order);

    expect(again.body.links.track).toBe(first.body.links.track);
    expect((await api.get<Links>('/orders/SO-1')).body.links.track).toBe(first.body.links.track);
  });

  it.each([
    ['another word', (link: string) => `${link.slice(0, -1)}${link.endsWith('A') ? 'B' : 'A'}`],
    ['the order alone', () => '/track/SO-1'],
    ['the order and nothing', () => '/track/SO-1.'],
    ['no order', () => '/track/SO-9.Jx3vQm0cT2Wb7f1uYd5kPA'],
    ['rubbish', () => '/track/%00%ff'],
    ['a dot', () => '/track/.'],
  ])('leads nowhere with %s, and does not say what is wrong', async (_, wrong) => {
    await stock(services, 'MUG', 5);
    const link = await placed();

    const answer = await api.get<ProblemDetails>(wrong(link));

    expect(answer.status).toBe(404);
    expect(['unknown-tracking-link', 'no-such-route']).toContain(codeOf(answer));
    expect(answer.body).not.toHaveProperty('detail');
  });

  it('leads nowhere once it is revoked, until the order has another', async () => {
    await stock(services, 'MUG', 5);
    const link = await placed();

    await api.send('DELETE', '/orders/SO-1/track');
    expect((await api.get(link)).status).toBe(404);
    expect((await api.send<Links>('DELETE', '/orders/SO-1/track')).status).toBe(200);
    expect((await api.get<Links>('/orders/SO-1')).body.links).not.toHaveProperty('track');

    const renewed = await api.post<Links>('/orders/SO-1/track');
    expect(renewed.body.links.track).not.toBe(link);
    expect((await api.get(renewed.body.links.track ?? '')).status).toBe(200);
    expect((await api.get(link)).status).toBe(404);
    expect((await api.post<ProblemDetails>('/orders/SO-9/track')).status).toBe(404);
  });
});

describe('a delay after it has left', () => {
  const late = { expectedAt: '2030-12-09T08:00:00Z', reason: 'weather' };

  it('shows at the order and its link, once however often it is noted', async () => {
    const link = await shipped();

    const noted = await api.post('/shipments/SO-1-1/delay', late);
    await api.post('/shipments/SO-1-1/delay', late);

    expect(noted.body).toEqual({
      shipmentId: 'SO-1-1',
      status: 'shipped',
      deliveryExpectedAt: '2030-12-09T08:00:00.000Z',
    });
    const { body } = await api.get<TrackedOrderSaid>(link);
    expect(body.shipments).toMatchObject([{ deliveryExpectedAt: '2030-12-09T08:00:00.000Z' }]);
    const said = body.timeline.filter((entry) => entry.said.startsWith('The carrier is late'));
    expect(said.map((entry) => entry.said)).toEqual([
      'The carrier is late: expected by December 9, 2030 (bad weather).',
    ]);
  });

  it('is refused before it has left and after it has arrived', async () => {
    await stock(services, 'MUG', 5);
    await placed('SO-2', 1);
    const early = await api.post<ProblemDetails>('/shipments/SO-2-1/delay', late);
    expect(codeOf(early)).toBe('out-of-step');

    await shipped();
    await api.post('/shipments/SO-1-1/deliver');
    const after = await api.post<ProblemDetails>('/shipments/SO-1-1/delay', late);
    expect(codeOf(after)).toBe('out-of-step');
  });
});
