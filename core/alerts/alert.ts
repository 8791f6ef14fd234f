import type { Services } from '../platform/services.ts';
import { type Key, keys } from '../platform/table/keys.ts';
import { create, type Write } from '../platform/table/writes.ts';

/** Low stock at the crossing of a reorder point: the level as it was then. */
export interface LowStock {
  readonly kind: 'low-stock';
  readonly severity: 'warning';
  readonly sku: string;
  readonly title: string;
  readonly available: number;
  readonly allocated: number;
  readonly backordered: number;
  readonly incoming: number;
  readonly reorderPoint: number;
  readonly leadTimeDays: number;
}

/** A shipment that the workflow gave up; what it held has gone back to stock. */
export interface FailedShipment {
  readonly kind: 'failed-shipment';
  readonly severity: 'critical';
  readonly orderId: string;
  readonly shipmentId: string;
  readonly reason: string;
}

export type AlertFacts = LowStock | FailedShipment;

/** What the merchant is told, kept once it has been decided; the stream sends it on. */
export type AlertRow = Key &
  AlertFacts & {
    readonly alertId: string;
    readonly location: string;
    readonly at: string;
    /** Set once the topic has taken it. */
    readonly sentAt?: string;
  };

/** The write that decides an alert, for the transaction of whatever it is about. */
export function raiseAlert({ now, newId }: Services, location: string, facts: AlertFacts): Write {
  const at = now().toISOString();
  const alertId = newId();
  return create<AlertRow>({ ...keys.alert(location, at, alertId), alertId, location, at, ...facts });
}
