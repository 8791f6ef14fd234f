import type { AlertRow } from '../alerts/alert.ts';
import { watchLevel } from '../alerts/low-stock.ts';
import { sendAlert } from '../alerts/send.ts';
import type { Services } from '../platform/services.ts';
import { kindOf } from '../platform/table/keys.ts';
import type { Topic } from '../platform/topic.ts';
import type { StockRow } from '../stock/levels.ts';
import type { Reaction } from './change.ts';

/** Tells the merchant: decides on each change of a level, and sends each alert that was decided. */
export function recordChanged(services: Services, alerts: Topic): Reaction {
  return async (changes) => {
    for (const change of changes) {
      const { before, after, isNew } = change;
      if (!after) continue;
      if (kindOf(change) !== 'alert') await watchLevel(services, before as StockRow | undefined, after as StockRow);
      else if (isNew) await sendAlert(services, alerts, after as AlertRow);
    }
  };
}
