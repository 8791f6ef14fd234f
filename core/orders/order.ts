import type { Key } from '../platform/table/keys.ts';
import type { Happening } from './happenings.ts';
import type { Address, Customer } from './schema.ts';
import type { OrderStatus, ShipmentStatus } from './statuses.ts';

/** An order's header. What was ordered is in its shipments. */
export interface OrderRow extends Key {
  readonly orderId: string;
  readonly status: OrderStatus;
  /** The status of each shipment by its number, so that a move of one of them can say what it makes of the order. */
  readonly shipments: Readonly<Record<string, ShipmentStatus>>;
  readonly shipmentCount: number;
  readonly placedAt: string;
  /** Absent once the customer's data has been erased, as is the address. */
  readonly customer?: Customer;
  readonly shipTo?: Address;
  readonly erasedAt?: string;
  /** A hash of what was ordered: the same order may come twice, another one may not take its id. */
  readonly fingerprint: string;
  /** The part of the tracking link that nobody guesses. Absent once the link has been revoked. */
  readonly trackSecret?: string;
  readonly orderShard: string;
  readonly orderSort: string;
  readonly statusShard: string;
}

/** An entry of the order's timeline. */
export type EventRow = Key &
  Happening & {
    readonly at: string;
    readonly shipmentId: string;
    readonly actor: string;
  };
