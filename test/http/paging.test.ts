import { beforeAll, describe, expect, it } from 'vitest';
import { raiseAlert } from '../../core/alerts/alert.ts';
import type { ProblemDetails } from '../../core/http/problem.ts';
import { openTask } from '../../core/orders/tasks.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { startDatabase } from '../support/database.ts';
import { freshServices, place, reserve, stock } from '../support/services.ts';
import { clientOf, codeOf } from './client.ts';

const database = await startDatabase();
const services = await freshServices(database);
const api = clientOf({ services });

/** More than two pages of 10. */
const MANY = 25;
const ids = Array.from({ length: MANY }, (_, i) => `N-${String(i).padStart(2, '0')}`);

interface Listed {
  items: Record<string, string>[];
  nextCursor?: string;
}

beforeAll(async () => {
  await stock(services, 'MUG', MANY);
  for (const orderId of ids) {
    await stock(services, `SKU-${orderId}`, 0);
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 1 }], { orderId }));
    await openTask(services, { shipmentId: `${orderId}-1`, stage: 'pick', token: orderId });
    const failed = {
      kind: 'failed-shipment',
      severity: 'critical',
      orderId,
      shipmentId: `${orderId}-1`,
      reason: 'x',
    } as const;
    await services.table.decide(() => ({ answer: undefined, writes: [raiseAlert(services, 'main', failed)] }));
  }
});

const lists = [
  { path: '/orders', name: 'orderId', count: MANY },
  { path: '/orders?status=picking', name: 'orderId', count: MANY },
  { path: '/items', name: 'sku', count: MANY + 1 },
  { path: '/stock/MUG/movements', name: 'movementId', count: MANY + 1 },
  { path: '/warehouse/work?stage=pick', name: 'shipmentId', count: MANY },
  { path: '/alerts', name: 'alertId', count: MANY },
];

async function page(path: string, query: string): Promise<Listed> {
  const { status, body } = await api.get<Listed>(`${path}${path.includes('?') ? '&' : '?'}${query}`);
  expect(status).toBe(200);
  return body;
}

async function allPages(path: string, limit: number, meanwhile = async () => {}): Promise<Listed['items'][]> {
  const pages: Listed['items'][] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await page(path, `limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`);
    pages.push(items);
    cursor = nextCursor;
    await meanwhile();
  } while (cursor !== undefined);
  return pages;
}

describe.each(lists)('the pages of $path', ({ path, name, count }) => {
  it('hold everything once, in the order of the whole list', async () => {
    const whole = await page(path, 'limit=100');
    const pages = await allPages(path, 10);

    expect(pages.map((items) => items.length)).toEqual([10, 10, count - 20]);
    expect(pages.flat()).toEqual(whole.items);
    expect(new Set(pages.flat().map((item) => item[name])).size).toBe(count);
    expect(whole.nextCursor).toBeUndefined();
  });

  it('may be of one item each', async () => {
    const pages = await allPages(path, 1);
    expect(pages.map((items) => items.length)).toEqual(Array(count).fill(1));
  });

  it('are not those of another list', async () => {
    for (const other of lists.filter((list) => list.path !== path)) {
      const { nextCursor = '' } = await page(other.path, 'limit=1');
      const answer = await api.get<ProblemDetails>(`${path}${path.includes('?') ? '&' : '?'}cursor=${nextCursor}`);

      expect(answer.status, `${path} with a cursor of ${other.path}`).toBe(400);
      expect(codeOf(answer)).toBe('invalid-cursor');
      expect(answer.body.errors).toMatchObject([{ field: 'cursor' }]);
    }
  });

  it.each(['x', 'bm9uc2Vuc2U', '____', `${'A'.repeat(512)}`])(
    'do not begin at a made-up cursor: %s',
    async (cursor) => {
      const answer = await api.get<ProblemDetails>(`${path}${path.includes('?') ? '&' : '?'}cursor=${cursor}`);

      expect(answer.status).toBe(400);
      expect(codeOf(answer)).toBe('invalid-cursor');
    },
  );
});

it('gives a page of 50 to who does not say how many', async () => {
  await Promise.all(Array.from({ length: 30 }, () => receiveStock(services, 'MUG', { quantity: 1, location: 'main' })));

  const { items, nextCursor } = (await api.get<Listed>('/stock/MUG/movements')).body;

  expect(items).toHaveLength(50);
  expect(nextCursor).toBeDefined();
});

it('keeps its place while newer ones come in', async () => {
  let newer = 0;
  const before = await page('/orders', 'limit=100');
  const pages = await allPages('/orders', 10, async () => {
    await place(services, [{ sku: 'MUG', quantity: 1 }], { orderId: `NEWER-${newer++}` });
  });

  expect(pages.flat()).toEqual(before.items);
});
