import type { Accounts } from './model/accounts.ts';
import type { Action } from './scenario.ts';
import { type Answer, ApiClient } from './world/api-client.ts';
import type { World } from './world/world.ts';

type Of<Kind extends Action['kind']> = Extract<Action, { kind: Kind }>;

export interface Play {
  readonly world: World;
  readonly accounts: Accounts;
}

const LOCATION = 'main';
const SHIP_TO = { name: 'Zoë Müller', line1: 'Am Markt 1', city: 'Bremen', postalCode: '28195', country: 'DE' };
const CUSTOMER = { name: 'Zoë Müller', email: 'zoe@example.com' };

/** The order that an action places. */
function orderIdOf(action: number): string {
  return `O${action}`;
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
    case 'sweep':
      await world.sweep();
      return;
    case 'kill':
      world.tell(`the engine is killed, and loses ${action.lost} records`);
      world.kill(action.lost);
  }
}

async function putItem(client: ApiClient, { sku, policy, limit, reorderPoint }: Of<'item'>): Promise<void> {
  await client.write('PUT', `/items/${sku}`, {
    title: sku,
    weightGrams: 180,
    dimensionsMm: { length: 120, width: 90, height: 85 },
    unitCostMinor: 420,
    currency: 'EUR',
    leadTimeDays: 14,
    backorders: { policy, ...(limit !== undefined && { limit }) },
    reorderPoint,
    bin: 'A-01-1',
  });
}

async function receive(client: ApiClient, accounts: Accounts, { id, units }: Of<'receive'>): Promise<void> {
  const receipt = { reference: `R${id}`, units, accepted: false };
  accounts.receipts.push(receipt);
  const { sku, quantity } = units;
  const answer = await client.write('POST', `/stock/${sku}/receipts`, { quantity, reference: receipt.reference });
  receipt.accepted = isDone(answer);
}

/** Somebody looks what should be there, and finds more or less. */
async function count(client: ApiClient, { sku, off }: Of<'count'>): Promise<void> {
  const stock = await client.get(`/stock/${sku}`);
  if (!isDone(stock)) return;
  const counted = Math.max(0, stock.body.locations[0].onHand + off);
  await client.write('POST', `/stock/${sku}/counts`, { counted, reason: 'cycle count' });
}

async function place(client: ApiClient, accounts: Accounts, action: Of<'place'>): Promise<void> {
  const order = documentOf(action);
  const account = { orderId: order.orderId, lines: action.lines, accepted: false };
  accounts.orders.push(account);
  account.accepted = isDone(await client.write('POST', '/orders', order));
}

/** Another order system starts the execution itself. */
async function handOver(world: World, accounts: Accounts, action: Of<'place'>): Promise<void> {
  const order = { ...documentOf(action), location: LOCATION };
  const account = { orderId: order.orderId, lines: action.lines, accepted: false };
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

function documentOf({ id, lines, ifShort, priority, waitDays }: Of<'place'>) {
  return { orderId: orderIdOf(id), customer: CUSTOMER, shipTo: SHIP_TO, lines, ifShort, priority, waitDays };
}

async function cancel(client: ApiClient, accounts: Accounts, { order }: Of<'cancel'>): Promise<void> {
  const orderId = orderIdOf(order);
  const answer = await client.write('POST', `/orders/${orderId}/cancel`);
  const account = accounts.orders.find((each) => each.orderId === orderId);
  if (account && isDone(answer)) account.cancelled ??= answer.body;
}

async function deliver(client: ApiClient, accounts: Accounts, { order }: Of<'deliver'>): Promise<void> {
  const shipmentId = `${orderIdOf(order)}-1`;
  const answer = await client.write('POST', `/shipments/${shipmentId}/deliver`);
  if (isDone(answer)) accounts.steps.push({ shipmentId, step: 'deliver' });
}

/** Customers and merchants look; what they see has to be an answer. */
async function look(client: ApiClient, { order }: Of<'look'>): Promise<void> {
  await client.get(`/orders/${orderIdOf(order)}`);
  await client.get('/orders');
  await client.get('/items');
  await client.get('/alerts');
}

interface WorkItem {
  readonly shipmentId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

async function work(
  world: World,
  client: ApiClient,
  accounts: Accounts,
  { id, stage, short }: Of<'work'>,
): Promise<void> {
  const random = world.random.fork(`work-${id}`);
  const list = await client.get(`/warehouse/work?stage=${stage}&limit=100`);
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
      if (stage !== 'pick' && isDone(answer)) accounts.steps.push({ shipmentId, step: stage });
    }),
  );
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
