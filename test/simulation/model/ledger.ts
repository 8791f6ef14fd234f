import type { Changed, Commit, Row } from '../world/commits.ts';

/** A promise that was broken, as docs/promises.md names it, and how. */
export interface Breach {
  readonly promise: string;
  readonly detail: string;
}

interface Counters {
  available: number;
  allocated: number;
  backordered: number;
  incoming: number;
}

interface Level extends Counters {
  readonly where: string;
  /** How often it has come down to its reorder point. */
  crossings: number;
  isLow: boolean;
}

interface Place {
  readonly where: string;
  readonly sk: string;
  readonly shipmentId: string;
}

const COUNTERS = ['available', 'allocated', 'backordered', 'incoming'] as const;
/** Only these bring units into the house or take them out of it. */
const ACROSS_THE_DOORSTEP = ['receipt', 'return', 'count', 'write-off', 'ship'];
const ENDS = ['delivered', 'rejected', 'cancelled', 'expired', 'failed'];

/**
 * Looks at each commit on its own, in the order of the commits: who was in the queue before it, what it changed, and whether it
 * explained that. It keeps the queue and the levels as lists, and knows nothing of how the business comes to its decisions.
 */
export class Ledger {
  readonly levels: Level[] = [];
  readonly queue: Place[] = [];
  /** Of each shipment, the status that it has. */
  readonly statuses = new Map<string, string>();

  add(commit: Commit): Breach[] {
    const movements = commit.filter(({ sk, after }) => sk.startsWith('MOVE#') && after).map(({ after }) => after);
    const breaches = [
      ...movements.flatMap((movement) => this.#jumped(movement)),
      ...movements.flatMap(conjured),
      ...commit.flatMap((changed) => this.#unexplained(changed, movements)),
      ...commit.flatMap((changed) => this.#impossible(changed)),
    ];
    this.begin(commit);
    return breaches;
  }

  /** Takes note of what is there, and judges nothing. */
  begin(commit: Commit): void {
    for (const changed of commit) this.#keep(changed);
  }

  /** Whoever is given units is the first of those who wait. */
  #jumped({ sku, location, type, shipmentId, allocated }: Row): Breach[] {
    if (allocated <= 0) return [];
    const waiting = this.queue.filter(({ where }) => where === `${sku} at ${location}`);
    const first = waiting.sort((a, b) => (a.sk < b.sk ? -1 : 1))[0];
    const isFirst = type === 'allocate' && first?.shipmentId === shipmentId;
    if (isFirst || (type === 'reserve' && !first)) return [];
    const detail = `${shipmentId} was given ${allocated} of ${sku} (${type}) while ${first?.shipmentId ?? 'nobody'} was first`;
    return [{ promise: 'never jumped', detail }];
  }

  /** A level changes by exactly what the movements of the same commit say. */
  #unexplained({ sk, before, after }: Changed, movements: readonly Row[]): Breach[] {
    if (!sk.startsWith('STOCK#')) return [];
    const { sku, location } = after ?? before;
    const own = movements.filter((movement) => movement.sku === sku && movement.location === location);
    return COUNTERS.flatMap((counter) => {
      const change = (after?.[counter] ?? 0) - (before?.[counter] ?? 0);
      const explained = own.reduce((sum, movement) => sum + movement[counter], 0);
      if (change === explained) return [];
      const detail = `${counter} of ${sku} changed by ${change}, its movements say ${explained}`;
      return [{ promise: 'always explained', detail }];
    });
  }

  #impossible({ sk, before, after }: Changed): Breach[] {
    if (sk.startsWith('STOCK#')) {
      return COUNTERS.filter((counter) => after?.[counter] < 0).map((counter) => {
        return { promise: 'never oversold', detail: `${counter} of ${after.sku} is ${after[counter]}` };
      });
    }
    if (!sk.startsWith('SHIPMENT#') || !before || before.status === after?.status) return [];
    const mayGoOn = !ENDS.includes(before.status) && (before.status !== 'shipped' || after?.status === 'delivered');
    if (mayGoOn) return [];
    const detail = `${before.shipmentId} was ${before.status} and became ${after?.status}`;
    return [{ promise: 'never lost, never doubled', detail }];
  }

  #keep({ sk, before, after }: Changed): void {
    if (sk.startsWith('STOCK#')) this.#keepLevel(after);
    if (sk.startsWith('SHIPMENT#') && after) this.statuses.set(after.shipmentId, after.status);
    if (!sk.startsWith('WAIT#')) return;
    const { sku, location, shipmentId } = after ?? before;
    const where = `${sku} at ${location}`;
    const there = this.queue.findIndex((place) => place.where === where && place.sk === sk);
    if (there >= 0) this.queue.splice(there, 1);
    if (after) this.queue.push({ where, sk, shipmentId });
  }

  #keepLevel({ sku, location, reorderPoint, available, allocated, backordered, incoming }: Row): void {
    const where = `${sku} at ${location}`;
    const isLow = available + incoming - backordered <= reorderPoint;
    let level = this.levels.find((each) => each.where === where);
    if (!level) {
      level = { where, available: 0, allocated: 0, backordered: 0, incoming: 0, crossings: 0, isLow };
      this.levels.push(level);
    }
    const crossings = level.crossings + (isLow && !level.isLow ? 1 : 0);
    Object.assign(level, { available, allocated, backordered, incoming, isLow, crossings });
  }
}

/** Inside the house, units only change hands. */
function conjured({ sku, type, available, allocated }: Row): Breach[] {
  const onHand = available + allocated;
  if (onHand === 0 || ACROSS_THE_DOORSTEP.includes(type)) return [];
  return [{ promise: 'never oversold', detail: `a ${type} changed what is on hand of ${sku} by ${onHand}` }];
}
