import { describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from '../../core/http/body-limit.ts';
import type { ProblemDetails } from '../../core/http/problem.ts';
import { startDatabase } from '../support/database.ts';
import { anItem, anOrder, freshServices } from '../support/services.ts';
import { clientOf, codeOf } from './client.ts';

const database = await startDatabase();
const services = await freshServices(database);
const api = clientOf({ services });

const order = anOrder([{ sku: 'MUG', quantity: 1 }]);

/** The fields that are complained of, with what was expected. */
async function complaints(path: string, body: unknown, method = 'POST') {
  const answer = await api.send(method, path, body);
  expect(answer.status).toBe(400);
  expect(codeOf(answer)).toBe('invalid-request');
  return Object.fromEntries(answer.body.errors?.map(({ field, detail }) => [field, detail]) ?? []);
}

it('answers every problem as problem details', async () => {
  const { status, headers, body } = await api.post<ProblemDetails>('/orders', { ...order, priority: 10 });

  expect(status).toBe(400);
  expect(headers.get('Content-Type')).toBe('application/problem+json');
  expect(body).toEqual({
    type: 'urn:fillrate:problem:invalid-request',
    title: 'The request has fields that cannot be used',
    status: 400,
    detail: 'priority: expected number to be <=9',
    instance: 'urn:fillrate:request:request-1',
    errors: [{ field: 'priority', detail: 'expected number to be <=9' }],
  });
});

it('names what is wrong with a delay', async () => {
  const path = '/shipments/SO-1-1/delay';
  const time = 'expected a time such as 2026-12-01T08:00:00Z (ISO 8601, UTC)';

  expect(await complaints(path, { expectedAt: 'tomorrow', reason: '' })).toEqual({
    expectedAt: time,
    reason: expect.stringMatching(/^expected/),
  });
  expect(await complaints(path, { expectedAt: '2026-12-01T08:00:00+01:00', reason: 'weather', days: 2 })).toEqual({
    expectedAt: time,
    days: 'there is no such field',
  });
});

describe('quantities', () => {
  it.each([
    ['zero', 0, 'expected at least 1'],
    ['negative', -3, 'expected at least 1'],
    ['fractional', 1.5, 'expected a whole number'],
    ['huge', 1_000_001, 'expected at most 1,000,000'],
    ['beyond what numbers hold', 1e300, 'expected a whole number'],
    ['a text', '1', 'expected a whole number'],
    ['missing', undefined, 'expected a whole number'],
  ])('that are %s are refused in an order, a receipt', async (_, quantity, detail) => {
    expect(await complaints('/orders', { ...order, lines: [{ sku: 'MUG', quantity }] })).toEqual({
      'lines[0].quantity': detail,
    });
    expect(await complaints('/stock/MUG/receipts', { quantity })).toEqual({ quantity: detail });
  });

  it('that no JSON number holds are refused', async () => {
    const body = JSON.stringify({ quantity: 5 }).replace('5', '1e400');
    expect(await complaints('/stock/MUG/receipts', body)).toEqual({ quantity: 'expected a whole number' });
  });

  it('that are too much only together are refused at the line that passes the limit', async () => {
    const half = { sku: 'MUG', quantity: 600_000 };
    expect(await complaints('/orders', { ...order, lines: [half, half] })).toEqual({
      'lines[1].quantity': 'expected at most 1000000 units of MUG in all its lines',
    });
  });

  it('may be zero where nothing was found, but not below', async () => {
    expect(await complaints('/stock/MUG/counts', { counted: -1, reason: 'x' })).toHaveProperty('counted');
    expect(await complaints('/shipments/SO-1-1/pick', { lines: [{ sku: 'MUG', picked: -1 }] })).toHaveProperty(
      'lines[0].picked',
    );
  });
});

describe('an order', () => {
  it('of 1,000 lines is taken, of 1,001 refused', async () => {
    const lines = Array.from({ length: 1001 }, (_, i) => ({ sku: `SKU-${i}`, quantity: 1 }));

    const most = await api.post('/orders', { ...order, lines: lines.slice(1) });

    expect(most.status).toBe(202);
    expect(await complaints('/orders', { ...order, lines })).toEqual({ lines: 'expected array to have <=1000 items' });
  });

  it('without lines is refused', async () => {
    expect(await complaints('/orders', { ...order, lines: [] })).toEqual({
      lines: 'expected array to have >=1 items',
    });
  });

  it('with fields that nobody knows is refused, and each is named', async () => {
    const body = {
      ...order,
      coupon: 'X',
      shipTo: { ...order.shipTo, zip: '1' },
      lines: [{ sku: 'MUG', quantity: 1, qty: 2, price: 3 }],
    };
    expect(await complaints('/orders', body)).toEqual({
      coupon: 'there is no such field',
      'shipTo.zip': 'there is no such field',
      'lines[0].qty': 'there is no such field',
      'lines[0].price': 'there is no such field',
    });
  });

  it('cannot reach into the inside of objects', async () => {
    const body = JSON.stringify(order).replace('{', '{"__proto__":{"priority":0},"constructor":1,');
    expect(Object.keys(await complaints('/orders', body)).sort()).toEqual(['__proto__', 'constructor']);
  });

  it('with wrong types everywhere is told all of it at once', async () => {
    const body = {
      orderId: 17,
      customer: null,
      shipTo: 'Bremen',
      lines: [{ sku: 'a b', quantity: 1 }, 'MUG', { sku: ['MUG'], quantity: true }],
      ifShort: 'maybe',
      priority: 2.5,
      waitDays: 0,
      location: '#',
    };
    expect(await complaints('/orders', body)).toEqual({
      orderId: 'expected string, found number',
      customer: 'expected object, found null',
      shipTo: 'expected object, found string',
      'lines[0].sku': 'expected 1 to 64 letters, digits, ., - or _, beginning with a letter or digit',
      'lines[1]': 'expected object, found string',
      'lines[2].sku': 'expected string, found array',
      'lines[2].quantity': 'expected a whole number',
      ifShort: 'expected one of "wait"|"split"|"cancel"',
      priority: 'expected int, found number',
      waitDays: 'expected number to be >=1',
      location: 'expected 1 to 32 letters, digits or -, beginning with a letter or digit',
    });
  });

  it.each([
    ['a list', []],
    ['a text', '"order"'],
    ['a number', 7],
    ['null', 'null'],
  ])('that is %s is refused as a whole', async (_, body) => {
    expect(await complaints('/orders', body)).toHaveProperty('body');
  });

  it('with more mistakes than an answer can name is told of the first, and how many there are', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`x${i}`, 1]));
    const answer = await api.post<ProblemDetails>('/orders', { ...order, ...unknown });

    expect(answer.status).toBe(400);
    expect(answer.body.detail).toBe('20000 fields cannot be used');
    expect(answer.body.errors).toHaveLength(1000);
  });

  it('says what is missing', async () => {
    expect(await complaints('/orders', {})).toEqual({
      customer: 'expected object, found nothing',
      shipTo: 'expected object, found nothing',
      lines: 'expected array, found nothing',
    });
  });

  it('with half a character in a name is refused, as the database would', async () => {
    expect(await complaints('/orders', { ...order, customer: { ...order.customer, name: 'Zo\ud800' } })).toEqual({
      'customer.name': 'expected well-formed Unicode',
    });
  });

  it('with an address that is none is refused', async () => {
    const body = {
      ...order,
      customer: { name: ' ', email: 'zoe at example.com' },
      shipTo: { ...order.shipTo, country: 'Germany', city: 'x'.repeat(201) },
    };
    expect(Object.keys(await complaints('/orders', body)).sort()).toEqual([
      'customer.email',
      'customer.name',
      'shipTo.city',
      'shipTo.country',
    ]);
  });
});

describe('an item', () => {
  it('with settings that contradict each other is refused', async () => {
    const { location: _, ...item } = anItem();
    const put = (change: object) => complaints('/items/MUG', { ...item, ...change }, 'PUT');

    expect(await put({ backorders: { policy: 'deny', limit: 3 } })).toEqual({
      'backorders.limit': 'there is no such field',
    });
    expect(await put({ backorders: { policy: 'maybe' } })).toEqual({
      'backorders.policy': "expected 'deny' | 'allow'",
    });
    expect(await put({ dimensionsMm: { length: 1, width: 0 } })).toEqual({
      'dimensionsMm.width': 'expected number to be >=1',
      'dimensionsMm.height': 'expected number, found nothing',
    });
  });
});

describe('a pick', () => {
  it('that names a line twice is refused', async () => {
    const line = { sku: 'MUG', picked: 1 };
    expect(await complaints('/shipments/SO-1-1/pick', { lines: [line, line] })).toEqual({
      'lines[1].sku': 'MUG is named twice',
    });
  });
});

describe('an address', () => {
  it.each([
    ['GET', '/stock/a%20b', 'sku'],
    ['GET', '/stock/a%23b', 'sku'],
    ['GET', '/orders/-1', 'orderId'],
    ['POST', '/shipments/SO/pack', 'shipmentId'],
    ['POST', `/shipments/${'x'.repeat(70)}-1/deliver`, 'shipmentId'],
    ['GET', '/orders?limit=0', 'limit'],
    ['GET', '/orders?limit=101', 'limit'],
    ['GET', '/orders?limit=many', 'limit'],
    ['GET', '/orders?limit=5&limit=6', 'limit'],
    ['GET', '/orders?status=lost', 'status'],
    ['GET', '/orders?state=placed', 'state'],
    ['GET', '/items?location=a%23b', 'location'],
    ['GET', '/warehouse/work', 'stage'],
    ['GET', '/warehouse/work?stage=deliver', 'stage'],
  ])('that cannot be used is refused: %s %s', async (method, path, field) => {
    expect(Object.keys(await complaints(path, undefined, method))).toEqual([field]);
  });

  it('where there is nothing is said to be so', async () => {
    const answer = await api.get<ProblemDetails>('/orders/SO-1/invoice');

    expect(answer.status).toBe(404);
    expect(codeOf(answer)).toBe('no-such-route');
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
  });

  it.each([
    ['DELETE', '/orders/SO-1', 'GET, HEAD'],
    ['PUT', '/orders', 'POST, GET, HEAD'],
    ['GET', '/items/MUG', 'PUT'],
    ['PATCH', '/shipments/SO-1-1/pick', 'POST'],
  ])('says which methods it takes: %s %s', async (method, path, allow) => {
    const answer = await api.send(method, path);

    expect(answer.status).toBe(405);
    expect(codeOf(answer)).toBe('method-not-allowed');
    expect(answer.headers.get('Allow')).toBe(allow);
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
  });
});

describe('a body', () => {
  it.each(['{"lines": [', '', 'quantity=3', '{"quantity": 1,}', '\u0000'])(
    'that is no JSON is refused: %j',
    async (body) => {
      const answer = await api.post<ProblemDetails>('/stock/MUG/receipts', body);

      expect(answer.status).toBe(400);
      expect(codeOf(answer)).toBe('malformed-json');
    },
  );

  it('that is not declared as JSON is refused', async () => {
    const declared = (type: string) =>
      api.post<ProblemDetails>('/stock/MUG/receipts', '{"quantity": 1}', { headers: { 'Content-Type': type } });
    const answers = [await declared('text/plain'), await declared('application/x-www-form-urlencoded')];

    expect(answers.map(({ status }) => status)).toEqual([415, 415]);
    expect(answers.map(codeOf)).toEqual(Array(2).fill('unsupported-media-type'));
    expect((await declared('application/json; charset=utf-8')).status).toBe(404);
  });

  it('that is larger than any order has to be is refused', async () => {
    const padded = (bytes: number) => `{"quantity": 1${' '.repeat(bytes - 15)}}`;

    const most = await api.post<ProblemDetails>('/stock/MUG/receipts', padded(MAX_BODY_BYTES));
    const more = await api.post<ProblemDetails>('/stock/MUG/receipts', padded(MAX_BODY_BYTES + 1));

    expect(codeOf(most)).toBe('unknown-sku');
    expect(more.status).toBe(413);
    expect(codeOf(more)).toBe('body-too-large');
    expect(more.body.detail).toContain('262144');
  });
});

describe('an Idempotency-Key', () => {
  it.each(['', 'x'.repeat(256), 'clé', 'tab\there'])(
    'that is not 1 to 255 printable characters is refused: %j',
    async (key) => {
      const answer = await api.post<ProblemDetails>('/orders', order, { headers: { 'Idempotency-Key': key } });

      expect(answer.status).toBe(400);
      expect(answer.body.errors).toEqual([
        { field: 'Idempotency-Key', detail: 'expected 1 to 255 printable ASCII characters' },
      ]);
    },
  );

  it('may be as long as that', async () => {
    const answer = await api.post('/orders', order, { headers: { 'Idempotency-Key': '~'.repeat(255) } });
    expect(answer.status).toBe(202);
  });
});
