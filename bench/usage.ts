/** What requests of one kind came to. */
export interface Usage {
  requests: number;
  /** Of them, those that DynamoDB refused: a condition that did not hold, or a conflict. */
  refused: number;
  readUnits: number;
  writeUnits: number;
}

/** One kind of request: what was asked, of which index, and by whom. */
export interface RequestKind {
  /** DynamoDB's name for it, such as `TransactWriteItems`. */
  readonly operation: string;
  readonly index?: string | undefined;
  /** The SDK client's app id: `api`, `workflow` or `stream`. */
  readonly client: string;
}

/** What one request came to, and how much of its write units was for which index. */
export interface RequestUsage extends Usage {
  readonly writeUnitsByIndex: Readonly<Record<string, number>>;
}

/** A kind with its sums. */
export type MeteredKind = RequestKind & Usage & { writeUnitsByIndex: Record<string, number> };

/** Adds up by kind. */
export class Meter {
  readonly #kinds = new Map<string, MeteredKind>();

  add(kind: RequestKind, { requests, refused, readUnits, writeUnits, writeUnitsByIndex }: RequestUsage): void {
    const name = [kind.operation, kind.index, kind.client].join(' ');
    const sum = this.#kinds.get(name) ?? { ...kind, ...nothing(), writeUnitsByIndex: {} };
    sum.requests += requests;
    sum.refused += refused;
    sum.readUnits += readUnits;
    sum.writeUnits += writeUnits;
    sum.writeUnitsByIndex = addUp(sum.writeUnitsByIndex, writeUnitsByIndex);
    this.#kinds.set(name, sum);
  }

  /** What was added since the last call, and forgets it. */
  take(): MeteredKind[] {
    const taken = [...this.#kinds.values()];
    this.#kinds.clear();
    return taken;
  }
}

function nothing(): Usage {
  return { requests: 0, refused: 0, readUnits: 0, writeUnits: 0 };
}

/**
 * Whether a request serves a list: of open work, of orders, of stock. How many there are hangs on how often somebody looks and not on
 * how many orders there are, so they are no part of what an order costs.
 */
export function isList({ operation, index, client }: RequestKind): boolean {
  return index !== undefined || (operation === 'BatchGetItem' && client === 'api');
}

/** The sums by whatever `nameOf` tells apart, by name. */
export function sumBy(kinds: readonly MeteredKind[], nameOf: (kind: RequestKind) => string): Record<string, Usage> {
  const sums = new Map<string, Usage>();
  for (const kind of kinds) {
    const sum = sums.get(nameOf(kind)) ?? nothing();
    sum.requests += kind.requests;
    sum.refused += kind.refused;
    sum.readUnits += kind.readUnits;
    sum.writeUnits += kind.writeUnits;
    sums.set(nameOf(kind), sum);
  }
  return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Both, name by name. */
export function addUp(
  some: Readonly<Record<string, number>>,
  more: Readonly<Record<string, number>>,
): Record<string, number> {
  const sums = { ...some };
  for (const [name, count] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

export function total(kinds: readonly MeteredKind[]): Usage {
  return sumBy(kinds, () => 'all').all ?? nothing();
}
