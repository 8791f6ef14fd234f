import type { Message } from '../platform/topic.ts';
import type { AlertRow, FailedShipment, LowStock } from './alert.ts';

/** An alert as the merchant reads it, as a machine reads it, and as subscriptions filter it. */
export function alertMessage(alert: AlertRow): Message {
  const { pk: _pk, sk: _sk, sentAt: _sentAt, ...facts } = alert;
  const { kind, severity, location, at } = alert;
  const { subject, paragraphs } = kind === 'low-stock' ? lowStock(alert) : failedShipment(alert);
  const closing = `${severity}, ${location}, ${at}`;
  return {
    subject,
    text: [...paragraphs, closing].join('\n\n'),
    json: { version: 1, ...facts },
    attributes: { kind, severity, location, ...(kind === 'low-stock' && { sku: alert.sku }) },
  };
}

function lowStock(alert: AlertRow & LowStock): { subject: string; paragraphs: string[] } {
  const { sku, title, location, available, allocated, backordered, incoming, reorderPoint, leadTimeDays } = alert;
  const facts = [
    ['Item', `${title} (${sku})`],
    ['Location', location],
    ['Free to sell', units(available)],
    ['Promised to orders', units(allocated)],
    ['Waited for by customers', units(backordered)],
    ['Coming in', units(incoming)],
    ['Reorder point', units(reorderPoint)],
    ['Supplier lead time', leadTimeDays === 1 ? '1 day' : `${leadTimeDays} days`],
  ] as const;
  const width = Math.max(...facts.map(([name]) => name.length));
  const waiting = backordered > 0 ? ` Customers already wait for ${units(backordered)}.` : '';
  return {
    subject: `Low stock: ${sku} at ${location}, ${units(available)} left`,
    paragraphs: [
      `${title} is running low at ${location}.`,
      facts.map(([name, value]) => `${`${name}:`.padEnd(width + 2)}${value}`).join('\n'),
      `What to do: order more now.${waiting} You will not hear of this item again until its stock has been well above the reorder point.`,
    ],
  };
}

function failedShipment(alert: AlertRow & FailedShipment): { subject: string; paragraphs: string[] } {
  const { shipmentId, orderId, location, reason } = alert;
  return {
    subject: `Shipment ${shipmentId} failed at ${location}`,
    paragraphs: [
      `Shipment ${shipmentId} of order ${orderId} could not be fulfilled. ${reason}`,
      'What was set aside for it is free to sell again.',
      `What to do: look at the execution named ${shipmentId} for the cause, then place the order again or tell the customer.`,
    ],
  };
}

function units(count: number): string {
  return count === 1 ? '1 unit' : `${count} units`;
}
