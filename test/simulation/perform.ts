import type { Accounts } from './model/accounts.ts';
import type { Action, Units } from './scenario.ts';
import { type Answer, ApiClient } from './world/api-client.ts';
import type { World } from './world/world.ts';

type Of<Kind extends Action['kind']> = Extract<Action, { kind: Kind }>;

export interface Play {
  readonly world: World;
  readonly accounts: Accounts;
}

const SHIP_TO = { name: 'Zoë Müller', line1: 'Am Markt 1', city: 'Bremen', postalCode: '28195', country: 'DE' };
const CUSTOMER = { name: 'Zoë Müller', email: 'zoe@example.com' };

const WHY = { reason: 'supplier' };
const DAY_MS = 24 * 3600 * 1000;

/** The order that an action places. */
function orderIdOf(action: number): string {
  return `O${action}`;
}

/** The inbound shipment that an action announces. */
function inboundIdOf(action: number): string {
  return `I${action}`;
}

/** Does what an action says, as whoever does it outside would: until there is an answer, or patience ends. */
export async function perform({ world, accounts }: Play, action: Action): Promise<void> {
  const client = new ApiClient(world, `${action.kind}-${action.id}`);
  switch (action.kind) {
    case 'item':
      return putItem(client, action);
    case 'receive':
      return receive(client, accounts, action);
    case 'count':
      return count(client, action);
    case 'place':
      return action.handedOver ? handOver(world, accounts, action) : place(client, accounts, action);
    case 'cancel':
      return cancel(client, accounts, action);
    case 'deliver':
      return deliver(client, accounts, action);
    case 'look':
      return look(client, action);
    case 'work':
      return work(world, client, accounts, action);
    case 'announce':
      return announce(world, client, action);
    case 'move':
      return move(world, client, action);
    case 'arrive':
      return arrive(world, client, accounts, action);
    case 'call-off':
      return void (await client.write('POST', `/inbound-shipments/${inboundIdOf(action.inbound)}/cancel`, WHY));
    case 'split':
    case 'wait':
      return choose(client, action);
    case 'link':
      return replaceLink(world, client, action);
    case 'priority':
      return reprioritize(client, action);
    case 'return':
      return giveBack(client, accounts, action);
    case 'delay':
      return delay(world, client, accounts, action);
    case 'sweep':
      await world.sweep();
      return;
    case 'stop':
      return stop(world, accounts, action);
    case 'kill':
      world.tell(`the engine is killed, and loses ${action.lost} records`);
      world.kill(action.lost);
  }
}

async function putItem(client: ApiClient, action: Of<'item'>): Promise<void> {
  const { sku, location, policy, limit, reorderPoint } = action;
  await client.write('PUT', `/items/${sku}`, {
    title: sku,
    weightGrams: 180,
    dimensionsMm: { length: 120, width: 90, height: 85 },
    unitCostMinor: 420,
    currency: 'EUR',
    leadTimeDays: 14,
    location,
    backorders: { policy, ...(limit !== undefined && { limit }) },
    reorderPoint,
    bin: 'A-01-1',
  });
}

async function receive(client: ApiClient, accounts: Accounts, action: Of<'receive'>): Promise<void> {
  const { id, units, location } = action;
  const receipt = { reference: `R${id}`, units, accepted: false };
  accounts.receipts.push(receipt);
  const { sku, quantity } = units;
  const { reference } = receipt;
  const answer = await client.write('POST', `/stock/${sku}/receipts`, { quantity, location, reference });
  receipt.accepted = isDone(answer);
}

/** Somebody looks what should be there, and finds more or less. */
async function count(client: ApiClient, { sku, location, off }: Of<'count'>): Promise<void> {
  const stock = await client.get(`/stock/${sku}`);
  if (!isDone(stock)) return;
  const here = stock.body.locations.find((level: { location: string }) => level.location === location);
  if (!here) return;
  const counted = Math.max(0, here.onHand + off);
  await client.write('POST', `/stock/${sku}/counts`, { counted, location, reason: 'cycle count' });
}

async function place(client: ApiClient, accounts: Accounts, action: Of<'place'>): Promise<void> {
  const order = documentOf(action);
  const account = { ...order, accepted: false };
  accounts.orders.push(account);
  account.accepted = isDone(await client.write('POST', '/orders', order));
}

/** Another order system starts the execution itself. */
async function handOver(world: World, accounts: Accounts, action: Of<'place'>): Promise<void> {
  const order = documentOf(action);
  const account = { ...order, accepted: false };
  accounts.orders.push(account);
  const name = `place-${action.id}`;
  for (let tries = 1; tries <= 3 && !account.accepted; tries++) {
    account.accepted = await world.startExecution(`${name} try ${tries}`, order.orderId, { order }).then(
      () => true,
      () => false,
    );
    world.tell(`${name}: StartExecution ${JSON.stringify(order.lines)} → ${account.accepted ? 'started' : 'unknown'}`);
    if (!account.accepted) await world.timeline.sleep(1000);
  }
}

function documentOf({ id, lines, location, ifShort, priority, waitDays }: Of<'place'>) {
  const orderId = orderIdOf(id);
  return { orderId, customer: CUSTOMER, shipTo: SHIP_TO, lines, location, ifShort, priority, waitDays };
}

async function cancel(client: ApiClient, accounts: Accounts, { order }: Of<'cancel'>): Promise<void> {
  const orderId = orderIdOf(order);
  const answer = await client.write('POST', `/orders/${orderId}/cancel`);
  const account = accounts.orders.find((each) => each.orderId === orderId);
  if (account && isDone(answer)) account.cancelled ??= answer.body;
}

async function deliver(client: ApiClient, accounts: Accounts, { shipped }: Of<'deliver'>): Promise<void> {
  const shipment = newestBut(shipped, accounts.shipped);
  if (!shipment) return;
  const { shipmentId } = shipment;
  const answer = await client.write('POST', `/shipments/${shipmentId}/deliver`);
  if (isDone(answer)) accounts.steps.push({ shipmentId, step: 'deliver' });
}

/** A customer who waits takes what is there, or says that he goes on waiting. */
async function choose(client: ApiClient, { kind, waiting }: Of<'split' | 'wait'>): Promise<void> {
  const list = await client.get('/orders?status=backordered&limit=10');
  if (!isDone(list)) return;
  const order = newestBut<{ orderId: string }>(waiting, list.body.items.toReversed());
  if (order) await client.write('POST', `/orders/${order.orderId}/${kind}`);
}

/** The last of them but so many; the first, where there are fewer. */
function newestBut<Thing>(count: number, things: readonly Thing[]): Thing | undefined {
  return things[Math.max(0, things.length - 1 - count)];
}

async function announce(world: World, client: ApiClient, action: Of<'announce'>): Promise<void> {
  const { id, lines, location, inDays } = action;
  const [inboundShipmentId, expectedAt] = [inboundIdOf(id), inSomeDays(world, inDays)];
  await client.write('POST', '/inbound-shipments', { inboundShipmentId, location, expectedAt, lines });
}

function inSomeDays(world: World, days: number): string {
  return new Date(world.timeline.nowMs + days * DAY_MS).toISOString();
}

async function move(world: World, client: ApiClient, { inbound, byDays }: Of<'move'>): Promise<void> {
  const body = { expectedAt: inSomeDays(world, byDays), reason: 'weather' };
  await client.write('PATCH', `/inbound-shipments/${inboundIdOf(inbound)}`, body);
}

/** Somebody reads on the papers what it is, and counts it. */
async function arrive(world: World, client: ApiClient, accounts: Accounts, action: Of<'arrive'>): Promise<void> {
  const { inbound, line, quantity, complete } = action;
  const reference = inboundIdOf(inbound);
  const announced = await client.get(`/inbound-shipments/${reference}`);
  if (!isDone(announced)) return;
  const skus: string[] = announced.body.lines.map(({ sku }: Units) => sku);
  const lines = (skus[line] ? [skus[line]] : skus).map((sku) => ({ sku, quantity }));
  const arrival = { reference, quantity: quantity * lines.length, accepted: false, isRefused: false };
  accounts.arrivals.push(arrival);
  const answer = await client.write('POST', `/inbound-shipments/${reference}/receive`, { lines, complete });
  arrival.accepted = isDone(answer);
  arrival.isRefused = answer !== undefined && !arrival.accepted;
  world.tell(`  ${quantity} of ${lines.map(({ sku }) => sku).join(' and of ')} have come with ${reference}`);
}

/** A customer's link has got into wrong hands. */
async function replaceLink(world: World, client: ApiClient, { order, another }: Of<'link'>): Promise<void> {
  const orderId = orderIdOf(order);
  const seen = await client.get(`/orders/${orderId}`);
  if (!isDone(seen) || !seen.body.links.track) return;
  const answer = await client.write(another ? 'POST' : 'DELETE', `/orders/${orderId}/track`);
  if (!isDone(answer)) return;
  const old = await client.get(seen.body.links.track);
  if (old && old.status !== 404) world.fail(new Error(`${orderId}: a link that has ended leads to ${old.status}`));
  if (!another) return;
  const now = await client.get(answer.body.links.track);
  // Somebody else may have ended it in the meantime.
  if (isDone(now) && now.body.orderId !== orderId)
    world.fail(new Error(`${orderId}'s link leads to ${now.body.orderId}`));
}

async function reprioritize(client: ApiClient, { order, priority }: Of<'priority'>): Promise<void> {
  await client.write('POST', `/orders/${orderIdOf(order)}/priority`, { priority, reason: 'a good customer' });
}

async function giveBack(client: ApiClient, accounts: Accounts, { shipped, sellable }: Of<'return'>): Promise<void> {
  const shipment = newestBut(shipped, accounts.shipped);
  if (!shipment) return;
  const { shipmentId, sku } = shipment;
  const lines = [{ sku, quantity: 1, sellable }];
  const back = { shipmentId, accepted: false, isRefused: false };
  accounts.returns.push(back);
  const answer = await client.write('POST', `/shipments/${shipmentId}/returns`, { lines, reason: 'wrong size' });
  back.accepted = isDone(answer);
  back.isRefused = answer !== undefined && !back.accepted;
}

async function delay(world: World, client: ApiClient, accounts: Accounts, { shipped }: Of<'delay'>): Promise<void> {
  const shipment = newestBut(shipped, accounts.shipped);
  if (!shipment) return;
  const body = { expectedAt: inSomeDays(world, 3), reason: 'weather' };
  await client.write('POST', `/shipments/${shipment.shipmentId}/delay`, body);
}

/** Customers and merchants look; what they see has to be an answer. */
async function look(client: ApiClient, { order }: Of<'look'>): Promise<void> {
  const seen = await client.get(`/orders/${orderIdOf(order)}`);
  if (isDone(seen) && seen.body.links.track) await client.get(seen.body.links.track);
  await client.get('/orders');
  await client.get('/items');
  await client.get('/alerts');
  await client.get('/inbound-shipments');
  await client.get('/stock/MUG?quantity=5');
}

interface WorkItem {
  readonly shipmentId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

async function work(
  world: World,
  client: ApiClient,
  accounts: Accounts,
  { id, stage, location, short }: Of<'work'>,
): Promise<void> {
  const random = world.random.fork(`work-${id}`);
  const list = await client.get(`/warehouse/work?stage=${stage}&location=${location}&limit=100`);
  if (!isDone(list)) return;
  await Promise.all(
    list.body.items.map(async (item: WorkItem) => {
      const { shipmentId } = item;
      const isShort = random.fork(shipmentId).chance(short);
      const answer = await client.write(
        'POST',
        `/shipments/${shipmentId}/${stage}`,
        found(item, stage, isShort),
        shipmentId,
      );
      if (stage === 'pick' || !isDone(answer)) return;
      accounts.steps.push({ shipmentId, step: stage });
      const [line] = item.lines;
      if (stage === 'ship' && line) accounts.shipped.push({ shipmentId, sku: line.sku });
    }),
  );
}

/** Somebody at the console takes an execution for one that hangs. */
async function stop(world: World, accounts: Accounts, { running }: Of<'stop'>): Promise<void> {
  const execution = newestBut(
    running,
    world.host.executions().filter(({ status }) => status === 'RUNNING'),
  );
  if (!execution) return;
  world.tell(`the execution ${execution.name} is stopped`);
  accounts.stopped.push(execution.name);
  await world.host.stopExecution(execution.name);
}

/** What the warehouse confirms. */
function found({ lines }: WorkItem, stage: 'pick' | 'pack' | 'ship', isShort: boolean): object {
  if (stage === 'pack') return {};
  if (stage === 'ship') return { carrier: 'DHL', trackingNumber: '1' };
  return {
    lines: lines.map(({ sku, quantity }, i) => ({ sku, picked: isShort && i === 0 ? quantity - 1 : quantity })),
  };
}

function isDone(answer: Answer | undefined): answer is Answer {
  return answer !== undefined && answer.status < 300;
}
