import { allocate } from '../../core/backorders/allocate.ts';
import { openBackorder } from '../../core/backorders/split.ts';
import { OrderCancelled } from '../../core/orders/workflow-errors.ts';
import type { Services } from '../../core/platform/services.ts';
import { cancelOrder } from '../../core/reservations/cancel.ts';
import { releaseStock } from '../../core/reservations/release.ts';
import { reserveStock } from '../../core/reservations/reserve.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { countStock } from '../../core/warehouse/count.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { confirmShip } from '../../core/warehouse/ship.ts';
import { throughGate } from './at-once.ts';
import { everyOrder } from './every-order.ts';
import { type Role, rolesOf, SITUATION_NAMES, type Situation, type Situations } from './situations.ts';
import { Gate } from './world/gate.ts';

interface Deed {
  /** The shipments that it can be done to, in the state that their role says; none where it is done to the SKU. */
  readonly roles: readonly Role[];
  readonly act: (services: Services, at: Situation, role: Role) => Promise<unknown>;
}

const deeds = {
  receive: {
    roles: [],
    act: (services, { sku }) => receiveStock(services, sku, { quantity: 1, location: 'main' }),
  },
  reserve: {
    roles: ['placed', 'placedToo'],
    act: (services, { shipmentId, input }, role) =>
      reserveStock(services, { executionName: shipmentId(role), input: input(role) }),
  },
  allocate: { roles: [], act: (services, { sku }) => allocate(services, sku, 'main') },
  cancel: {
    roles: ['waiting', 'placed', 'partly', 'picking', 'shipping'],
    act: (services, { orderId }, role) => cancelOrder(services, orderId(role)),
  },
  'short pick': {
    roles: ['picking'],
    act: (services, { sku, shipmentId }, role) =>
      confirmPick(services, shipmentId(role), { lines: [{ sku, picked: 1 }] }),
  },
  count: {
    roles: [],
    act: (services, { sku, onHand }) =>
      countStock(services, sku, { counted: onHand - 1, location: 'main', reason: 'cycle count' }),
  },
  expire: {
    roles: ['waiting', 'partly'],
    act: (services, { shipmentId }, role) => releaseStock(services, { shipmentId: shipmentId(role), end: 'expired' }),
  },
  split: {
    roles: ['partly'],
    act: (services, { shipmentId }, role) =>
      openBackorder(services, { shipmentId: shipmentId(role) }).catch(unlessEnded),
  },
  ship: {
    roles: ['shipping'],
    act: (services, { shipmentId }, role) =>
      confirmShip(services, shipmentId(role), { carrier: 'DHL', trackingNumber: '1' }),
  },
} satisfies Record<string, Deed>;

function unlessEnded(error: unknown): void {
  if (!(error instanceof OrderCancelled)) throw error;
}

type DeedName = keyof typeof deeds;

interface Pair {
  readonly name: string;
  readonly deeds: readonly [DeedName, DeedName];
  readonly roles: readonly [Role, Role];
}

const names = Object.keys(deeds) as DeedName[];

/** Every deed with every other and with itself: to the same shipment where both can be done to it, otherwise to two. */
export const PAIRS: readonly Pair[] = names.flatMap((first, i) =>
  names.slice(i).flatMap((second) => pairsOf(first, second)),
);

function pairsOf(first: DeedName, second: DeedName): Pair[] {
  const ofFirst: readonly Role[] = deeds[first].roles;
  const ofSecond: readonly Role[] = deeds[second].roles;
  const shared = ofFirst.filter((role) => ofSecond.includes(role));
  const roles: [Role, Role][] = shared.map((role) => [role, role]);
  const [mine = 'placed'] = ofFirst;
  const another = ofSecond.find((role) => role !== mine) ?? ofSecond[0] ?? 'placed';
  if (shared.length === 0 || mine !== another) roles.push([mine, another]);
  return roles.map(([a, b]) => {
    const target = a === b && shared.length > 0 ? ` (the ${a} shipment)` : '';
    return { name: `${first} and ${second}${target}`, deeds: [first, second], roles: [a, b] };
  });
}

/** Does both at once in every order of their calls, in each situation; says in how many orders. @throws where a promise is broken */
export async function interleave(situations: Situations, { deeds: pair, roles }: Pair): Promise<number> {
  let orders = 0;
  for (const name of SITUATION_NAMES) {
    const isThere = pair.every((deed, i) => deeds[deed].roles.length === 0 || rolesOf(name).includes(roles[i] as Role));
    if (!isThere) continue;
    orders += await everyOrder(async (choose) => {
      const situation = await situations.make(name);
      const gate = new Gate();
      const both = pair.map((deed, i) => {
        const services = situation.servicesOf(`${deed} ${i}`, (caller, client) => gate.guard(caller, client));
        return deeds[deed].act(services, situation, roles[i] as Role);
      });
      const path = await throughGate(gate, choose, both);
      if (path === undefined) return;
      await situation.check(`${name}: ${path}`);
    });
  }
  return orders;
}
