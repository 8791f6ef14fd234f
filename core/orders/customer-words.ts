import type { Happening } from './happenings.ts';
import type { ShipmentRow } from './shipments.ts';
import { isUnfulfilled, type OrderStatus } from './statuses.ts';

/** A day as a customer reads it: `December 9, 2026`. */
function dayInWords(time: string): string {
  return new Date(time).toLocaleDateString('en-US', { dateStyle: 'long', timeZone: 'UTC' });
}

/** How far an order or a part of it is. */
export const STATUS_IN_WORDS: Record<OrderStatus, string> = {
  placed: 'We have your order.',
  backordered: 'Something is not in stock yet. You keep your place in line.',
  reserved: 'Everything is set aside for you.',
  picking: 'Our warehouse is picking it.',
  packing: 'It is being packed.',
  shipping: 'It is packed and waits for the carrier.',
  shipped: 'It is on its way to you.',
  delivered: 'It has been delivered.',
  'partially-shipped': 'A part of it is on its way to you.',
  rejected: 'We could not accept it: something was not available.',
  cancelled: 'It has been cancelled.',
  expired: 'We waited for stock as long as agreed, and it did not come.',
  failed: 'Something went wrong on our side. We are looking into it.',
};

type Expectation = Pick<ShipmentRow, 'status' | 'promise' | 'deliveryExpectedAt'>;

/** What a customer may expect of a shipment, and what that rests on. */
export function expectationInWords({ status, promise, deliveryExpectedAt }: Expectation): string {
  if (isUnfulfilled(status)) return 'It will not be sent.';
  if (status === 'delivered') return 'It has arrived.';
  if (status === 'shipped') {
    return deliveryExpectedAt
      ? `It has left us. The carrier expects it to arrive by ${dayInWords(deliveryExpectedAt)}.`
      : 'It has left us.';
  }
  if (!promise) return 'There is no date yet.';
  const { promisedAt, basis } = promise;
  const why =
    basis.kind === 'stock' ? 'everything is here' : `a delivery to us is expected on ${dayInWords(basis.expectedAt)}`;
  return `It leaves us by ${dayInWords(promisedAt)}: ${why}.`;
}

/** What a customer is told of an entry of the timeline; undefined for what is our business only. */
export function inWords(happening: Happening): string | undefined {
  switch (happening.type) {
    case 'reserved':
      return `${STATUS_IN_WORDS.reserved} It leaves by ${dayInWords(happening.facts.promisedAt)}.${droppedInWords(happening.facts.dropped)}`;
    case 'promised':
      return `We expect to send it by ${dayInWords(happening.facts.promisedAt)}.`;
    case 'promise-moved':
      return movedInWords(happening.facts);
    case 'wait-chosen':
      return 'You chose to keep waiting.';
    case 'split-chosen':
      return 'You chose to have what is there sent now.';
    case 'allocated':
      return `What you waited for is here and set aside. It leaves by ${dayInWords(happening.facts.promisedAt)}.`;
    case 'split':
      return 'The rest follows in a parcel of its own.';
    case 'priority-changed':
      return undefined;
    case 'shipped':
      return `On its way with ${happening.facts.carrier}, tracking number ${happening.facts.trackingNumber}.`;
    case 'delayed':
      return `The carrier is late: expected by ${dayInWords(happening.facts.expectedAt)} (${reasonInWords(happening.facts.reason)}).`;
    case 'returned':
      return `We have ${pieces(happening.facts.lines)} back from you.`;
    default:
      return STATUS_IN_WORDS[happening.type];
  }
}

function droppedInWords(dropped: readonly { quantity: number }[] | undefined): string {
  return dropped ? ` ${pieces(dropped)} could not be had, and will not be sent.` : '';
}

function pieces(lines: readonly { quantity: number }[]): string {
  const count = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  return count === 1 ? '1 piece' : `${count} pieces`;
}

function movedInWords({ from, to, reason }: { from: string | null; to: string | null; reason: string }): string {
  const why = reasonInWords(reason);
  if (to === null) {
    return from
      ? `We cannot keep ${dayInWords(from)}, and have no new date yet (${why}).`
      : `We have no date yet (${why}).`;
  }
  return from
    ? `The date has moved from ${dayInWords(from)} to ${dayInWords(to)} (${why}).`
    : `We expect to send it by ${dayInWords(to)} (${why}).`;
}

/** What others in the line do is not told; a word of the merchant's own is told as it is. */
const REASONS = new Map(
  Object.entries({
    weather: 'bad weather',
    'port-congestion': 'a congested port',
    supplier: 'our supplier',
    overdue: 'a delivery to us is overdue',
    inbound: 'a delivery to us has changed',
    announced: 'a delivery to us is on its way',
    'under-delivery': 'a delivery brought less than expected',
    delivery: 'a delivery has come',
    return: 'units came back to us',
    'short-pick': 'units were missing in our warehouse',
    count: 'we have counted what is there',
    'cancellation-ahead': 'the line has become shorter',
    'order-ahead': 'the line has changed',
    priority: 'the line has changed',
    allocated: 'part of it is here',
    split: 'it is sent in parts',
    correction: 'we have corrected it',
  }),
);

function reasonInWords(reason: string): string {
  return REASONS.get(reason) ?? reason.replaceAll('-', ' ');
}
