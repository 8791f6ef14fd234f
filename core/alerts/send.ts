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
    return { answer: undefined, writes: [sent.when(absent('sentAt'))] };
  });
}
