import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OrderEvent, PUBLISHED } from '../../core/events/order-event.ts';
import { eventMessage, publishEvent } from '../../core/events/publish.ts';
import { FACTS } from '../../core/orders/happenings.ts';
import type { EventRow } from '../../core/orders/order.ts';
import { openTask } from '../../core/orders/tasks.ts';
import { trackOrder } from '../../core/orders/track.ts';
import type { Services } from '../../core/platform/services.ts';
import type { OrderedMessage } from '../../core/platform/topic.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { confirmDelivery } from '../../core/warehouse/deliver.ts';
import { confirmPack } from '../../core/warehouse/pack.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { confirmShip } from '../../core/warehouse/ship.ts';
import { startDatabase } from '../support/database.ts';
import { freshServices, place, reserve, stock } from '../support/services.ts';

const database = await startDatabase();
let services: Services;

beforeEach(async () => {
  services = await freshServices(database);
});

async function timelineOf(orderId: string): Promise<readonly EventRow[]> {
  return (await trackOrder(services, orderId))?.timeline ?? [];
}

async function messagesOf(orderId: string): Promise<OrderedMessage[]> {
  return (await timelineOf(orderId)).flatMap((row) => eventMessage(row) ?? []);
}

describe('what is told to the outside', () => {
  it('is every change that somebody may act on, and none of the warehouse', async () => {
    await stock(services, 'MUG', 2);
    const placed = await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId: 'SO-1' });
    const shipmentId = 'SO-1-1';
    await reserve(services, placed);
    await openTask(services, { shipmentId, stage: 'pick', token: 'pick' });
    await confirmPick(services, shipmentId, { lines: [{ sku: 'MUG', picked: 2 }] });
    await confirmPack(services, shipmentId, {});
    await confirmShip(services, shipmentId, { carrier: 'DHL', trackingNumber: '0034' });
    await confirmDelivery(services, shipmentId);

    const messages = await messagesOf('SO-1');

    expect(messages.map(({ json }) => json)).toMatchObject([
      { type: 'order-placed', version: 1, orderId: 'SO-1', shipmentId, lines: [{ sku: 'MUG', quantity: 2 }] },
      { type: 'allocated', promisedAt: expect.any(String) },
      { type: 'shipped', carrier: 'DHL', trackingNumber: '0034' },
      { type: 'delivered' },
    ]);
    expect(messages[0]?.attributes).toEqual({ type: 'order-placed', orderId: 'SO-1' });
    expect(new Set(messages.map(({ group }) => group))).toEqual(new Set(['SO-1']));
    expect(new Set(messages.map(({ deduplicationId }) => deduplicationId)).size).toBe(4);
    for (const { json } of messages) OrderEvent.parse(json);
  });

  it('says of a wait what is waited for, of a refusal why, of a cancellation that it was one', async () => {
    await stock(services, 'MUG', 0);
    await stock(services, 'CUP', 0, { backorders: { policy: 'deny' } });
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId: 'SO-1' }));
    await reserve(services, await place(services, [{ sku: 'CUP', quantity: 1 }], { orderId: 'SO-2' }));
    await cancelOrder(services, 'SO-1');

    const said = [...(await messagesOf('SO-1')), ...(await messagesOf('SO-2'))].map(({ json }) => json);

    expect(said).toMatchObject([
      { type: 'order-placed' },
      { type: 'backordered', waiting: [{ sku: 'MUG', quantity: 2 }] },
      { type: 'cancelled', code: 'cancelled' },
      { type: 'order-placed' },
      { type: 'refused', code: 'out-of-stock', sku: 'CUP' },
    ]);
    for (const json of said) OrderEvent.parse(json);
  });

  it('names no customer', async () => {
    await stock(services, 'MUG', 2);
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId: 'SO-1' }));

    const said = JSON.stringify(await messagesOf('SO-1'));

    expect(said).not.toMatch(/Zoë|zoe@|Am Markt|28195/);
  });

  it('is the same each time that it is told', async () => {
    await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId: 'SO-1' });
    const [row] = await timelineOf('SO-1');
    const sent: OrderedMessage[] = [];
    const topic = { publish: async (message: OrderedMessage) => void sent.push(message) } as never;

    for (let i = 0; i < 2; i++) if (row) await publishEvent(topic, row);

    expect(sent).toHaveLength(2);
    expect(sent[0]).toEqual(sent[1]);
  });
});

describe('the schema of the events', () => {
  it('is the one in docs/events.schema.json', async () => {
    const schema = z.toJSONSchema(OrderEvent, { io: 'input' });
    await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot('../../docs/events.schema.json');
  });

  it('has all that can happen in it, but for the steps of the warehouse and the choices that are told by what follows', () => {
    const untold = Object.keys(FACTS).filter((type) => !(type in PUBLISHED));
    expect(untold.sort()).toEqual(['packing', 'picking', 'shipping', 'split-chosen', 'wait-chosen']);
  });
});
