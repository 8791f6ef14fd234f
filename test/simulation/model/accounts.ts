import type { Units } from '../scenario.ts';

export interface OrderAccount {
  readonly orderId: string;
  readonly lines: readonly Units[];
  readonly location: string;
  /** Whether it was said to be accepted; otherwise it may be there or not. */
  accepted: boolean;
  /** What was answered to its cancellation. */
  cancelled?: { readonly unitsCancelled: number; readonly unitsShipped: number };
}

export interface ReceiptAccount {
  readonly reference: string;
  readonly units: Units;
  accepted: boolean;
}

/** Units that came with an inbound shipment. */
export interface ArrivalAccount {
  readonly reference: string;
  readonly quantity: number;
  accepted: boolean;
  isRefused: boolean;
}

/** One unit that came back. */
export interface ReturnAccount {
  readonly shipmentId: string;
  accepted: boolean;
  isRefused: boolean;
}

export interface StepAccount {
  readonly shipmentId: string;
  readonly step: 'pack' | 'ship' | 'deliver';
}

/** A shipment that the warehouse has handed over, and one of the SKUs in it. */
export interface ShippedAccount {
  readonly shipmentId: string;
  readonly sku: string;
}

/** What those outside were told, as plain lists: what was acknowledged holds, what was not may have happened once. */
export class Accounts {
  readonly orders: OrderAccount[] = [];
  readonly receipts: ReceiptAccount[] = [];
  readonly arrivals: ArrivalAccount[] = [];
  readonly returns: ReturnAccount[] = [];
  readonly steps: StepAccount[] = [];
  readonly shipped: ShippedAccount[] = [];
  /** Executions that somebody stopped. */
  readonly stopped: string[] = [];
}
