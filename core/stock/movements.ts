import type { Services } from '../platform/services.ts';
import { type Key, keys, partitions, prefixes } from '../platform/table/keys.ts';
import type { Page, PageRequest } from '../platform/table/pages.ts';

/**
 * - `receipt`: units arrived. `count`: a count found more or fewer.
 * - `reserve`: a new order took or queued for units. `allocate`: the queue's head got units.
 * - `release`: a shipment that ended gave back what it held, or left the queue.
 * - `write-off`: the bin held fewer than promised; the missing units are waited for.
 * - `ship`: units left the house. `return`: units came back.
 * - `inbound`: units were announced, moved to another date, or are not coming after all.
 * - `priority`: somebody was moved to another place in the queue, or came to stand behind another part of the same order.
 */
export type MovementType =
  | 'receipt'
  | 'count'
  | 'reserve'
  | 'allocate'
  | 'release'
  | 'write-off'
  | 'ship'
  | 'return'
  | 'inbound'
  | 'priority';

/** One line of the ledger: what changed, by how much, why, for whom and by whom. */
export interface Movement {
  readonly movementId: string;
  readonly sku: string;
  readonly location: string;
  readonly at: string;
  readonly type: MovementType;
  readonly available: number;
  readonly allocated: number;
  readonly backordered: number;
  readonly incoming: number;
  readonly actor: string;
  readonly shipmentId?: string;
  /** The merchant's own word for it, such as a delivery note's number. */
  readonly reference?: string;
  readonly reason?: string;
}

export interface MovementRow extends Key, Movement {}

export function movementRow({ newId, actor }: Services, movement: Omit<Movement, 'movementId' | 'actor'>): MovementRow {
  const movementId = newId();
  return { ...keys.movement(movement.sku, movement.location, movement.at, movementId), movementId, actor, ...movement };
}

/** The ledger of a SKU at a location, newest first. */
export function listMovements(
  { table }: Services,
  { sku, location, ...page }: { sku: string; location: string } & PageRequest,
): Promise<Page<MovementRow>> {
  return table.list<MovementRow>({
    ...page,
    partitions: [partitions.sku(sku)],
    prefix: prefixes.movement(location),
    newestFirst: true,
  });
}
