import { beforeEach, describe, expect, it } from 'vitest';
import type { TrackedOrderSaid } from '../../core/http/answers/track.ts';
import type { ProblemDetails } from '../../core/http/problem.ts';
import { inWords } from '../../core/orders/customer-words.ts';
import { openTask } from '../../core/orders/tasks.ts';
import type { Services } from '../../core/platform/services.ts';
import { kindOf } from '../../core/platform/table/keys.ts';
import { itemOf } from '../../core/reactors/change.ts';
import { recordChanged, type Topics } from '../../core/reactors/record-changed.ts';
import { startDatabase } from '../support/database.ts';
import { anOrder, freshServices, reserve, shipmentOf, stock } from '../support/services.ts';
import { streamOf } from '../support/stream.ts';
import { type Client, clientOf, codeOf } from './client.ts';

const database = await startDatabase();
let services: Services;
let api: Client;
let changes: Awaited<ReturnType<typeof streamOf>>;

beforeEach(async () => {
  services = await freshServices(database);
  api = clientOf({ services });
  changes = await streamOf(database, services.table.name);
});

const delivery = { inboundShipmentId: 'PO-1', location: 'main', expectedAt: '2030-12-01T08:00:00Z' };

/** Lets the stream compute the dates that follow from what was done. */
async function datesComputed(): Promise<void> {
  const react = recordChanged(services, {} as Topics);
  for (let found = await changes(); found.length > 0; found = await changes()) {
    const relevant = found.filter((change) => ['stock', 'repromise'].includes(kindOf(change)));
    for (const ofOneItem of Map.groupBy(relevant, itemOf).values()) await react(ofOneItem);
  }
}

interface Links {
  readonly links: { readonly self: string; readonly track?: string };
}

/** Places an order as the API does; answers its tracking link. */
async function placed(orderId = 'SO-1', quantity = 2): Promise<string> {
  const { body } = await api.post<Links>('/orders', anOrder([{ sku: 'MUG', quantity }], { orderId }));
  await reserve(services, await shipmentOf(services, `${orderId}-1`));
  return body.links.track ?? '';
}

/** An order's tracking link, the order left as it was placed. */
async function newLink(orderId: string): Promise<string> {
  const { body } = await api.post<Links>('/orders', anOrder([{ sku: 'MUG', quantity: 1 }], { orderId }));
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

  it('holds 128 random bits beside its order, which nobody guesses', async () => {
    const links = await Promise.all(Array.from({ length: 400 }, (_, n) => newLink(`SO-${n}`)));
    const secrets = links.map((link, n) => {
      expect(link).toMatch(new RegExp(`^/track/SO-${n}\\.[\\w-]{22}$`));
      return Buffer.from(link.split('.')[1] ?? '', 'base64url');
    });

    expect(new Set(secrets.map((secret) => secret.toString('hex'))).size).toBe(400);
    for (let bit = 0; bit < 128; bit++) {
      const set = secrets.filter((secret) => ((secret[bit >> 3] ?? 0) >> (bit & 7)) & 1).length;
      // Half of them, give or take seven standard deviations.
      expect(Math.abs(set - 200), `bit ${bit} is set ${set} times`).toBeLessThan(70);
    }
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
    ['no order before the dot', () => '/track/.Jx3vQm0cT2Wb7f1uYd5kPA'],
    ['far more than a link holds', (link: string) => `${link}${'x'.repeat(500)}`],
    ['more dots', (link: string) => `${link}.`],
  ])('leads nowhere with %s, and does not say what is wrong', async (_, wrong) => {
    await stock(services, 'MUG', 5);
    const link = await placed();

    const answer = await api.get<ProblemDetails>(wrong(link));

    expect(answer.status).toBe(404);
    expect(codeOf(answer)).toBe('unknown-tracking-link');
    expect(answer.body).not.toHaveProperty('detail');
    expect(answer.body).not.toHaveProperty('errors');
    expect(answer.headers.get('Cache-Control')).toBe('private, no-store');
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
    expect((await api.send('DELETE', '/orders/SO-9/track')).status).toBe(404);
  });

  it('is the same one when its renewal is sent again', async () => {
    await stock(services, 'MUG', 5);
    await placed();
    const named = { headers: { 'Idempotency-Key': 'renew-1' } };

    const first = await api.post<Links>('/orders/SO-1/track', undefined, named);
    const again = await api.post<Links>('/orders/SO-1/track', undefined, named);

    expect(again.body).toEqual(first.body);
    expect((await api.get(first.body.links.track ?? '')).status).toBe(200);
  });

  it('leads nowhere near the order behind it, which only its shop may change', async () => {
    await stock(services, 'MUG', 5);
    const link = await placed();

    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect((await api.send(method, link)).status, method).toBe(405);
    }
  });
});

describe('what a customer is told', () => {
  it('of a wait: what is not here yet, and by when it leaves on which delivery', async () => {
    await stock(services, 'MUG', 0);
    await stock(services, 'CUP', 5);
    const lines = [
      { sku: 'MUG', quantity: 2 },
      { sku: 'CUP', quantity: 1 },
    ];
    await api.post('/inbound-shipments', { ...delivery, lines: [{ sku: 'MUG', quantity: 5 }] });
    const { body } = await api.post<Links>('/orders', anOrder(lines, { orderId: 'SO-1' }));
    await reserve(services, await shipmentOf(services, 'SO-1-1'));
    await datesComputed();
    const said = () => api.get<TrackedOrderSaid>(body.links.track ?? '').then((answer) => answer.body);

    expect((await said()).shipments).toMatchObject([
      {
        said: 'Something is not in stock yet. You keep your place in line.',
        contents: [
          { title: 'Enamel mug', quantity: 2, waiting: 2 },
          { title: 'Enamel mug', quantity: 1 },
        ],
        promisedAt: '2030-12-02T08:00:00.000Z',
        promise: 'It leaves us by December 2, 2030: a delivery to us is expected on December 1, 2030.',
        mayChoose: false,
      },
    ]);

    const move = { expectedAt: '2030-12-08T08:00:00Z', reason: 'port-congestion' };
    await api.send('PATCH', '/inbound-shipments/PO-1', move);
    await datesComputed();

    const moved = await said();
    expect(moved.shipments).toMatchObject([{ promisedAt: '2030-12-09T08:00:00.000Z', mayChoose: true }]);
    expect(moved.timeline.at(-1)?.said).toBe(
      'The date has moved from December 2, 2030 to December 9, 2030 (a congested port).',
    );
  });

  it('of a delivery that is late, until it has arrived', async () => {
    const link = await shipped();
    await api.post('/shipments/SO-1-1/delay', { expectedAt: '2030-12-09T08:00:00Z', reason: 'weather' });
    const said = async () => (await api.get<TrackedOrderSaid>(link)).body.shipments[0];

    expect(await said()).toMatchObject({
      promise: 'It has left us. The carrier expects it to arrive by December 9, 2030.',
      promisedAt: null,
    });
    await api.post('/shipments/SO-1-1/deliver');
    expect(await said()).toMatchObject({ promise: 'It has arrived.' });
    expect(await said()).not.toHaveProperty('deliveryExpectedAt');
  });

  it('of an order that will not be sent: that, and no date', async () => {
    await stock(services, 'MUG', 5);
    const link = await placed();
    await api.post('/orders/SO-1/cancel');

    const { body } = await api.get<TrackedOrderSaid>(link);

    expect(body).toMatchObject({ status: 'cancelled', said: 'It has been cancelled.' });
    expect(body.shipments).toMatchObject([
      { promisedAt: null, promise: 'It will not be sent.', contents: [{ quantity: 2, cancelled: 2 }] },
    ]);
    expect(body.timeline.at(-1)?.said).toBe('It has been cancelled.');
  });

  it('of units that came back', async () => {
    const link = await shipped();
    await api.post('/shipments/SO-1-1/returns', { lines: [{ sku: 'MUG', quantity: 1, sellable: false }] });

    const { body } = await api.get<TrackedOrderSaid>(link);

    expect(body.shipments).toMatchObject([{ contents: [{ quantity: 2, returned: 1 }] }]);
    expect(body.timeline.at(-1)?.said).toBe('We have 1 piece back from you.');
  });

  it('of a reason: in words for those that are known, else in the words of the merchant', () => {
    const delayed = (reason: string) =>
      inWords({ type: 'delayed', detail: '', facts: { expectedAt: '2030-12-09T08:00:00Z', reason } });

    expect(delayed('weather')).toContain('(bad weather)');
    expect(delayed('strike-at-the-hub')).toContain('(strike at the hub)');
    expect(delayed('constructor')).toContain('(constructor)');
  });
});

describe('a delay after it has left', () => {
  const late = { expectedAt: '2030-12-09T08:00:00Z', reason: 'weather' };

  it('shows at the order and its link, once however often it is noted', async () => {
    const link = await shipped();

    const noted = await api.post('/shipments/SO-1-1/delay', late);
    await api.post('/shipments/SO-1-1/delay', late);
    await api.post('/shipments/SO-1-1/delay', { ...late, expectedAt: '2030-12-09T08:00:00.000Z' });

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

  it('gets the same answer when it is noted again after it has arrived', async () => {
    await shipped();
    const noted = await api.post('/shipments/SO-1-1/delay', late);
    await api.post('/shipments/SO-1-1/deliver');

    const again = await api.post('/shipments/SO-1-1/delay', late);

    expect(again).toMatchObject({ status: 200, body: noted.body });
  });
});
