import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeExecutionCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { ApiClient, OrderRequest } from '../api-client.ts';

/** A Fillrate to walk through, wherever it runs. */
export interface JourneySystem {
  /** The API, as an order system, a warehouse and a merchant may call it. */
  readonly callers: Readonly<Record<'orderSystem' | 'warehouse' | 'merchant', ApiClient>>;
  readonly executions: SFNClient;
  readonly stateMachineArn: string;
  /** What the merchant was told so far, one message each. */
  alerts(): Promise<readonly string[]>;
  /** What other systems were told of orders so far, in the order in which they were told. */
  events(): Promise<readonly ToldEvent[]>;
}

export interface ToldEvent {
  readonly type: string;
  readonly orderId: string;
}

export interface Story {
  /** A sentence about the business. */
  readonly name: string;
  /** Whether it rests on the name of an error that a function throws, which not every emulator passes on. */
  readonly needsErrorNames?: boolean;
  /** @throws where the sentence is not true of the system. */
  walk(): Promise<void>;
}

/** A cold start, a stream that is read once a second and a busy machine together stay well below it. */
const PATIENCE_MS = 30_000;
const LOOK_AGAIN_MS = 100;
const REORDER_POINT = 5;

/**
 * From placing an order to the parcel leaving the house, in stock and not, told and cancelled: what has to be true of Fillrate wherever
 * it runs. The stories are walked in their order, and can be walked again on a system that has been in use, under another `mark`.
 *
 * @param mark what the ids of this walk begin with: letters and digits.
 */
export function journey(system: JourneySystem, mark: string): Story[] {
  const { orderSystem, warehouse, merchant } = system.callers;
  const mug = `${mark}-MUG`;
  const pan = `${mark}-PAN`;
  const inStock = `${mark}-IN-STOCK`;
  const short = `${mark}-SHORT`;
  const cancelled = `${mark}-CANCELLED`;
  const handedOver = `${mark}-ERP`;

  const statusOf = async (orderId: string) => (await orderSystem.order(orderId)).status;
  const reaches = (orderId: string, status: string) =>
    until(
      `${orderId} is ${status}`,
      () => statusOf(orderId),
      (found) => found === status,
    );
  const levelOf = async (sku: string) => {
    const { locations } = await orderSystem.stock(sku);
    const level = locations.find(({ location }) => location === 'main');
    return { available: level?.available, allocated: level?.allocated, backordered: level?.backordered };
  };
  const describe = (name: string) =>
    system.executions.send(new DescribeExecutionCommand({ executionArn: executionArn(system.stateMachineArn, name) }));
  const handOver = (name: string, input: object) =>
    system.executions.send(
      new StartExecutionCommand({ stateMachineArn: system.stateMachineArn, name, input: JSON.stringify(input) }),
    );
  const endsAs = (name: string, status: string) =>
    until(
      `the execution ${name} is ${status}`,
      async () => (await describe(name)).status,
      (found) => found === status,
    );

  /** Picks, packs and ships a shipment, each when its turn has come. */
  async function work(orderId: string, sku: string, quantity: number): Promise<void> {
    const shipmentId = `${orderId}-1`;
    await reaches(orderId, 'picking');
    await warehouse.confirmPick(shipmentId, { lines: [{ sku, picked: quantity }] });
    await reaches(orderId, 'packing');
    await warehouse.confirmPack(shipmentId, {});
    await reaches(orderId, 'shipping');
    await warehouse.confirmShip(shipmentId, { carrier: 'Journey Post', trackingNumber: shipmentId });
    await reaches(orderId, 'shipped');
  }

  return [
    {
      name: 'ships an order that is in stock',
      async walk() {
        await merchant.putItem(mug, { ...ITEM, reorderPoint: REORDER_POINT });
        await warehouse.receiveStock(mug, { quantity: 8 });
        await orderSystem.placeOrder(anOrder(inStock, mug, 4));
        await work(inStock, mug, 4);
        assert.deepEqual(await levelOf(mug), { available: 4, allocated: 0, backordered: 0 });
        await endsAs(`${inStock}-1`, 'SUCCEEDED');
      },
    },
    {
      name: 'warns the merchant once, before the shelf is empty',
      async walk() {
        const ofMug = async () => (await system.alerts()).filter((alert) => alert.includes(mug)).length;
        assert.equal(await until('the merchant is warned', ofMug, (count) => count > 0), 1);
      },
    },
    {
      name: 'lets an order wait with a promised date, and ships it when its units have come',
      async walk() {
        await merchant.putItem(pan, ITEM);
        const arrival = `${mark}-PO-1`;
        const lines = [{ sku: pan, quantity: 3 }];
        await warehouse.announceInbound({ inboundShipmentId: arrival, expectedAt: inDays(7), lines });
        await orderSystem.placeOrder(anOrder(short, pan, 2));
        await reaches(short, 'backordered');
        const promised = async () => (await orderSystem.order(short)).shipments[0]?.promisedAt ?? undefined;
        const date = await until('a date is promised', promised, (found) => found !== undefined);
        assert.ok(date !== undefined && Date.parse(date) > Date.now(), `promised for ${date}`);
        assert.deepEqual(await levelOf(pan), { available: 0, allocated: 0, backordered: 2 });

        await warehouse.receiveInbound(arrival, { lines });
        await work(short, pan, 2);
        assert.deepEqual(await levelOf(pan), { available: 1, allocated: 0, backordered: 0 });
      },
    },
    {
      name: 'gives back the units of an order that is cancelled while it is picked',
      async walk() {
        await orderSystem.placeOrder(anOrder(cancelled, mug, 1));
        await reaches(cancelled, 'picking');
        await orderSystem.cancelOrder(cancelled);
        await reaches(cancelled, 'cancelled');
        await endsAs(`${cancelled}-1`, 'SUCCEEDED');
        assert.deepEqual(await levelOf(mug), { available: 4, allocated: 0, backordered: 0 });
      },
    },
    {
      name: 'walks a whole order that another system hands to StartExecution, up to its end',
      async walk() {
        await handOver(handedOver, { order: anOrder(handedOver, mug, 1) });
        await until(
          `${handedOver} is there`,
          () => statusOf(handedOver).catch(() => undefined),
          (status) => status !== undefined,
        );
        await handOver(`${handedOver}-again`, { order: anOrder(handedOver, mug, 1) });
        await endsAs(`${handedOver}-again`, 'SUCCEEDED');
        await work(handedOver, mug, 1);
        await endsAs(handedOver, 'SUCCEEDED');
        assert.deepEqual(await levelOf(mug), { available: 3, allocated: 0, backordered: 0 });
      },
    },
    {
      name: 'fails an execution whose input is no order, with the field that is wrong',
      needsErrorNames: true,
      async walk() {
        const name = `${mark}-NONSENSE`;
        await handOver(name, { order: anOrder(name, mug, 0) });
        await endsAs(name, 'FAILED');
        const { error, cause } = await describe(name);
        assert.equal(error, 'InvalidInput');
        assert.match(cause ?? '', /quantity/);
        await assert.rejects(statusOf(name), { status: 404 });
      },
    },
    {
      name: 'tells other systems what happened to each order, in its order',
      async walk() {
        const told = (orderId: string) => async () => {
          const events = await system.events();
          return [...new Set(events.filter((event) => event.orderId === orderId).map(({ type }) => type))];
        };
        const hears = (orderId: string, types: string[]) =>
          until(`${orderId}: ${types.join(', ')} are told`, told(orderId), (found) => found.join() === types.join());
        await hears(inStock, ['order-placed', 'allocated', 'shipped']);
        await hears(short, ['order-placed', 'backordered', 'promised', 'allocated', 'shipped']);
        await hears(cancelled, ['order-placed', 'allocated', 'cancelled']);
        await hears(handedOver, ['order-placed', 'allocated', 'shipped']);
      },
    },
  ];
}

const ITEM = {
  title: 'Enamel mug',
  weightGrams: 180,
  dimensionsMm: { length: 120, width: 90, height: 85 },
  unitCostMinor: 420,
  currency: 'EUR',
  leadTimeDays: 14,
  backorders: { policy: 'allow' as const },
  reorderPoint: 0,
  bin: 'A-01-1',
};

function anOrder(orderId: string, sku: string, quantity: number): OrderRequest {
  return {
    orderId,
    customer: { name: 'Zoë Müller', email: 'zoe@example.com' },
    shipTo: { name: 'Zoë Müller', line1: 'Am Markt 1', city: 'Bremen', postalCode: '28195', country: 'DE' },
    lines: [{ sku, quantity }],
  };
}

function inDays(days: number): string {
  return new Date(Date.now() + days * 24 * 3600 * 1000).toISOString();
}

/** The ARN of an execution that was started on a state machine, or on a version or alias of it. */
function executionArn(stateMachineArn: string, name: string): string {
  const [arn, partition, service, region, account, , machine] = stateMachineArn.split(':');
  return [arn, partition, service, region, account, 'execution', machine, name].join(':');
}

/**
 * Reads until what is read is accepted, and answers it.
 *
 * @throws Error saying what was awaited and what was found instead.
 */
async function until<Found>(
  what: string,
  read: () => Promise<Found>,
  isAccepted: (found: Found) => boolean,
): Promise<Found> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await read();
    if (isAccepted(found)) return found;
    if (Date.now() > deadline) {
      throw new Error(`Waited ${PATIENCE_MS / 1000} s until ${what}; found ${JSON.stringify(found)}`);
    }
    await sleep(LOOK_AGAIN_MS);
  }
}
