import type { Row } from '../world/commits.ts';
import type { Published, World } from '../world/world.ts';
import type { Accounts } from './accounts.ts';
import type { Breach, Ledger } from './ledger.ts';

/** What there is to compare in a quiet moment. */
export interface Evidence {
  readonly rows: readonly Row[];
  readonly accounts: Accounts;
  readonly ledger: Ledger;
  readonly executions: ReturnType<World['host']['executions']>;
  readonly published: readonly Published[];
}

/** The statuses of a shipment of which something is still to come. */
export const OPEN = ['placed', 'backordered', 'reserved', 'picking', 'packing', 'shipping'];

export function lost(detail: string): Breach {
  return { promise: 'never lost, never doubled', detail };
}

export function shipmentsIn(rows: readonly Row[]): Row[] {
  return rows.filter(({ sk }) => sk.startsWith('SHIPMENT#'));
}

export function linesIn(shipments: readonly Row[]): Row[] {
  return shipments.flatMap(({ lines }) => Object.values(lines));
}

export function sum(rows: readonly Row[], field: string): number {
  return rows.reduce((total, row) => total + (row[field] ?? 0), 0);
}
