import { DescribeExecutionCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, expect, it } from 'vitest';
import { placeOrder } from '../../core/orders/place.ts';
import { ApiClient } from '../../local/api-client.ts';
import { clientConfig } from '../../local/client-config.ts';
import { executionArn } from '../../local/engine/names.ts';
import { startFillrate } from '../../local/fillrate.ts';
import { Robot } from '../../local/robot.ts';
import { anItem, anOrder, countersOf, expectAuditToPass } from '../support/services.ts';
import { expectAllTold } from '../support/told.ts';

const fillrate = await startFillrate({});
const { services } = fillrate;
const api = new ApiClient(fillrate.endpoints.api);
const executions = new SFNClient(clientConfig(fillrate.endpoints.stepFunctions));
afterAll(() => fillrate.close());

const describeExecution = (name: string) =>
  executions.send(new DescribeExecutionCommand({ executionArn: executionArn('order-fulfillment', name) }));
const statusOf = async (orderId: string) => (await api.order(orderId)).status;

async function work() {
  const robot = new Robot(api);
  for (let round = 0; round < 4; round++) {
    await fillrate.settled();
    await robot.idle();
  }
  await robot.stop();
  await fillrate.settled();
}

async function stocked(units: number) {
  await api.putItem('MUG', anItem());
  if (units > 0) await api.receiveStock('MUG', { quantity: units });
}

it('lets an order that has waited as long as it may expire, and gives back what it held', async () => {
  await stocked(0);
  await api.putItem('PAN', anItem());
  await api.receiveStock('PAN', { quantity: 4 });
  const yesterday = { ...services, now: () => new Date(Date.now() - 48 * 3600 * 1000) };
  const lines = [
    { sku: 'PAN', quantity: 4 },
    { sku: 'MUG', quantity: 100 },
  ];
  await placeOrder(yesterday, anOrder(lines, { orderId: 'LATE', waitDays: 1 }));

  await expect.poll(() => statusOf('LATE'), { timeout: 10_000 }).toBe('expired');
  await expect.poll(async () => (await describeExecution('LATE-1')).status).toBe('SUCCEEDED');
  expect(await countersOf(services, 'PAN')).toEqual({ available: 4, allocated: 0, backordered: 0 });
  await expectAuditToPass(services);
});

it('sends what is there and lets the rest follow in a shipment of its own', async () => {
  await api.putItem('CUP', anItem());
  await api.receiveStock('CUP', { quantity: 2 });
  await api.placeOrder(anOrder([{ sku: 'CUP', quantity: 5 }], { orderId: 'SPLIT', ifShort: 'split' }));
  await work();
  expect(await statusOf('SPLIT')).toBe('partially-shipped');

  await api.receiveStock('CUP', { quantity: 3 });
  await work();

  const order = await api.order('SPLIT');
  expect(order.status).toBe('shipped');
  expect(order.shipments.map(({ shipmentId }) => shipmentId)).toEqual(['SPLIT-1', 'SPLIT-2']);
  expect(order.lines).toMatchObject([{ sku: 'CUP', quantity: 5, shipped: 5 }]);
});

it('sends a shipment that was picked short back to wait, and picks it again when units have come', async () => {
  await api.putItem('POT', anItem());
  await api.receiveStock('POT', { quantity: 2 });
  await api.placeOrder(anOrder([{ sku: 'POT', quantity: 2 }], { orderId: 'SHORT' }));
  await fillrate.settled();
  await api.confirmPick('SHORT-1', { lines: [{ sku: 'POT', picked: 1 }] });
  await fillrate.settled();
  expect(await statusOf('SHORT')).toBe('backordered');

  await api.receiveStock('POT', { quantity: 1 });
  await work();

  expect(await statusOf('SHORT')).toBe('shipped');
  expect(await countersOf(services, 'POT')).toEqual({ available: 0, allocated: 0, backordered: 0 });
  await expectAuditToPass(services);
});

it('cancels an order while it waits, while it is picked, and before anybody has looked at it', async () => {
  await api.putItem('JUG', anItem());
  await api.receiveStock('JUG', { quantity: 1 });
  const cancel = (orderId: string) => fetch(`${fillrate.endpoints.api}/orders/${orderId}/cancel`, { method: 'POST' });
  await api.placeOrder(anOrder([{ sku: 'JUG', quantity: 1 }], { orderId: 'PICKING' }));
  await fillrate.settled();
  await api.placeOrder(anOrder([{ sku: 'JUG', quantity: 1 }], { orderId: 'WAITING' }));
  await fillrate.settled();
  await api.placeOrder(anOrder([{ sku: 'JUG', quantity: 1 }], { orderId: 'AT-ONCE' }));
  for (const orderId of ['AT-ONCE', 'WAITING', 'PICKING']) expect((await cancel(orderId)).status).toBe(200);
  await fillrate.settled();

  for (const orderId of ['AT-ONCE', 'WAITING', 'PICKING']) {
    expect(await statusOf(orderId)).toBe('cancelled');
    await expect.poll(async () => (await describeExecution(`${orderId}-1`)).status).toBe('SUCCEEDED');
  }
  expect(await countersOf(services, 'JUG')).toEqual({ available: 1, allocated: 0, backordered: 0 });
  await expectAuditToPass(services);
});

it('leaves the books right when an operator stops an execution by hand', async () => {
  await api.putItem('BOWL', anItem());
  await api.receiveStock('BOWL', { quantity: 1 });
  await api.placeOrder(anOrder([{ sku: 'BOWL', quantity: 1 }], { orderId: 'STOPPED' }));
  await fillrate.settled();
  await executions.send(new StopExecutionCommand({ executionArn: executionArn('order-fulfillment', 'STOPPED-1') }));
  await fetch(`${fillrate.endpoints.api}/orders/STOPPED/cancel`, { method: 'POST' });
  await fillrate.settled();

  expect(await statusOf('STOPPED')).toBe('cancelled');
  expect(await countersOf(services, 'BOWL')).toEqual({ available: 1, allocated: 0, backordered: 0 });
  await expectAuditToPass(services);
});

it('has told other systems all that happened here, once, and of each shipment in its order', async () => {
  await fillrate.settled();
  const messages = fillrate.events();

  expect(new Set(messages.map(({ deduplicationId }) => deduplicationId)).size).toBe(messages.length);
  await expectAllTold(services.table, messages);
});
