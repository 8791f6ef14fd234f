import { type LogFields, log } from '../platform/log.ts';
import { count, type MetricName } from '../platform/metrics.ts';
import type { Happening, HappeningType } from './happenings.ts';

/**
 * What of an order's life is said in the log as it is set, and what only at the level `debug`: whoever is on call asks how an order came to wait or
 * to end, and reads the rest in its timeline. A line is half a kilobyte, and there are as many as there are orders.
 */
const SAID_AT: Record<HappeningType, 'debug' | 'info' | 'warn'> = {
  placed: 'info',
  reserved: 'info',
  backordered: 'info',
  promised: 'debug',
  'promise-moved': 'info',
  'wait-chosen': 'debug',
  'split-chosen': 'debug',
  allocated: 'info',
  split: 'info',
  'priority-changed': 'debug',
  picking: 'debug',
  packing: 'debug',
  shipping: 'debug',
  shipped: 'info',
  delayed: 'debug',
  delivered: 'debug',
  returned: 'debug',
  rejected: 'info',
  cancelled: 'info',
  expired: 'info',
  failed: 'warn',
};

const COUNTED: Partial<Record<HappeningType, MetricName>> = {
  placed: 'OrdersPlaced',
  'promise-moved': 'PromiseMoves',
  shipped: 'ShipmentsShipped',
  rejected: 'ShipmentsRejected',
  cancelled: 'ShipmentsCancelled',
  expired: 'ShipmentsExpired',
  failed: 'ShipmentsFailed',
};

/** Logs and counts what has happened to a shipment, after it was written. */
export function reportHappening(orderId: string, happening: Happening & { readonly shipmentId: string }): void {
  const { type, shipmentId } = happening;
  log[SAID_AT[type]](type, { orderId, shipmentId, ...worthKnowing(happening) });
  const metric = COUNTED[type];
  if (metric) count(metric);
}

/** A line names this many SKUs. */
const SKUS_NAMED = 5;

/** Words that people wrote, such as reasons, stay in the timeline: they may name a customer. */
function worthKnowing({ type, facts }: Happening): LogFields {
  switch (type) {
    case 'backordered':
      return { skus: facts.waiting.slice(0, SKUS_NAMED).map(({ sku }) => sku) };
    case 'promise-moved':
      return { from: facts.from, to: facts.to };
    case 'rejected':
    case 'cancelled':
    case 'expired':
    case 'failed':
      return { code: facts.code, sku: facts.sku };
    default:
      return {};
  }
}
