import { beforeEach, describe, expect, it } from 'vitest';
import type { Services } from '../../core/platform/services.ts';
import { getStock, listItems, putItem } from '../../core/stock/items.ts';
import { listMovements } from '../../core/stock/movements.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { countStock } from '../../core/warehouse/count.ts';
import { startDatabase } from '../support/database.ts';
import {
  anItem,
  countersOf,
  expectAuditToPass,
  freshServices,
  levelOf,
  place,
  reserve,
  stock,
} from '../support/services.ts';

const database = await startDatabase();
let services: Services;

beforeEach(async () => {
  services = await freshServices(database);
});

describe('an item', () => {
  it('begins with nothing on hand, and keeps its level when it is put again', async () => {
    await putItem(services, 'MUG', anItem());
    expect(await countersOf(services, 'MUG')).toEqual({ available: 0, allocated: 0, backordered: 0 });
    await receiveStock(services, 'MUG', { quantity: 5, location: 'main' });

    await putItem(
      services,
      'MUG',
      anItem({ title: 'Mug, large', bin: 'B-02', backorders: { policy: 'allow', limit: 3 } }),
    );
    expect(await levelOf(services, 'MUG')).toMatchObject({ available: 5, bin: 'B-02', backorderLimit: 3 });
    await putItem(services, 'MUG', anItem({ backorders: { policy: 'deny' } }));
    expect((await levelOf(services, 'MUG')).backorderLimit).toBeUndefined();
  });

  it('says what a shopper may be told', async () => {
    const said = async () => (await getStock(services, 'MUG'))?.availability;
    expect(await said()).toBeUndefined();
    await stock(services, 'MUG', 0, { reorderPoint: 2 });
    expect(await said()).toBe('on-backorder');
    await stock(services, 'MUG', 2, { reorderPoint: 2 });
    expect(await said()).toBe('low-stock');
    await stock(services, 'MUG', 1, { reorderPoint: 2 });
    expect(await said()).toBe('in-stock');
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 3 }]));
    await stock(services, 'MUG', 0, { backorders: { policy: 'deny' } });
    expect(await said()).toBe('out-of-stock');
  });

  it('is listed by SKU, in pages, at the location where it is kept', async () => {
    const skus = Array.from({ length: 23 }, (_, i) => `SKU-${String(i).padStart(2, '0')}`);
    for (const sku of [...skus].reverse()) await putItem(services, sku, anItem());
    await putItem(services, 'ELSEWHERE', anItem({ location: 'north' }));

    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listItems(services, { location: 'main', limit: 5, ...(cursor && { cursor }) });
      expect(page.items.length).toBeLessThanOrEqual(5);
      listed.push(...page.items.map(({ item }) => item.sku));
      cursor = page.nextCursor;
    } while (cursor);

    expect(listed).toEqual(skus);
    expect((await listItems(services, { location: 'nowhere', limit: 5 })).items).toEqual([]);
  });
});

describe('a receipt', () => {
  it('is refused for a SKU that is not kept there', async () => {
    await stock(services, 'MUG', 1);
    const elsewhere = await receiveStock(services, 'MUG', { quantity: 1, location: 'north' });
    expect(elsewhere).toMatchObject({ refused: 'not-found', code: 'unknown-sku' });
  });

  it('counts once, however often it comes with its idempotency key', async () => {
    await stock(services, 'MUG', 0);
    const request = { key: 'delivery-note-7', fingerprint: 'x' };
    const receive = () => receiveStock(services, 'MUG', { quantity: 5, location: 'main', reference: 'DN-7' }, request);
    const answers = await Promise.all(Array.from({ length: 8 }, receive));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect((await countersOf(services, 'MUG')).available).toBe(5);
  });
});

describe('a count', () => {
  it('sets what was found, more or less, and says by how much', async () => {
    await stock(services, 'MUG', 10);
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 4 }]));

    expect(await countStock(services, 'MUG', { counted: 7, location: 'main', reason: 'broken' })).toMatchObject({
      difference: -3,
    });
    expect(await countersOf(services, 'MUG')).toEqual({ available: 3, allocated: 4, backordered: 0 });
    expect(await countStock(services, 'MUG', { counted: 9, location: 'main', reason: 'found' })).toMatchObject({
      difference: 2,
    });
    await expectAuditToPass(services);
  });

  it('is right while orders come in', async () => {
    await stock(services, 'MUG', 50);
    const shipments = await Promise.all(
      Array.from({ length: 20 }, () => place(services, [{ sku: 'MUG', quantity: 1 }])),
    );
    await Promise.all([
      ...shipments.map((shipment) => reserve(services, shipment)),
      countStock(services, 'MUG', { counted: 45, location: 'main', reason: 'cycle count' }),
    ]);
    expect(await countersOf(services, 'MUG')).toEqual({ available: 25, allocated: 20, backordered: 0 });
    await expectAuditToPass(services);
  });
});

describe('the ledger', () => {
  it('explains each change, newest first: what, why, for whom and by whom', async () => {
    await stock(services, 'MUG', 0);
    await receiveStock(services, 'MUG', { quantity: 5, location: 'main', reference: 'DN-7' });
    const shipment = await place(services, [{ sku: 'MUG', quantity: 2 }]);
    await reserve(services, shipment);
    await countStock(services, 'MUG', { counted: 4, location: 'main', reason: 'one broken' });

    const { items } = await listMovements(services, { sku: 'MUG', location: 'main', limit: 10 });

    expect(items).toMatchObject([
      { type: 'count', available: -1, allocated: 0, reason: 'one broken', actor: 'test' },
      { type: 'reserve', available: -2, allocated: 2, shipmentId: shipment.shipmentId },
      { type: 'receipt', available: 5, reference: 'DN-7' },
    ]);
  });
});
