import { type LogFields, log } from '../platform/log.ts';
import { count } from '../platform/metrics.ts';
import type { Services } from '../platform/services.ts';
import { absent } from '../platform/table/expressions.ts';
import { update } from '../platform/table/writes.ts';
import type { Topic } from '../platform/topic.ts';
import type { AlertRow } from './alert.ts';
import { alertMessage } from './message.ts';

/**
 * Sends an alert that has been decided, and notes that it was sent, so that a repeat sends nothing. Cut off between the two, a repeat
 * sends it a second time: e-mail knows no better.
 */
export async function sendAlert({ table, now }: Services, topic: Topic, { pk, sk }: AlertRow): Promise<void> {
  const alert = await table.get<AlertRow>({ pk, sk });
  if (!alert || alert.sentAt) return;
  await topic.publish(alertMessage(alert));
  await table.decide((seen) => {
    if (seen.get(alert) !== undefined) return { answer: undefined };
    const sent = update(alert).set('sentAt', now().toISOString());
    sent.onCommit(() => {
      count('AlertsSent');
      log.info(`alert sent: ${alert.kind}`, reference(alert));
    });
    return { answer: undefined, writes: [sent.when(absent('sentAt'))] };
  });
}

function reference(alert: AlertRow): LogFields {
  const { alertId, location } = alert;
  const of = alert.kind === 'low-stock' ? { sku: alert.sku } : { orderId: alert.orderId, shipmentId: alert.shipmentId };
  return { alertId, location, ...of };
}
