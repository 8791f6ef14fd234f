import { describe, expect, it } from 'vitest';
import { watchLevel } from '../../core/alerts/low-stock.ts';
import { allocate } from '../../core/backorders/allocate.ts';
import { changePriority } from '../../core/backorders/change-priority.ts';
import { chooseSplit } from '../../core/backorders/choose-split.ts';
import { chooseWait } from '../../core/backorders/choose-wait.ts';
import { openBackorder } from '../../core/backorders/split.ts';
import { announceInbound } from '../../core/inbound/announce.ts';
import { cancelInbound, markOverdue, moveInbound, receiveInbound } from '../../core/inbound/change.ts';
import { placeOrder } from '../../core/orders/place.ts';
import { shipmentKey } from '../../core/orders/shipments.ts';
import { openTask } from '../../core/orders/tasks.ts';
import { renewTrackingLink, revokeTrackingLink } from '../../core/orders/tracking-link.ts';
import type { Services } from '../../core/platform/services.ts';
import { keys, prefixes } from '../../core/platform/table/keys.ts';
import { update } from '../../core/platform/table/writes.ts';
import { checkDates, goOn, repromise } from '../../core/promises/repromise.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { releaseStock } from '../../core/reservations/release.ts';
import { putItem } from '../../core/stock/items.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { countStock } from '../../core/warehouse/count.ts';
import { noteDelay } from '../../core/warehouse/delay.ts';
import { confirmDelivery } from '../../core/warehouse/deliver.ts';
import { confirmPack } from '../../core/warehouse/pack.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { returnUnits } from '../../core/warehouse/return.ts';
import { confirmShip } from '../../core/warehouse/ship.ts';
import { startDatabase } from '../support/database.ts';
import { digest } from '../support/digest.ts';
import { type Cut, CutOff, countRequests, cutOff } from '../support/faults.ts';
import {
  anItem,
  anOrder,
  expectAuditToPass,
  levelOf,
  place,
  reserve,
  servicesOn,
  shipmentOf,
  stock,
} from '../support/services.ts';

const database = await startDatabase();
const request = { key: 'once', fingerprint: 'the same' };
const tracking = { carrier: 'DHL', trackingNumber: '00340434' };
/** More than one transaction holds. */
const many = Array.from({ length: 70 }, (_, i) => ({ sku: `SKU-${i}`, quantity: 1 }));
const orderId = 'SO-1';
const shipmentId = 'SO-1-1';

interface Scenario {
  readonly name: string;
  prepare(services: Services): Promise<unknown>;
  act(services: Services): Promise<unknown>;
}

async function stockMany(services: Services, units = 1): Promise<void> {
  await Promise.all(many.map(({ sku }) => stock(services, sku, units)));
}

async function reserved(
  services: Services,
  lines: { sku: string; quantity: number }[],
  ifShort: 'wait' | 'split' = 'wait',
) {
  await reserve(services, await place(services, lines, { orderId, ifShort }));
}

async function picking(services: Services, lines: { sku: string; quantity: number }[]) {
  await reserved(services, lines);
  await openTask(services, { shipmentId, stage: 'pick', token: 'pick' });
}

async function shipping(services: Services, lines: { sku: string; quantity: number }[]) {
  await picking(services, lines);
  await confirmPick(services, shipmentId, { lines: lines.map(({ sku, quantity }) => ({ sku, picked: quantity })) });
  await confirmPack(services, shipmentId, {});
}

const mugs = [{ sku: 'MUG', quantity: 2 }];

async function shipped(services: Services) {
  await stock(services, 'MUG', 5);
  await shipping(services, mugs);
  await confirmShip(services, shipmentId, tracking);
}

const inboundId = 'PO-1';
const inbound = { inboundShipmentId: inboundId, location: 'main', expectedAt: '2030-12-01T08:00:00Z' };

async function announced(services: Services) {
  await stock(services, 'MUG', 0);
  await announceInbound(services, { ...inbound, lines: [{ sku: 'MUG', quantity: 5 }] });
}

/** Five orders wait for what is on its way, and nobody has looked at their dates. */
async function undated(services: Services) {
  await announced(services);
  await announceInbound(services, { ...inbound, inboundShipmentId: 'PO-2', lines: [{ sku: 'MUG', quantity: 5 }] });
  for (let i = 1; i <= 5; i++) await reserve(services, await place(services, mugs, { orderId: `SO-${i}` }));
}

const head = { from: prefixes.wait('main'), reason: 'announced' };
const mugsAtMain = { sku: 'MUG', location: 'main' };

const scenarios: Scenario[] = [
  {
    name: 'computing the dates of a queue',
    prepare: undated,
    act: (services) => repromise(services, mugsAtMain, head),
  },
  {
    name: 'computing the dates of a queue in several calls',
    prepare: undated,
    act: async (services) => {
      const pace = { placesPerPage: 1, placesPerCall: 2 };
      await repromise(services, mugsAtMain, head, undefined, pace);
      while (await services.table.get(keys.repromise('MUG', 'main'))) await goOn(services, mugsAtMain, pace);
    },
  },
  {
    name: 'looking at all dates as the sweeper does',
    prepare: undated,
    act: async (services) => checkDates(services, await levelOf(services, 'MUG')),
  },
  {
    name: 'putting an item',
    prepare: async () => {},
    act: (services) => putItem(services, 'MUG', anItem()),
  },
  {
    name: 'a receipt with an idempotency key',
    prepare: (services) => stock(services, 'MUG', 0),
    act: (services) => receiveStock(services, 'MUG', { quantity: 5, location: 'main' }, request),
  },
  {
    name: 'a count with an idempotency key',
    prepare: (services) => stock(services, 'MUG', 5),
    act: (services) => countStock(services, 'MUG', { counted: 4, location: 'main', reason: 'cycle count' }, request),
  },
  {
    name: 'a count that takes units from more shipments than a transaction holds',
    prepare: async (services) => {
      await stock(services, 'MUG', 25);
      for (let i = 0; i < 24; i++)
        await reserve(services, await place(services, [{ sku: 'MUG', quantity: 1 }], { orderId: `SO-${i}` }));
    },
    act: (services) => countStock(services, 'MUG', { counted: 2, location: 'main', reason: 'water damage' }, request),
  },
  {
    name: 'announcing an inbound shipment of many lines',
    prepare: (services) => stockMany(services, 0),
    act: (services) => announceInbound(services, { ...inbound, lines: many }),
  },
  {
    name: 'moving an inbound shipment',
    prepare: announced,
    act: (services) =>
      moveInbound(services, inboundId, { expectedAt: '2030-12-08T08:00:00Z', reason: 'weather' }, request),
  },
  {
    name: 'receiving a part of an inbound shipment with an idempotency key',
    prepare: announced,
    act: (services) => receiveInbound(services, inboundId, { lines: mugs, complete: false }, request),
  },
  {
    name: 'receiving an inbound shipment of many lines, less than was announced',
    prepare: async (services) => {
      await stockMany(services, 0);
      await announceInbound(services, { ...inbound, lines: many.map(({ sku }) => ({ sku, quantity: 2 })) });
    },
    act: (services) => receiveInbound(services, inboundId, { lines: many.slice(1), complete: true }, request),
  },
  {
    name: 'finding an inbound shipment overdue',
    prepare: announced,
    act: (services) => markOverdue({ ...services, now: () => new Date('2030-12-09T08:00:00Z') }, inboundId),
  },
  {
    name: 'cancelling an inbound shipment',
    prepare: announced,
    act: (services) => cancelInbound(services, inboundId, { reason: 'supplier' }, request),
  },
  {
    name: 'noting a delay with an idempotency key',
    prepare: shipped,
    act: (services) =>
      noteDelay(services, shipmentId, { expectedAt: '2030-12-08T08:00:00Z', reason: 'weather' }, request),
  },
  {
    name: 'taking units back with an idempotency key',
    prepare: shipped,
    act: (services) => {
      const lines = [
        { sku: 'MUG', quantity: 1, sellable: true },
        { sku: 'MUG', quantity: 1, sellable: false },
      ];
      return returnUnits(services, shipmentId, { lines }, request);
    },
  },
  {
    name: 'placing an order',
    prepare: async () => {},
    act: (services) => placeOrder(services, anOrder(mugs, { orderId }), { request }),
  },
  {
    name: 'giving an order a new tracking link with an idempotency key',
    prepare: (services) => place(services, mugs, { orderId }),
    act: (services) => renewTrackingLink(services, orderId, request),
  },
  {
    name: "revoking an order's tracking link",
    prepare: (services) => place(services, mugs, { orderId }),
    act: (services) => revokeTrackingLink(services, orderId),
  },
  {
    name: 'reserving what is there',
    prepare: async (services) => {
      await stock(services, 'MUG', 5);
      await place(services, mugs, { orderId });
    },
    act: async (services) => reserve(services, await shipmentOf(services, shipmentId)),
  },
  {
    name: 'queueing for what is short',
    prepare: async (services) => {
      await stock(services, 'MUG', 1);
      await place(services, mugs, { orderId });
    },
    act: async (services) => reserve(services, await shipmentOf(services, shipmentId)),
  },
  {
    name: 'rejecting what is denied',
    prepare: async (services) => {
      await stock(services, 'MUG', 1, { backorders: { policy: 'deny' } });
      await place(services, mugs, { orderId });
    },
    act: async (services) => reserve(services, await shipmentOf(services, shipmentId)),
  },
  {
    name: 'reserving an order of many lines',
    prepare: async (services) => {
      await stockMany(services);
      await place(services, many, { orderId });
    },
    act: async (services) => reserve(services, await shipmentOf(services, shipmentId)),
  },
  {
    name: 'rejecting an order of many lines for its last one',
    prepare: async (services) => {
      await stockMany(services);
      await place(services, [...many, { sku: 'GHOST', quantity: 1 }], { orderId });
    },
    act: async (services) => reserve(services, await shipmentOf(services, shipmentId)),
  },
  {
    name: 'allocating to the head of the queue',
    prepare: async (services) => {
      await stock(services, 'MUG', 0);
      await reserved(services, mugs);
      await receiveStock(services, 'MUG', { quantity: 3, location: 'main' });
    },
    act: (services) => allocate(services, 'MUG', 'main'),
  },
  {
    name: 'splitting an order',
    prepare: async (services) => {
      await stock(services, 'MUG', 1);
      await reserved(services, mugs, 'split');
    },
    act: (services) => openBackorder(services, { shipmentId }),
  },
  {
    name: 'splitting an order with many lines that wait',
    prepare: async (services) => {
      await stock(services, 'MUG', 2);
      await stockMany(services, 0);
      await reserved(services, [...mugs, ...many], 'split');
    },
    act: (services) => openBackorder(services, { shipmentId }),
  },
  {
    name: 'taking what is there, off the shelf too',
    prepare: async (services) => {
      await stock(services, 'MUG', 1);
      await stock(services, 'PAN', 1);
      await reserved(services, [...mugs, { sku: 'PAN', quantity: 1 }]);
    },
    act: (services) => chooseSplit(services, orderId, request),
  },
  {
    name: 'going on to wait',
    prepare: async (services) => {
      await stock(services, 'MUG', 0);
      await reserved(services, mugs);
      const dateMoved = update(shipmentKey(shipmentId)).set('choiceSince', '2026-11-24T08:00:00.000Z');
      await services.table.decide(() => ({ answer: undefined, writes: [dateMoved] }));
    },
    act: (services) => chooseWait(services, orderId, request),
  },
  {
    name: 'moving an order of many lines up in the queues',
    prepare: async (services) => {
      await stockMany(services, 0);
      await reserved(services, many);
    },
    act: (services) => changePriority(services, orderId, { priority: 0, reason: 'VIP' }, request),
  },
  {
    name: 'handing a shipment to the warehouse',
    prepare: async (services) => {
      await stock(services, 'MUG', 5);
      await reserved(services, mugs);
    },
    act: (services) => openTask(services, { shipmentId, stage: 'pick', token: 'pick' }),
  },
  {
    name: 'opening the task of a wait',
    prepare: async (services) => {
      await stock(services, 'MUG', 0);
      await reserved(services, mugs);
    },
    act: (services) => openTask(services, { shipmentId, stage: 'backorder', token: 'wait' }),
  },
  {
    name: 'confirming a pick',
    prepare: async (services) => {
      await stock(services, 'MUG', 5);
      await picking(services, mugs);
    },
    act: (services) => confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 2 }] }),
  },
  {
    name: 'a short pick with an idempotency key',
    prepare: async (services) => {
      await stock(services, 'MUG', 2);
      await picking(services, mugs);
    },
    act: (services) => confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 1 }] }, request),
  },
  {
    name: 'confirming a pack',
    prepare: async (services) => {
      await stock(services, 'MUG', 5);
      await picking(services, mugs);
      await confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 2 }] });
    },
    act: (services) => confirmPack(services, shipmentId, {}),
  },
  {
    name: 'confirming a shipment',
    prepare: async (services) => {
      await stock(services, 'MUG', 5);
      await shipping(services, mugs);
    },
    act: (services) => confirmShip(services, shipmentId, tracking),
  },
  {
    name: 'confirming a shipment of many lines',
    prepare: async (services) => {
      await stockMany(services);
      await shipping(services, many);
    },
    act: (services) => confirmShip(services, shipmentId, tracking),
  },
  {
    name: 'confirming a delivery',
    prepare: async (services) => {
      await stock(services, 'MUG', 5);
      await shipping(services, mugs);
      await confirmShip(services, shipmentId, tracking);
    },
    act: (services) => confirmDelivery(services, shipmentId),
  },
  {
    name: 'cancelling an order that is being picked',
    prepare: async (services) => {
      await stock(services, 'MUG', 5);
      await picking(services, mugs);
    },
    act: (services) => cancelOrder(services, orderId),
  },
  {
    name: 'cancelling an order of many lines that waits',
    prepare: async (services) => {
      await stockMany(services, 0);
      await reserved(services, many);
    },
    act: (services) => cancelOrder(services, orderId),
  },
  {
    name: 'giving a shipment up',
    prepare: async (services) => {
      await stock(services, 'MUG', 5);
      await picking(services, mugs);
    },
    act: (services) => releaseStock(services, { shipmentId, end: 'failed', cause: { Error: 'States.Timeout' } }),
  },
  {
    name: 'reporting low stock',
    prepare: async (services) => {
      await stock(services, 'MUG', 5, { reorderPoint: 3 });
      await reserved(services, mugs);
    },
    act: async (services) => {
      const after = await levelOf(services, 'MUG');
      await watchLevel(services, { ...after, available: 5 }, after);
    },
  },
];

describe.each(scenarios)('$name', ({ prepare, act }) => {
  async function prepared(): Promise<{ services: Services; tableName: string }> {
    const tableName = await database.freshTable();
    const services = servicesOn(database, tableName);
    await prepare(services);
    return { services, tableName };
  }

  it('is the same done once, done twice, and cut off at any request and then repeated', async () => {
    const { services, tableName } = await prepared();
    let requests = { count: 0 };
    await act(
      servicesOn(database, tableName, {}, (client) => {
        requests = countRequests(client);
      }),
    );
    const once = await digest(services);
    await expectAuditToPass(services);

    await act(services);
    expect(await digest(services)).toEqual(once);

    expect(requests.count).toBeGreaterThan(0);
    const cuts = Array.from({ length: requests.count }, (_, i) => i + 1).flatMap((atRequest): Cut[] => [
      { atRequest, when: 'before' },
      { atRequest, when: 'after' },
    ]);
    for (const cut of cuts) {
      const { services, tableName } = await prepared();
      const dying = servicesOn(database, tableName, {}, (client) => cutOff(client, cut));
      await expect(act(dying), JSON.stringify(cut)).rejects.toThrow(CutOff);

      await act(services);

      expect(await digest(services), JSON.stringify(cut)).toEqual(once);
      await expectAuditToPass(services);
    }
  }, 120_000);
});
