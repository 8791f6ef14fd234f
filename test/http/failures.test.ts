import { describe, expect, it } from 'vitest';
import type { ProblemDetails } from '../../core/http/problem.ts';
import { TooMuchContention } from '../../core/platform/table/decide.ts';
import { startDatabase } from '../support/database.ts';
import { type Line, logged } from '../support/logged.ts';
import { anOrder, servicesOn } from '../support/services.ts';
import { clientOf, codeOf } from './client.ts';

const database = await startDatabase();
const tableName = await database.freshTable();

/** The API on a database of which every request fails. */
function apiThatFailsWith(error: Error) {
  const services = servicesOn(database, tableName, {}, (client) => {
    const fail = () => async () => {
      throw error;
    };
    client.middlewareStack.add(fail, { step: 'initialize', name: 'fail' });
  });
  return clientOf({ services });
}

const isLoud = ({ level }: Line) => level !== 'DEBUG';

const order = { ...anOrder([{ sku: 'MUG', quantity: 1 }]), orderId: 'SO-1' };

describe('a fault that nobody foresaw', () => {
  const fault = Object.assign(new Error('password of table-7 is wrong'), { item: { name: 'Zoë Müller' } });

  it('is answered without a word about the inside, but with what the logs can be searched by', async () => {
    const answer = await apiThatFailsWith(fault).post<ProblemDetails>('/orders', order);

    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({
      type: 'urn:fillrate:problem:internal-error',
      title: 'Something went wrong on our side',
      status: 500,
      instance: 'urn:fillrate:request:request-1',
    });
    expect(answer.headers.get('X-Request-Id')).toBe('request-1');
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
  });

  it('is logged once, with its cause and what it is about, and without the customer', async () => {
    const lines = await logged(() => apiThatFailsWith(fault).get('/orders/SO-1'));

    expect(lines.filter(isLoud)).toEqual([
      expect.objectContaining({
        level: 'ERROR',
        message: 'the request failed',
        code: 'internal-error',
        method: 'GET',
        route: '/orders/:orderId',
        requestId: 'request-1',
        orderId: 'SO-1',
        error: { name: 'Error', message: 'password of table-7 is wrong', stack: expect.any(String) },
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('Zoë');
  });

  it('is logged without the secret of a tracking link, and so is a request that went well', async () => {
    const link = '/track/SO-1.Jx3vQm0cT2Wb7f1uYd5kPA';
    const answers: { status: number; body: ProblemDetails }[] = [];
    const lines = await logged(async () => {
      answers.push(await apiThatFailsWith(fault).get<ProblemDetails>(link));
      answers.push(await clientOf({ services: servicesOn(database, tableName) }).get<ProblemDetails>(link));
    });

    expect(answers.map(({ status }) => status)).toEqual([500, 404]);
    expect(lines.filter(isLoud)).toMatchObject([{ message: 'the request failed', route: '/track/:token' }]);
    expect(lines.filter((line) => !isLoud(line))).toHaveLength(2);
    expect(JSON.stringify([lines, answers])).not.toMatch(/SO-1|Jx3vQm0cT2Wb7f1uYd5kPA/);
  });
});

describe('a database that is asked for too much', () => {
  it.each([
    new TooMuchContention('gave up after 25 attempts'),
    Object.assign(new Error('slow down'), { name: 'ThrottlingException' }),
    Object.assign(new Error('slow down'), { name: 'ProvisionedThroughputExceededException' }),
    Object.assign(new Error('slow down'), { name: 'RequestLimitExceeded' }),
  ])('makes the client come back later: $name', async (error) => {
    const api = apiThatFailsWith(error);
    const answer = await api.get<ProblemDetails>('/orders/SO-1');
    const lines = await logged(() => api.get('/orders/SO-1'));

    expect(answer.status).toBe(503);
    expect(codeOf(answer)).toBe('busy');
    expect(answer.headers.get('Retry-After')).toBe('1');
    expect(JSON.stringify(answer.body)).not.toContain(error.message);
    expect(lines.filter(isLoud)).toMatchObject([
      { level: 'WARN', message: 'the request was turned away', orderId: 'SO-1', error: { name: error.name } },
    ]);
  });
});

it('keeps quiet about all that went as it should, mistakes of clients included', async () => {
  const api = clientOf({ services: servicesOn(database, tableName) });
  const lines = await logged(async () => {
    await api.post('/orders', order);
    await api.post('/orders', { ...order, priority: 1 });
    await api.post('/orders', '{');
    await api.get('/nowhere/SO-1');
  });

  expect(lines.filter(isLoud)).toMatchObject([
    { level: 'INFO', message: 'placed', orderId: 'SO-1', shipmentId: 'SO-1-1', requestId: 'request-1' },
  ]);
  expect(lines.filter((line) => !isLoud(line))).toMatchObject([
    { method: 'POST', route: '/orders', status: 202, milliseconds: expect.any(Number) },
    { method: 'POST', route: '/orders', status: 409 },
    { method: 'POST', route: '/orders', status: 400 },
    { method: 'GET', route: '/*', status: 404 },
  ]);
  expect(JSON.stringify(lines)).not.toContain('Zoë');
});
