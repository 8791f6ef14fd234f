import type { AlertRow } from '../alerts/alert.ts';
import { watchLevel } from '../alerts/low-stock.ts';
import { sendAlert } from '../alerts/send.ts';
import { publishEvent } from '../events/publish.ts';
import type { EventRow } from '../orders/order.ts';
import type { OrderedTopic } from '../platform/ordered-topic.ts';
import type { Services } from '../platform/services.ts';
import { kindOf } from '../platform/table/keys.ts';
import type { Topic } from '../platform/topic.ts';
import { datesMoved } from '../promises/dates-moved.ts';
import { goOn } from '../promises/repromise.ts';
import type { RoundRow } from '../promises/round.ts';
import type { StockRow } from '../stock/levels.ts';
import type { Reaction } from './change.ts';

/** Whom the stream tells. */
export interface Topics {
  /** The merchant. */
  readonly alerts: Topic;
  /** Other systems. */
  readonly events: OrderedTopic;
}

/**
 * Decides on changes of a level whether the merchant is to be told and whose dates move, sends alerts, tells the outside what happened
 * to orders, goes on with long computations.
 */
export function recordChanged(services: Services, topics: Topics): Reaction {
  return async (changes) => {
    const [first] = changes;
    const kind = first && kindOf(first);
    if (kind === 'stock') await levelChanged(services, changes);
    if (kind === 'alert') await alertRaised(services, topics.alerts, changes);
    if (kind === 'event') await happened(topics.events, changes);
    if (kind === 'repromise') await roundCame(services, changes);
  };
}

async function levelChanged(services: Services, changes: Parameters<Reaction>[0]): Promise<void> {
  const levels = changes.flatMap(({ before, after }) =>
    after ? [{ before: before as StockRow | undefined, after: after as StockRow }] : [],
  );
  for (const { before, after } of levels) await watchLevel(services, before, after);
  await datesMoved(services, levels);
}

async function alertRaised(services: Services, alerts: Topic, changes: Parameters<Reaction>[0]): Promise<void> {
  for (const { after, isNew } of changes) if (after && isNew) await sendAlert(services, alerts, after as AlertRow);
}

async function roundCame(services: Services, changes: Parameters<Reaction>[0]): Promise<void> {
  const round = changes.at(-1)?.after;
  if (round) await goOn(services, round as RoundRow);
}

/** What happened has happened once: a later change of its entry is no news. */
async function happened(events: OrderedTopic, changes: Parameters<Reaction>[0]): Promise<void> {
  for (const { after, isNew } of changes) if (after && isNew) await publishEvent(events, after as EventRow);
}
