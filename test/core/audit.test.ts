import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { audit } from '../../core/audit/audit.ts';
import { announceInbound } from '../../core/inbound/announce.ts';
import { documentClient } from '../../core/platform/clients.ts';
import type { Services } from '../../core/platform/services.ts';
import { type Key, keys, prefixes } from '../../core/platform/table/keys.ts';
import { remove, type Write } from '../../core/platform/table/writes.ts';
import { repromise } from '../../core/promises/repromise.ts';
import { dequeue } from '../../core/stock/queue.ts';
import { clientConfig, startDatabase } from '../support/database.ts';
import { freshServices, place, reserve, stock } from '../support/services.ts';

const database = await startDatabase();
const client = documentClient(new DynamoDBClient(clientConfig(database.endpoint)));
let services: Services;

beforeEach(async () => {
  services = await freshServices(database);
  await stock(services, 'MUG', 5);
  await stock(services, 'PAN', 0);
  await reserve(services, await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId: 'SO-1' }));
  await reserve(services, await place(services, [{ sku: 'PAN', quantity: 1 }], { orderId: 'SO-2' }));
});

const later = () => new Date(Date.now() + 1000);

/** Writes past the business, as a bug or a hand in the console would. */
function tamper(
  { pk, sk }: Key,
  expression: string,
  names: Record<string, string> | undefined,
  values: Record<string, unknown>,
) {
  return client.send(
    new UpdateCommand({
      TableName: services.table.name,
      Key: { pk, sk },
      UpdateExpression: expression,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    }),
  );
}

const december = (day: number) => `2030-12-0${day}T08:00:00.000Z`;

const write = (...writes: Write[]) => services.table.decide(() => ({ answer: undefined, writes }));

function announce() {
  const lines = [{ sku: 'MUG', quantity: 5 }];
  return announceInbound(services, { inboundShipmentId: 'PO-1', location: 'main', expectedAt: december(1), lines });
}

const setStock = (sku: string, attribute: string, value: number) =>
  tamper(keys.stock(sku, 'main'), 'SET #a = :v', { '#a': attribute }, { ':v': value });

describe('the audit', () => {
  it('finds nothing on a sound table, and says what it read', async () => {
    const report = await audit({ ...services, now: later });
    expect(report).toMatchObject({ levels: 2, orders: 2, violations: [], notJudged: 0 });
    expect(report.rows).toBeGreaterThan(10);
  });

  it('finds units promised that nobody has', async () => {
    await setStock('MUG', 'available', -1);
    const { violations } = await audit({ ...services, now: later });
    expect(violations).toContainEqual(expect.objectContaining({ promise: 'never-oversold', subject: 'MUG at main' }));
  });

  it('finds a date that does not follow from what is on its way', async () => {
    const expectedAt = '2126-12-01T08:00:00.000Z';
    const lines = [{ sku: 'PAN', quantity: 1 }];
    await announceInbound(services, { inboundShipmentId: 'PO-1', location: 'main', expectedAt, lines });
    const muchLater = () => new Date(Date.now() + 3600_000);
    expect((await audit({ ...services, now: later })).violations).toEqual([]);
    expect((await audit({ ...services, now: muchLater })).violations).toMatchObject([
      { promise: 'always-told', subject: 'PAN at main', detail: expect.stringContaining('nobody has looked at') },
    ]);

    await repromise(services, { sku: 'PAN', location: 'main' }, { from: prefixes.wait('main'), reason: 'announced' });
    expect((await audit({ ...services, now: muchLater })).violations).toEqual([]);

    await tamper(keys.shipment('SO-2', 1), 'SET #l.#n.expected = :v', { '#l': 'lines', '#n': '0' }, { ':v': null });
    expect((await audit({ ...services, now: muchLater })).violations).toMatchObject([
      { promise: 'always-told', detail: expect.stringContaining('counts on nothing, where PO-1') },
      { promise: 'always-told', detail: expect.stringContaining(`promised on ${expectedAt}`) },
    ]);
  });

  it('finds a level that its movements do not explain', async () => {
    await setStock('MUG', 'available', 4);
    const { violations } = await audit({ ...services, now: later });
    expect(violations).toMatchObject([
      { promise: 'always-explained', subject: 'MUG at main', detail: expect.stringContaining('add up to 3') },
    ]);
  });

  it('finds a line that waits without a place in the queue', async () => {
    const waiting = { orderId: 'SO-2', shipmentId: 'SO-2-1', location: 'main', priority: 5, placedAt: '' };
    const shipment = await services.table.get<{ placedAt: string }>(keys.shipment('SO-2', 1));
    await services.table.decide(() => ({
      answer: undefined,
      writes: [dequeue({ ...waiting, placedAt: shipment?.placedAt ?? '' }, 'PAN')],
    }));
    const { violations } = await audit({ ...services, now: later });
    expect(violations).toContainEqual(expect.objectContaining({ promise: 'never-stranded', subject: 'PAN at main' }));
  });

  it('finds a line that waits while its units are there', async () => {
    await stock(services, 'PAN', 3);
    const { violations } = await audit({ ...services, now: later });
    expect(violations).toMatchObject([
      { promise: 'never-stranded', detail: expect.stringContaining('SO-2-1 waits for 1') },
    ]);
  });

  it('finds an order that says something else than its shipments', async () => {
    await tamper(keys.order('SO-1'), 'SET #s = :v', { '#s': 'status' }, { ':v': 'shipped' });
    const { violations } = await audit({ ...services, now: later });
    expect(violations).toMatchObject([{ promise: 'never-lost-never-doubled', subject: 'order SO-1' }]);
  });

  it('finds units that a shipment holds twice', async () => {
    await tamper(
      keys.shipment('SO-1', 1),
      'SET #lines.#l.allocated = :v',
      { '#lines': 'lines', '#l': '0' },
      { ':v': 4 },
    );
    const { violations } = await audit({ ...services, now: later });
    expect(violations.map(({ promise }) => promise)).toEqual(
      expect.arrayContaining(['always-explained', 'never-lost-never-doubled']),
    );
  });

  it.each([
    ['is gone', async (place: Key) => void (await write(remove(place)))],
    ['has another date', (place: Key) => tamper(place, 'SET expectedAt = :v', undefined, { ':v': december(2) })],
    ['has other units', (place: Key) => tamper(place, 'SET quantity = :v', undefined, { ':v': 6 })],
    ['is overdue for it alone', (place: Key) => tamper(place, 'SET overdue = :v', undefined, { ':v': true })],
  ])('finds stock on its way whose place among the arrivals %s', async (_, disturb) => {
    await announce();
    await disturb(keys.supply('MUG', 'main', december(1), 'PO-1'));
    const { violations } = await audit({ ...services, now: later });
    expect(violations).toContainEqual(
      expect.objectContaining({
        promise: 'always-explained',
        subject: 'MUG at main',
        detail: expect.stringContaining('PO-1'),
      }),
    );
  });

  it('finds units that are to come with no inbound shipment', async () => {
    await announce();
    await write(remove(keys.inbound('PO-1')));
    const { violations } = await audit({ ...services, now: later });
    expect(violations).toMatchObject([{ detail: expect.stringContaining('PO-1 is to bring none') }]);
  });

  it('finds an incoming level that nothing on its way makes up', async () => {
    await announce();
    await setStock('MUG', 'incoming', 6);
    const { violations } = await audit({ ...services, now: later });
    expect(violations).toContainEqual(expect.objectContaining({ detail: 'incoming is 6, its arrivals are 5' }));
  });

  it.each([
    ['an inbound shipment says that is not booked', 'SET expectedAt = :v', { ':v': december(9) }],
    ['an inbound shipment still has to book', 'SET booking = :v', { ':v': true }],
  ])('finds what %s', async (_, expression, values) => {
    await announce();
    await tamper(keys.inbound('PO-1'), expression, undefined, values);
    const { violations } = await audit({ ...services, now: later });
    expect(violations).toMatchObject([{ promise: 'always-explained', subject: 'inbound shipment PO-1' }]);
  });

  it('does not judge what changes while it reads', async () => {
    await tamper(
      keys.stock('MUG', 'main'),
      'SET #a = :v, changedAt = :later',
      { '#a': 'available' },
      { ':v': 4, ':later': new Date(Date.now() + 60_000).toISOString() },
    );
    const report = await audit({ ...services, now: () => new Date() });
    expect(report).toMatchObject({ violations: [], notJudged: 1 });
  });
});
