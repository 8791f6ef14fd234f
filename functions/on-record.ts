import type { AlertRow } from '../core/alerts/alert.ts';
import { watchLevel } from '../core/alerts/low-stock.ts';
import { sendAlert } from '../core/alerts/send.ts';
import { alertTopic, services } from '../core/platform/clients.ts';
import { kindOf } from '../core/platform/table/keys.ts';
import type { StockRow } from '../core/stock/levels.ts';
import { onChanges } from './support/stream.ts';

const stream = services('stream');
const topic = alertTopic();

/** Tells the merchant: decides on each change of a level, and sends each alert that was decided. */
export const handler = onChanges(async (changes) => {
  for (const change of changes) {
    const { before, after, isNew } = change;
    if (!after) continue;
    if (kindOf(change) !== 'alert') await watchLevel(stream, before as StockRow | undefined, after as StockRow);
    else if (isNew) await sendAlert(stream, topic, after as AlertRow);
  }
});
