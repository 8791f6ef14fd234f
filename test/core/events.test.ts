import { readFileSync } from 'node:fs';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OrderEvent, PUBLISHED_AS } from '../../core/events/order-event.ts';
import { eventMessage, publishEvent } from '../../core/events/publish.ts';
import type { EventRow } from '../../core/orders/order.ts';
import { openTask } from '../../core/orders/tasks.ts';
import { trackOrder } from '../../core/orders/track.ts';
import type { OrderedMessage, OrderedTopic } from '../../core/platform/ordered-topic.ts';
import type { Services } from '../../core/platform/services.ts';
import { recordChanged, type Topics } from '../../core/reactors/record-changed.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { confirmDelivery } from '../../core/warehouse/deliver.ts';
import { confirmPack } from '../../core/warehouse/pack.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { confirmShip } from '../../core/warehouse/ship.ts';
import { onChanges } from '../../functions/support/stream.ts';
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

/** A topic that keeps what it takes. */
function listener(refuse: (message: OrderedMessage) => void = () => {}) {
  const sent: OrderedMessage[] = [];
  const publish = async (message: OrderedMessage) => {
    refuse(message);
    sent.push(message);
  };
  return { topic: { publish } as OrderedTopic, sent };
}

const typeOf = ({ json }: OrderedMessage) => (json as OrderEvent).type;
const sequenceOf = (records: readonly DynamoDBRecord[], i: number) => records[i]?.dynamodb?.SequenceNumber;

/** The timelines of orders as the stream tells of them: one order after another. */
async function recordsOf(...orderIds: string[]): Promise<DynamoDBRecord[]> {
  const timelines = await Promise.all(orderIds.map(timelineOf));
  return timelines.flat().map((row, i) => {
    const image = marshall(row) as NonNullable<DynamoDBRecord['dynamodb']>['NewImage'];
    const Keys = marshall({ pk: row.pk, sk: row.sk }) as typeof image;
    return {
      eventName: 'INSERT',
      dynamodb: { Keys, NewImage: image, SequenceNumber: String(i + 1) },
    } as DynamoDBRecord;
  });
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
    expect(messages[0]?.attributes).toEqual({ type: 'order-placed', orderId: 'SO-1', location: 'main' });
    expect(messages[1]?.attributes).toEqual({ type: 'allocated', orderId: 'SO-1' });
    expect(new Set(messages.map(({ group }) => group))).toEqual(new Set(['SO-1']));
    expect(new Set(messages.map(({ deduplicationId }) => deduplicationId)).size).toBe(4);
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
  });

  it('names no customer, and nobody who works here', async () => {
    await stock(services, 'MUG', 2);
    await reserve(services, await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId: 'SO-1' }));
    await cancelOrder({ ...services, actor: 'Ida in the office' }, 'SO-1');

    const said = JSON.stringify(await messagesOf('SO-1'));

    expect(said).toContain('"cancelled"');
    expect(said).not.toMatch(/Zoë|zoe@|Am Markt|28195|Ida/);
  });

  it('is the same each time that it is told', async () => {
    await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId: 'SO-1' });
    const [row] = await timelineOf('SO-1');
    const { topic, sent } = listener();

    for (let i = 0; i < 2; i++) if (row) await publishEvent(topic, row);

    expect(sent).toHaveLength(2);
    expect(sent[0]).toEqual(sent[1]);
  });

  it('is what was written, not what was changed or taken away later', async () => {
    await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId: 'SO-1' });
    const [row] = await timelineOf('SO-1');
    const { topic, sent } = listener();
    const react = recordChanged(services, { events: topic } as Topics);
    const change = { pk: row?.pk ?? '', sk: row?.sk ?? '', sequenceNumber: '1' };

    await react([{ ...change, isNew: false, before: row, after: row }]);
    await react([{ ...change, isNew: false, before: row, after: undefined }]);
    expect(sent).toEqual([]);

    await react([{ ...change, isNew: true, before: undefined, after: row }]);
    expect(sent).toHaveLength(1);
  });
});

describe('an order whose event the topic does not take', () => {
  it('is told of it again before anything later, while other orders are told of theirs', async () => {
    await stock(services, 'MUG', 9);
    for (const orderId of ['SO-1', 'SO-2']) {
      await reserve(services, await place(services, [{ sku: 'MUG', quantity: 2 }], { orderId }));
      await cancelOrder(services, orderId);
    }
    const records = await recordsOf('SO-1', 'SO-2');
    let attempts = 0;
    const { topic, sent } = listener((message) => {
      if (typeOf(message) !== 'allocated' || message.group !== 'SO-1') return;
      if (attempts++ < 2) throw new Error('throttled, for the test');
    });
    const handler = onChanges(recordChanged(services, { events: topic } as Topics));

    const first = await handler({ Records: records });
    expect(first).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceOf(records, 1) }] });
    expect(sent.filter(({ group }) => group === 'SO-1').map(typeOf)).toEqual(['order-placed']);
    expect(sent.filter(({ group }) => group === 'SO-2').map(typeOf)).toEqual([
      'order-placed',
      'allocated',
      'cancelled',
    ]);

    // Lambda delivers the rest of the batch again.
    await handler({ Records: records.slice(1) });
    await handler({ Records: records.slice(1) });
    const told = sent.filter(({ group }) => group === 'SO-1').map(typeOf);
    expect(told).toEqual(['order-placed', 'allocated', 'cancelled']);
  });
});

describe('the document of the events', () => {
  const page = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');
  const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) => JSON.parse(json) as object);

  it('has the schema in docs/events.schema.json beside it', async () => {
    const schema = z.toJSONSchema(OrderEvent, { io: 'input' });
    await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot('../../docs/events.schema.json');
  });

  it('shows an example of each type, as it would be sent', () => {
    expect(examples.map((example) => OrderEvent.parse(example))).toEqual(examples);
    const types = Object.values(PUBLISHED_AS).filter((type) => type !== null);
    expect(new Set(examples.map((example) => OrderEvent.parse(example).type))).toEqual(new Set(types));
  });
});
