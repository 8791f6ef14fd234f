import { MAX_WAIT_DAYS } from '../../core/orders/schema.ts';
import type { FaultRates } from './world/faults.ts';
import { NO_FAULTS } from './world/faults.ts';
import { Random } from './world/random.ts';
import { GOOD_HABITS } from './world/stream-lanes.ts';
import { CALM, type Weather } from './world/world.ts';

export interface Units {
  readonly sku: string;
  readonly quantity: number;
}

/** Which of those that there are then: 0 the newest, 1 the one before it, and so on; the oldest where there are not so many. */
type Recency = number;

/** What somebody does, with everything that was drawn for it: taking another action away changes nothing here. */
type Deed =
  | {
      readonly kind: 'item';
      readonly sku: string;
      readonly location: string;
      readonly policy: 'allow' | 'deny';
      readonly limit?: number;
      readonly reorderPoint: number;
    }
  | { readonly kind: 'receive'; readonly units: Units; readonly location: string }
  | { readonly kind: 'count'; readonly sku: string; readonly location: string; readonly off: number }
  | {
      readonly kind: 'place';
      readonly lines: readonly Units[];
      readonly location: string;
      readonly ifShort: 'wait' | 'split' | 'cancel';
      readonly priority: number;
      readonly waitDays: number;
      /** By StartExecution, past the API. */
      readonly handedOver: boolean;
    }
  | { readonly kind: 'cancel'; readonly order: number }
  | { readonly kind: 'deliver'; readonly shipped: Recency }
  | { readonly kind: 'delay'; readonly shipped: Recency }
  | { readonly kind: 'look'; readonly order: number }
  | {
      readonly kind: 'announce';
      readonly lines: readonly Units[];
      readonly location: string;
      readonly inDays: number;
    }
  | { readonly kind: 'move'; readonly inbound: number; readonly byDays: number }
  /** Some of it, all of it, or more, of one of its lines or, where there is none of this number, of all; `complete` says that this was all. */
  | {
      readonly kind: 'arrive';
      readonly inbound: number;
      readonly line: number;
      readonly quantity: number;
      readonly complete: boolean;
    }
  | { readonly kind: 'call-off'; readonly inbound: number }
  /** The customer takes what is there, or goes on waiting. */
  | { readonly kind: 'split' | 'wait'; readonly waiting: Recency }
  /** The link by which a customer follows an order ends; another takes its place, or none. */
  | { readonly kind: 'link'; readonly order: number; readonly another: boolean }
  | { readonly kind: 'priority'; readonly order: number; readonly priority: number }
  | { readonly kind: 'return'; readonly shipped: Recency; readonly sellable: boolean }
  /** A shift of the warehouse: everything that is listed is confirmed, some of it short. */
  | {
      readonly kind: 'work';
      readonly stage: 'pick' | 'pack' | 'ship';
      readonly location: string;
      readonly short: number;
    }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'kill'; readonly lost: number }
  /** Somebody stops one of the executions that run. */
  | { readonly kind: 'stop'; readonly running: Recency }
  /** Everybody stops, faults too, until nothing goes on by itself: then the books are compared. */
  | { readonly kind: 'checkpoint' };

export type Action = Deed & {
  readonly id: number;
  /** Since the action before. */
  readonly afterMs: number;
};

export interface Scenario {
  readonly seed: string;
  readonly weather: Weather;
  readonly actions: readonly Action[];
}

/** Four worlds in ten have two warehouses. */
export const LOCATIONS = ['main', 'north'];

/** What no healthy world has. */
export const VIOLENT: ReadonlySet<Action['kind']> = new Set<Action['kind']>(['kill', 'stop']);

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Everything that happens from outside, drawn from the seed: about so many orders, and what comes with them. */
export function scenarioOf(seed: string, orders: number): Scenario {
  const random = new Random(`scenario/${seed}`);
  const skus = ['MUG', 'BOWL', 'JUG'].slice(0, random.between(1, 3));
  const locations = LOCATIONS.slice(0, random.chance(0.6) ? 1 : 2);
  const deeds = locations.flatMap((location) => skus.map((sku) => item(random, sku, location)));
  const placed: number[] = [];
  const announced: number[] = [];
  const rate = random.between(2, 6) / 4;
  for (let next = deeds.length; placed.length < orders; next = deeds.length) {
    const deed = draw(random, { skus, locations, placed, announced }, rate);
    if (deed.kind === 'place') placed.push(next);
    if (deed.kind === 'announce') announced.push(next);
    deeds.push(deed);
    if (deeds.length % 100 === 0) deeds.push({ kind: 'checkpoint' });
  }
  const weather = weatherOf(random);
  const actions = deeds.map((deed, id) => ({ ...deed, id, afterMs: pauseBefore(random, deed) }));
  // In a healthy world the sweeper has nothing to do, which only shows where nothing is killed.
  return { seed, weather, actions: actions.filter(({ kind }) => weather !== CALM || !VIOLENT.has(kind)) };
}

interface Known {
  readonly skus: readonly string[];
  readonly locations: readonly string[];
  /** The actions that place orders and announce inbound shipments. */
  readonly placed: readonly number[];
  readonly announced: readonly number[];
}

/** What happens around here, most often first. `rate` is how much comes for what is ordered. */
function draw(random: Random, { skus, locations, placed, announced }: Known, rate: number): Deed {
  const order = oneOf(random, placed);
  const inbound = oneOf(random, announced);
  const location = random.pick(locations);
  const kind = random.weighted({
    place: 34,
    work: 30,
    receive: 7 * rate,
    arrive: 5 * rate,
    announce: 4 * rate,
    cancel: 5,
    deliver: 4,
    look: 3,
    move: 3,
    split: 5,
    priority: 2,
    count: 2,
    return: 4,
    sweep: 2,
    wait: 1,
    link: 1,
    delay: 1,
    'call-off': 1,
    item: 1,
    kill: 1,
    stop: 1,
  });
  switch (kind) {
    case 'place':
      return place(random, skus, location);
    case 'receive':
      return { kind, units: { sku: random.pick(skus), quantity: random.between(1, 12) }, location };
    case 'work':
      return { kind, stage: random.pick(['pick', 'pack', 'ship']), location, short: random.chance(0.3) ? 0.3 : 0 };
    case 'announce':
      return {
        kind,
        lines: announcedLines(random, skus),
        location,
        inDays: random.between(1, 40),
      };
    case 'move':
      return { kind, inbound, byDays: random.between(-20, 40) };
    case 'arrive':
      return {
        kind,
        inbound,
        line: random.between(0, 2),
        quantity: random.between(1, 15),
        complete: random.chance(0.5),
      };
    case 'call-off':
      return { kind, inbound };
    case 'link':
      return { kind, order, another: random.chance(0.6) };
    case 'priority':
      return { kind, order, priority: random.between(0, 9) };
    case 'deliver':
    case 'delay':
      return { kind, shipped: random.between(0, 9) };
    case 'return':
      return { kind, shipped: random.between(0, 9), sellable: random.chance(0.7) };
    case 'split':
    case 'wait':
      return { kind, waiting: random.between(0, 9) };
    case 'count':
      return { kind, sku: random.pick(skus), location, off: random.between(-3, 2) };
    case 'item':
      return item(random, random.pick(skus), location);
    case 'stop':
      return { kind, running: random.between(0, 9) };
    case 'kill':
      return { kind, lost: random.between(0, 3) };
    case 'sweep':
      return { kind };
    default:
      return { kind, order };
  }
}

/** One of the newest, most often; -1 where there is none yet. */
function oneOf(random: Random, actions: readonly number[]): number {
  if (actions.length === 0) return -1;
  return random.pick(random.chance(0.7) ? actions.slice(-6) : actions);
}

function place(random: Random, skus: readonly string[], location: string): Deed {
  const lines = Array.from({ length: random.chance(0.5) ? 1 : random.between(2, 4) }, () => ({
    sku: random.chance(0.02) ? 'NOSUCH' : random.pick(skus),
    quantity: random.chance(0.9) ? random.between(1, 4) : random.between(5, 12),
  }));
  return {
    kind: 'place',
    lines,
    location,
    ifShort: random.weighted({ wait: 5, split: 4, cancel: 1 }),
    priority: random.chance(0.7) ? 5 : random.between(0, 9),
    waitDays: random.chance(0.7) ? random.between(1, 30) : random.between(31, MAX_WAIT_DAYS),
    handedOver: random.chance(0.08),
  };
}

/** Of one SKU most often, of each at most once. */
function announcedLines(random: Random, skus: readonly string[]): Units[] {
  const first = random.pick(skus);
  const others = skus.filter((sku) => sku !== first && random.chance(0.3));
  return [first, ...others].map((sku) => ({ sku, quantity: random.between(1, 15) }));
}

function item(random: Random, sku: string, location: string): Deed {
  const policy = random.chance(0.9) ? 'allow' : 'deny';
  const limit = policy === 'allow' && random.chance(0.3) ? { limit: random.between(5, 40) } : {};
  return { kind: 'item', sku, location, policy, ...limit, reorderPoint: random.between(0, 12) };
}

/** Most things happen close together; now and then days go by. */
function pauseBefore(random: Random, { kind }: Deed): number {
  if (kind === 'checkpoint') return SECOND_MS;
  const pause = random.weighted({ none: 30, short: 40, minutes: 20, hours: 6, days: 4 });
  switch (pause) {
    case 'none':
      return random.between(0, 20);
    case 'short':
      return random.between(20, 3 * SECOND_MS);
    case 'minutes':
      return random.between(3 * SECOND_MS, 20 * MINUTE_MS);
    case 'hours':
      return random.between(HOUR_MS, DAY_MS);
    case 'days':
      return random.between(DAY_MS, 25 * DAY_MS);
  }
}

/** Some worlds are healthy, most are not quite, some are in a storm. */
function weatherOf(random: Random): Weather {
  const state = random.weighted({ calm: 2, fair: 5, storm: 3 });
  if (state === 'calm') return CALM;
  const share = state === 'fair' ? 0.003 : 0.02;
  const rates = Object.fromEntries(Object.keys(NO_FAULTS).map((kind) => [kind, random.fraction() * 2 * share]));
  const stream = Object.fromEntries(Object.keys(GOOD_HABITS).map((kind) => [kind, random.fraction() * 5 * share]));
  return { faults: rates as FaultRates, stream: stream as unknown as Weather['stream'] };
}
