import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { announceInbound } from '../../core/inbound/announce.ts';
import { book } from '../../core/inbound/book.ts';
import { cancelInbound, markOverdue, moveInbound, receiveInbound } from '../../core/inbound/change.ts';
import { type InboundRow, inboundLines } from '../../core/inbound/inbound-shipment.ts';
import { getInbound, listInbound } from '../../core/inbound/list.ts';
import { AnnounceInbound } from '../../core/inbound/schema.ts';
import type { Services } from '../../core/platform/services.ts';
import type { Workflow } from '../../core/platform/workflow.ts';
import { stockChanged } from '../../core/reactors/stock-changed.ts';
import { listMovements } from '../../core/stock/movements.ts';
import { supplyOf } from '../../core/stock/supply.ts';
import { startDatabase } from '../support/database.ts';
import { CutOff, cutOff } from '../support/faults.ts';
import { expectAuditToPass, freshServices, levelOf, servicesOn, stock } from '../support/services.ts';
import { streamOf } from '../support/stream.ts';

const database = await startDatabase();
let services: Services;
/** Stock on its way in concerns no execution. */
const noWorkflow = {} as Workflow;

beforeEach(async () => {
  services = await freshServices(database);
});

const december = (day: number) => `2030-12-${String(day).padStart(2, '0')}T08:00:00.000Z`;

function announce(lines: { sku: string; quantity: number }[], inboundShipmentId = 'PO-1', day = 1) {
  return announceInbound(
    services,
    AnnounceInbound.parse({ inboundShipmentId, expectedAt: december(day), lines, location: 'main' }),
  );
}

async function rowOf(id = 'PO-1'): Promise<InboundRow> {
  const row = await getInbound(services, id);
  if (!row) throw new Error(`there is no ${id}`);
  return row;
}

const receive = (sku: string, quantity: number, complete = false) =>
  receiveInbound(services, 'PO-1', { lines: [{ sku, quantity }], complete });

async function arrivalsOf(sku: string) {
  const arrivals = await supplyOf(services, sku, 'main');
  return arrivals.map(({ inboundShipmentId, expectedAt, quantity, overdue }) => ({
    inboundShipmentId,
    expectedAt,
    quantity,
    ...(overdue && { overdue }),
  }));
}

describe('an inbound shipment', () => {
  it('counts as incoming from its announcement on, and the ledger says so', async () => {
    await stock(services, 'MUG', 3);

    await announce([
      { sku: 'MUG', quantity: 10 },
      { sku: 'MUG', quantity: 2 },
    ]);

    expect(await levelOf(services, 'MUG')).toMatchObject({ available: 3, incoming: 12 });
    expect(await arrivalsOf('MUG')).toEqual([{ inboundShipmentId: 'PO-1', expectedAt: december(1), quantity: 12 }]);
    const [newest] = (await listMovements(services, { sku: 'MUG', location: 'main', limit: 1 })).items;
    expect(newest).toMatchObject({
      type: 'inbound',
      incoming: 12,
      available: 0,
      reference: 'PO-1',
      reason: 'announced',
    });
    await expectAuditToPass(services);
  });

  it('is announced once, however often it is sent; another one may not take its id', async () => {
    await stock(services, 'MUG', 0);

    await announce([{ sku: 'MUG', quantity: 10 }]);
    await announce([{ sku: 'MUG', quantity: 10 }]);

    expect(await levelOf(services, 'MUG')).toMatchObject({ incoming: 10 });
    expect(await announce([{ sku: 'MUG', quantity: 11 }])).toMatchObject({ code: 'inbound-shipment-id-taken' });
  });

  it('is refused whole where a SKU is not kept, naming the line', async () => {
    await stock(services, 'MUG', 0);

    const answer = await announce([
      { sku: 'MUG', quantity: 10 },
      { sku: 'CUP', quantity: 1 },
    ]);

    expect(answer).toMatchObject({ code: 'sku-not-kept', field: 'lines[1].sku' });
    expect(await levelOf(services, 'MUG')).toMatchObject({ incoming: 0 });
    expect(await getInbound(services, 'PO-1')).toBeUndefined();
  });

  it('moves to another date with its reason, and those who wait see it among the arrivals', async () => {
    await stock(services, 'MUG', 0);
    await announce([{ sku: 'MUG', quantity: 10 }]);
    const before = await levelOf(services, 'MUG');

    await moveInbound(services, 'PO-1', { expectedAt: '2030-12-08T08:00:00Z', reason: 'weather' });

    expect(await arrivalsOf('MUG')).toEqual([{ inboundShipmentId: 'PO-1', expectedAt: december(8), quantity: 10 }]);
    const after = await levelOf(services, 'MUG');
    expect(after).toMatchObject({ incoming: 10, lastCause: { type: 'inbound', reason: 'weather', reference: 'PO-1' } });
    expect(after.version).toBeGreaterThan(before.version);
    await expectAuditToPass(services);
  });

  it('comes in parts: what has come is free, the rest is still on its way', async () => {
    await stock(services, 'MUG', 0);
    await announce([{ sku: 'MUG', quantity: 10 }]);

    await receive('MUG', 4);

    expect(await levelOf(services, 'MUG')).toMatchObject({ available: 4, incoming: 6 });
    expect(await rowOf()).toMatchObject({ status: 'partly-received' });
    await receive('MUG', 6);
    expect(await levelOf(services, 'MUG')).toMatchObject({ available: 10, incoming: 0 });
    expect(await rowOf()).toMatchObject({ status: 'received' });
    expect(await arrivalsOf('MUG')).toEqual([]);
    await expectAuditToPass(services);
  });

  it('may bring more than was announced', async () => {
    await stock(services, 'MUG', 0);
    await announce([{ sku: 'MUG', quantity: 10 }]);

    await receive('MUG', 13);

    expect(await levelOf(services, 'MUG')).toMatchObject({ available: 13, incoming: 0 });
    expect(await rowOf()).toMatchObject({ status: 'received' });
    await expectAuditToPass(services);
  });

  it('may bring less for good: what never comes is no longer incoming', async () => {
    await stock(services, 'MUG', 0);
    await stock(services, 'CUP', 0);
    await announce([
      { sku: 'MUG', quantity: 10 },
      { sku: 'CUP', quantity: 5 },
    ]);

    await receive('MUG', 8, true);

    expect(await levelOf(services, 'MUG')).toMatchObject({ available: 8, incoming: 0 });
    expect(await levelOf(services, 'CUP')).toMatchObject({
      available: 0,
      incoming: 0,
      lastCause: { reason: 'under-delivery' },
    });
    expect(await rowOf()).toMatchObject({ status: 'received' });
    expect(await receive('MUG', 1)).toMatchObject({ code: 'inbound-shipment-closed' });
    await expectAuditToPass(services);
  });

  it('is cancelled with what has not come; what has come stays', async () => {
    await stock(services, 'MUG', 0);
    await announce([{ sku: 'MUG', quantity: 10 }]);
    await receive('MUG', 4);

    await cancelInbound(services, 'PO-1', { reason: 'supplier' });
    await cancelInbound(services, 'PO-1', { reason: 'supplier' });

    expect(await levelOf(services, 'MUG')).toMatchObject({
      available: 4,
      incoming: 0,
      lastCause: { reason: 'supplier' },
    });
    expect(await rowOf()).toMatchObject({ status: 'cancelled', cancelReason: 'supplier' });
    expect(await moveInbound(services, 'PO-1', { expectedAt: december(9), reason: 'x' })).toMatchObject({
      code: 'inbound-shipment-closed',
    });
    await expectAuditToPass(services);
  });

  it('says in the ledger why what had not come is not coming, also where a receipt was cut off before', async () => {
    await stock(services, 'MUG', 0);
    await announce([{ sku: 'MUG', quantity: 10 }]);
    const dying = servicesOn(database, services.table.name, {}, (client) =>
      cutOff(client, { atRequest: 2, when: 'after' }),
    );
    const receipt = { lines: [{ sku: 'MUG', quantity: 4 }], complete: false };
    await expect(receiveInbound(dying, 'PO-1', receipt)).rejects.toThrow(CutOff);
    expect(await levelOf(services, 'MUG')).toMatchObject({ available: 0, incoming: 10 });

    await cancelInbound(services, 'PO-1', { reason: 'supplier' });

    const [newest] = (await listMovements(services, { sku: 'MUG', location: 'main', limit: 1 })).items;
    expect(newest).toMatchObject({
      type: 'receipt',
      available: 4,
      incoming: -10,
      reference: 'PO-1',
      reason: 'supplier',
    });
    await expectAuditToPass(services);
  });

  it('takes only SKUs that are on it', async () => {
    await stock(services, 'MUG', 0);
    await stock(services, 'CUP', 0);
    await announce([{ sku: 'MUG', quantity: 10 }]);

    expect(await receive('CUP', 1)).toMatchObject({ code: 'not-in-inbound-shipment', field: 'lines[0].sku' });
    expect(await levelOf(services, 'CUP')).toMatchObject({ available: 0 });
  });

  it('is overdue once its day and the tolerance have passed, until it has a new date', async () => {
    await stock(services, 'MUG', 0);
    await announce([{ sku: 'MUG', quantity: 10 }]);
    const at = (time: string) => ({ ...services, now: () => new Date(time) });

    await markOverdue(at('2030-12-02T07:59:00Z'), 'PO-1');
    expect(await arrivalsOf('MUG')).toMatchObject([{ quantity: 10 }]);
    expect((await arrivalsOf('MUG'))[0]).not.toHaveProperty('overdue');

    await markOverdue(at('2030-12-02T08:01:00Z'), 'PO-1');
    expect(await arrivalsOf('MUG')).toMatchObject([{ quantity: 10, overdue: true }]);
    expect(await levelOf(services, 'MUG')).toMatchObject({ incoming: 10, lastCause: { reason: 'overdue' } });

    await moveInbound(services, 'PO-1', { expectedAt: december(9), reason: 'port-congestion' });
    expect(await arrivalsOf('MUG')).toEqual([{ inboundShipmentId: 'PO-1', expectedAt: december(9), quantity: 10 }]);
    await expectAuditToPass(services);
  });

  it('is overdue at once where it is announced for, or moved to, a day that has passed', async () => {
    await stock(services, 'MUG', 0);
    const later = { ...services, now: () => new Date(december(12)) };
    const lines = [{ sku: 'MUG', quantity: 10 }];
    const announced = AnnounceInbound.parse({ inboundShipmentId: 'PO-1', expectedAt: december(1), lines });

    await announceInbound(later, announced);
    expect(await arrivalsOf('MUG')).toMatchObject([{ overdue: true }]);

    await moveInbound(later, 'PO-1', { expectedAt: december(20), reason: 'customs' });
    await moveInbound(later, 'PO-1', { expectedAt: december(3), reason: 'mistyped' });
    expect(await arrivalsOf('MUG')).toMatchObject([{ expectedAt: december(3), overdue: true }]);
    expect(await rowOf()).toMatchObject({ overdueSince: december(12), lastMove: { reason: 'mistyped' } });
    await expectAuditToPass(services);
  });

  it('is late no longer once it has come', async () => {
    await stock(services, 'MUG', 0);
    await announce([{ sku: 'MUG', quantity: 10 }]);
    await markOverdue({ ...services, now: () => new Date(december(12)) }, 'PO-1');

    await receive('MUG', 4);
    expect(await rowOf()).toHaveProperty('overdueSince');
    await receive('MUG', 6);

    expect(await rowOf()).not.toHaveProperty('overdueSince');
    await expectAuditToPass(services);
  });

  it('of more SKUs than a transaction holds is booked in parts, and all of it, whatever happens to it', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => ({ sku: `SKU-${i}`, quantity: i + 1 }));
    await Promise.all(lines.map(({ sku }) => stock(services, sku, 0)));

    await announce(lines);
    for (const { sku, quantity } of lines) expect(await levelOf(services, sku)).toMatchObject({ incoming: quantity });
    await moveInbound(services, 'PO-1', { expectedAt: december(8), reason: 'weather' });
    await receiveInbound(services, 'PO-1', { lines, complete: false });

    for (const { sku, quantity } of lines) {
      expect(await levelOf(services, sku)).toMatchObject({ incoming: 0, available: quantity });
    }
    expect(await rowOf()).toMatchObject({ status: 'received' });
    expect(await rowOf()).not.toHaveProperty('booking');
    await expectAuditToPass(services);
  }, 60_000);

  it('that was cut off is finished by the stream, which tells of the shipment itself', async () => {
    await stock(services, 'MUG', 0);
    const changes = await streamOf(database, services.table.name);
    const react = stockChanged(services, noWorkflow);
    const dying = servicesOn(database, services.table.name, {}, (client) =>
      cutOff(client, { atRequest: 2, when: 'after' }),
    );
    const lines = [{ sku: 'MUG', quantity: 10 }];
    const announced = AnnounceInbound.parse({ inboundShipmentId: 'PO-1', expectedAt: december(1), lines });
    await expect(announceInbound(dying, announced)).rejects.toThrow(CutOff);
    expect(await levelOf(services, 'MUG')).toMatchObject({ incoming: 0 });

    for (const change of await changes()) if (change.sk === 'INBOUND') await react([change]);

    expect(await levelOf(services, 'MUG')).toMatchObject({ incoming: 10 });
    await expectAuditToPass(services);
  });

  it('is listed by expected date while something is still to come', async () => {
    await stock(services, 'MUG', 0);
    await announce([{ sku: 'MUG', quantity: 10 }], 'PO-1', 9);
    await announce([{ sku: 'MUG', quantity: 10 }], 'PO-2', 3);
    await announce([{ sku: 'MUG', quantity: 10 }], 'PO-3', 5);
    await cancelInbound(services, 'PO-3', { reason: 'supplier' });
    await receive('MUG', 1);

    const page = await listInbound(services, { location: 'main', limit: 10 });
    const closed = await listInbound(services, { location: 'main', status: 'cancelled', limit: 10 });

    expect(page.items.map(({ inboundShipmentId }) => inboundShipmentId)).toEqual(['PO-2', 'PO-1']);
    expect(closed.items.map(({ inboundShipmentId }) => inboundShipmentId)).toEqual(['PO-3']);
  });
});

describe('whatever happens to inbound shipments at once', () => {
  it('is booked as the shipments say in the end', async () => {
    const day = fc.integer({ min: 1, max: 28 });
    const quantity = fc.integer({ min: 1, max: 6 });
    const sku = fc.constantFrom('MUG', 'CUP');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('move' as const), day }),
      fc.record({ kind: fc.constant('receive' as const), sku, quantity, complete: fc.boolean() }),
      fc.record({ kind: fc.constant('cancel' as const) }),
      fc.record({ kind: fc.constant('overdue' as const) }),
      fc.record({ kind: fc.constant('book' as const) }),
    );
    const act = (id: string, step_: typeof step extends fc.Arbitrary<infer Step> ? Step : never) => {
      switch (step_.kind) {
        case 'move':
          return moveInbound(services, id, { expectedAt: december(step_.day), reason: 'weather' });
        case 'receive': {
          const lines = [{ sku: step_.sku, quantity: step_.quantity }];
          return receiveInbound(services, id, { lines, complete: step_.complete });
        }
        case 'cancel':
          return cancelInbound(services, id, { reason: 'supplier' });
        case 'overdue':
          return markOverdue({ ...services, now: () => new Date('2030-12-20T00:00:00Z') }, id);
        case 'book':
          return book(services, id);
      }
    };
    const arbitrarySteps = fc.array(fc.tuple(fc.constantFrom('PO-1', 'PO-2'), step), { minLength: 2, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(arbitrarySteps, async (steps) => {
        services = await freshServices(database);
        await stock(services, 'MUG', 0);
        await stock(services, 'CUP', 0);
        for (const id of ['PO-1', 'PO-2']) {
          await announce(
            [
              { sku: 'MUG', quantity: 5 },
              { sku: 'CUP', quantity: 3 },
            ],
            id,
          );
        }

        await Promise.all(steps.map(([id, step_]) => act(id, step_)));

        const rows = [await rowOf('PO-1'), await rowOf('PO-2')];
        for (const sku_ of ['MUG', 'CUP']) {
          const lines = rows.flatMap(inboundLines).filter((line) => line.sku === sku_);
          const received = lines.reduce((sum, line) => sum + line.received, 0);
          expect(await levelOf(services, sku_)).toMatchObject({ available: received });
        }
        await expectAuditToPass(services);
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});
