import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { StillWaiting } from '../../core/orders/workflow-errors.ts';
import { METRICS } from '../../core/platform/metrics.ts';
import { keys } from '../../core/platform/table/keys.ts';
import { update } from '../../core/platform/table/writes.ts';
import { task } from '../../functions/support/task.ts';
import { ApiClient } from '../../local/api-client.ts';
import { startFillrate } from '../../local/fillrate.ts';
import { type MetricLine, measured, written } from '../support/logged.ts';
import { anItem, anOrder, servicesOn, stock } from '../support/services.ts';

process.env.POWERTOOLS_METRICS_DISABLED = 'false';
const fillrate = await startFillrate({});
afterAll(() => fillrate.close());
const { handler: sweep } = await import('../../functions/sweep.ts');
const { handler: audit } = await import('../../functions/audit.ts');
const { api } = fillrate.endpoints;

async function send(method: string, path: string, body?: object): Promise<Response> {
  const answer = await fetch(`${api}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  await answer.arrayBuffer();
  return answer;
}

const order = (orderId: string, quantity: number, more: object = {}, sku = 'MUG') =>
  send('POST', '/orders', { ...anOrder([{ sku, quantity }]), orderId, ...more });

describe('what happens in the running system', () => {
  let told: Record<string, number>;

  beforeAll(async () => {
    told = await measured(async () => {
      await send('PUT', '/items/MUG', anItem({ reorderPoint: 2 }));
      await send('POST', '/stock/MUG/receipts', { quantity: 10 });
      await order('SO-1', 4);
      await order('SO-1', 4);
      await order('SO-2', 5);
      await fillrate.settled();
      // One is left.
      await order('SO-3', 7);
      await fillrate.settled();
      const lines = [{ sku: 'MUG', quantity: 30 }];
      await send('POST', '/inbound-shipments', {
        inboundShipmentId: 'PO-1',
        expectedAt: '2035-12-01T08:00:00Z',
        lines,
      });
      await fillrate.settled();
      const late = { expectedAt: '2035-12-20T08:00:00Z', reason: 'port-congestion' };
      await send('PATCH', '/inbound-shipments/PO-1', late);
      await fillrate.settled();
      await order('SO-4', 2, { ifShort: 'cancel' });
      await order('SO-5', 3, {}, 'NOBODY-KNOWS');
      await fillrate.settled();
      await send('POST', '/stock/MUG/receipts', { quantity: 6 });
      await fillrate.settled();
      await send('POST', '/orders/SO-2/cancel');
      await fillrate.settled();
    });
  });

  it('is counted once, also where it was asked for twice', () => {
    expect(told).toMatchObject({ OrdersPlaced: 5, ShipmentsCancelled: 1, ShipmentsRejected: 2 });
  });

  it('gives the fill rate: units that were there at once, had to be waited for, and were refused', () => {
    expect(told).toMatchObject({ UnitsAllocated: 9, UnitsBackordered: 7, UnitsRefused: 5, UnitsServed: 7 });
  });

  it('says how often others were told', () => {
    const events = fillrate.events().map(({ message }) => JSON.parse(message).type as string);
    expect(told.EventsPublished).toBe(events.length);
    expect(told.PromiseMoves).toBe(events.filter((type) => type.endsWith('promise-moved')).length);
    expect(told.PromiseMoves).toBeGreaterThan(0);
    expect(told.AlertsSent).toBe(fillrate.outbox({ limit: 100 }).items.length);
    expect(told.AlertsSent).toBeGreaterThan(0);
  });

  it('has no faults among it', () => {
    expect(told).not.toHaveProperty('Faults');
  });
});

it('is told as CloudWatch reads it: by the names and units of the catalogue, one number each', async () => {
  const lines = (await written(() => order('SO-7', 1))).filter((line): line is MetricLine => '_aws' in line);

  expect(lines[0]).toEqual({
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        { Namespace: 'Fillrate', Dimensions: [['service']], Metrics: [{ Name: 'OrdersPlaced', Unit: 'Count' }] },
      ],
    },
    service: 'fillrate',
    OrdersPlaced: 1,
  });
  for (const { Metrics } of lines.flatMap(({ _aws }) => _aws.CloudWatchMetrics)) {
    for (const { Name, Unit } of Metrics) expect(METRICS).toHaveProperty(`${Name}.unit`, Unit);
  }
  await fillrate.settled();
});

describe('a sweep', () => {
  it('tells how things stand, and that it repaired nothing', async () => {
    await order('SO-8', 40);
    await fillrate.settled();
    const open = await new ApiClient(api).order('SO-8');
    expect(open.status).toBe('backordered');

    const told = await measured(() => sweep());

    expect(told).toMatchObject({
      SweeperRepairs: 0,
      UnitsWaiting: 40,
      'OpenShipments backordered': 1,
      'OpenShipments placed': 0,
    });
    expect(told.OldestWait).within(0, 60);
    expect(Object.keys(told).filter((name) => name.startsWith('SweeperRepairsByKind'))).toEqual([]);
  });

  it('tells by kind what it repaired', async () => {
    const { table } = fillrate.services;
    // Units came while nobody read the stream: the row is old, and its change is kept from the reactors by a filter of their own.
    await fillrate.streams.close();
    const key = keys.stock('MUG', 'main');
    const longAgo = new Date(Date.now() - 10 * 60_000).toISOString();
    await table.decide((seen) =>
      seen.get(key) === undefined
        ? { answer: undefined, writes: [update(key).add('available', 40).set('changedAt', longAgo)] }
        : { answer: undefined },
    );

    const told = await measured(() => sweep());

    expect(told).toMatchObject({ SweeperRepairs: 1, 'SweeperRepairsByKind linesAllocated': 1, UnitsServed: 40 });
  });
});

it('tells of each audit, and of drift as soon as there is some', async () => {
  // The test before put units on the shelf without a movement.
  const lines = await measured(() => audit());

  expect(lines.PromiseViolations).toBe(1);
  expect(lines.RowsAudited).toBeGreaterThan(20);
});

it('counts each time that a transaction met another, and had to be tried again', async () => {
  let conflicts = 3;
  const services = servicesOn({ endpoint: fillrate.endpoints.dynamodb }, fillrate.endpoints.tableName, {}, (client) => {
    client.middlewareStack.add(
      (next) => async (args) => {
        if (conflicts-- > 0) throw Object.assign(new Error('busy'), { name: 'TransactionConflictException' });
        return next(args);
      },
      { step: 'initialize', name: 'conflict' },
    );
  });
  const handler = task(z.unknown(), () => stock(services, 'CUP', 3));

  expect(await measured(() => handler({}))).toEqual({ Conflicts: 3 });
});

it('tells faults from what the workflow waits for by name', async () => {
  const failWith = (error: Error) => task(z.unknown(), () => Promise.reject(error))({}).catch(() => {});

  expect(await measured(() => failWith(new StillWaiting('SO-1-1 waits for stock')))).toEqual({ TasksDeclined: 1 });
  expect(await measured(() => failWith(new TypeError('undefined is no function')))).toEqual({ Faults: 1 });
});

it('describes each metric in a sentence, and has no two of one name', () => {
  for (const [name, { doc }] of Object.entries(METRICS)) {
    expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
    expect(doc, name).toMatch(/\.$/);
  }
});
