import { createHash, timingSafeEqual } from 'node:crypto';
import { type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import type { Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { exists } from '../platform/table/expressions.ts';
import { keys } from '../platform/table/keys.ts';
import { update } from '../platform/table/writes.ts';
import type { OrderRow } from './order.ts';
import { OrderId } from './schema.ts';
import { noSuchOrder, type TrackedOrder, trackOrder } from './track.ts';

export interface TrackingLink {
  readonly orderId: string;
  /** Whoever has it sees the order and nothing else. Absent once the link has been revoked. */
  readonly trackToken?: string;
}

/** An order's id and a word that nobody guesses: it leads to the order without an index, and says nothing that its holder does not know. */
export function trackingLink({ orderId, trackSecret }: Pick<OrderRow, 'orderId' | 'trackSecret'>): TrackingLink {
  return { orderId, ...(trackSecret && { trackToken: `${orderId}.${trackSecret}` }) };
}

/** The order that a link leads to; undefined for any other word, whatever is wrong with it. */
export async function orderOfLink(services: Services, token: string): Promise<TrackedOrder | undefined> {
  const dot = token.indexOf('.');
  const orderId = OrderId.safeParse(token.slice(0, dot));
  if (dot < 0 || !orderId.success) return undefined;
  const order = await services.table.get<OrderRow>(keys.order(orderId.data));
  if (!order?.trackSecret || !isSame(order.trackSecret, token.slice(dot + 1))) return undefined;
  return trackOrder(services, order.orderId);
}

/** Takes as long for a word that is nearly right as for any other. */
function isSame(secret: string, guess: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(secret), digest(guess));
}

/** Gives an order a new link; the one before leads nowhere any more. */
export function renewTrackingLink(
  services: Services,
  orderId: string,
  request?: IdempotentRequest,
): Promise<TrackingLink | Refusal> {
  const trackSecret = services.newSecret();
  const { answered, remember } = idempotency<TrackingLink>(services, request);
  const key = keys.order(orderId);
  return services.table.decide<TrackingLink | Refusal>((seen) => {
    const first = answered(seen);
    if (first) return { answer: first };
    if (seen.get(key) === null) return { answer: noSuchOrder(orderId) };
    const answer = trackingLink({ orderId, trackSecret });
    return {
      answer,
      writes: [...remember(answer), update(key).set('trackSecret', trackSecret).when(exists('pk'))],
    };
  });
}

/** The link leads nowhere any more. Can be repeated. */
export function revokeTrackingLink({ table }: Services, orderId: string): Promise<TrackingLink | Refusal> {
  const key = keys.order(orderId);
  return table.decide<TrackingLink | Refusal>((seen) => {
    if (seen.get(key) === null) return { answer: noSuchOrder(orderId) };
    return { answer: { orderId }, writes: [update(key).remove('trackSecret').when(exists('pk'))] };
  });
}
