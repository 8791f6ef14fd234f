import type { OrderStatus } from '../../core/orders/statuses.ts';
import { formatMessage } from '../sns/format-message.ts';
import type { OutboxEntry } from '../sns/outbox.ts';
import { formatCount, formatDuration, wrap } from '../text.ts';
import type { Story } from './files.ts';
import type { Outcome } from './play.ts';
import type { Tally } from './tally.ts';

const WIDTH = 79;
const LABEL = 30;
const VALUE = 10;
/** Of lists that may be long, this many entries are shown. */
const ENTRIES_SHOWN = 10;

const REMARKS: Partial<Record<OrderStatus, string>> = {
  backordered: 'waiting for stock',
  'partially-shipped': 'the rest is waiting for stock',
  rejected: 'refused, see below',
  failed: 'given up by the workflow',
};

/** What is about to be played. */
export function opening(story: Story, apiUrl: string): string {
  const { catalogue, orders, deliveries, inbound } = story;
  const lines = [
    `Fillrate runs in memory, its HTTP API is at ${apiUrl}`,
    row('  SKUs', formatCount(catalogue.entries.length), catalogue.name),
    row('  orders', formatCount(orders.entries.length), orders.name),
    row('  deliveries', formatCount(deliveries?.entries.length ?? 0), deliveries?.name ?? 'none'),
    row('  announced by suppliers', formatCount(inbound?.entries.length ?? 0), inbound?.name ?? 'nothing'),
  ];
  return `${lines.join('\n')}\n\n`;
}

/** What became of it, as a table of plain text. */
export function closing(story: Story, outcome: Outcome): string {
  const sections = [
    orderTable(outcome.tally),
    unitTable(outcome.tally),
    refusals(outcome.tally),
    remarks(story),
    promiseTable(outcome.events),
    alertTable(outcome.alerts),
    verdict(outcome),
    WHAT_NEXT,
  ];
  return `\n${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function orderTable({ orders, ordersThatWaited, ordersSplit, longestWait }: Tally): string[] {
  const total = [...orders.values()].reduce((sum, count) => sum + count, 0);
  const byCount = [...orders].sort(([, a], [, b]) => b - a);
  const waits = longestWait
    ? [
        row(
          '  had to wait for stock',
          formatCount(ordersThatWaited),
          `${formatCount(ordersSplit)} of them in two parts`,
        ),
        row(
          '  longest wait',
          formatDuration(longestWait.milliseconds),
          `order ${longestWait.orderId}, for ${longestWait.sku}`,
        ),
      ]
    : [];
  return [
    row('Orders', formatCount(total)),
    ...byCount.map(([status, count]) => row(`  ${status}`, formatCount(count), REMARKS[status])),
    ...waits,
  ];
}

function unitTable({ unitsOrdered, unitsShipped, unitsFilledAtOnce, unitsStillWaiting }: Tally): string[] {
  const share = unitsOrdered === 0 ? 0 : (100 * unitsFilledAtOnce) / unitsOrdered;
  return [
    row('Units ordered', formatCount(unitsOrdered)),
    row('  shipped', formatCount(unitsShipped)),
    row('  still waited for', formatCount(unitsStillWaiting)),
    row('Fill rate', `${share.toFixed(1)} %`, 'shipped from stock at once, of all'),
    row('', '', 'units ordered, refused ones too'),
  ];
}

function refusals({ refused }: Tally): string[] {
  if (refused.length === 0) return [];
  const lines = refused.map(({ orderId, detail }) => `${orderId}  ${detail}`);
  return ['Refused', ...listed(lines)];
}

/** What of the files was left out or taken otherwise. */
function remarks({ catalogue, orders, deliveries, inbound, moves }: Story): string[] {
  return [
    { read: catalogue, things: 'SKUs' },
    { read: orders, things: 'orders' },
    { read: deliveries, things: 'deliveries' },
    { read: inbound, things: 'announced lines' },
    { read: moves, things: 'moves' },
  ].flatMap(({ read, things }) => {
    const summary = read?.report.summary(read.name, things) ?? [];
    return summary.length > 1 ? summary.flatMap((line) => wrap(line, WIDTH)) : [];
  });
}

/** What customers were promised, and told when it moved. */
function promiseTable(events: Outcome['events']): string[] {
  const of = (type: string) => events.filter((event) => event.type === type);
  const [first] = of('promise-moved');
  return [
    row('Events to other systems', formatCount(events.length)),
    row('  orders promised a date', formatCount(of('promised').length), 'by what is on its way to us'),
    row('  promised dates that moved', formatCount(of('promise-moved').length), first ? 'one of them:' : ''),
    ...(first ? [`  | ${first.orderId}: from ${dayOf(first.from)} to ${dayOf(first.to)}, ${first.reason}`] : []),
  ];
}

function dayOf(time: string | null | undefined): string {
  return time ? time.slice(0, 10) : 'no date';
}

function alertTable(alerts: readonly OutboxEntry[]): string[] {
  const last = alerts.at(-1);
  if (!last) return [row('Alerts sent to the merchant', '0')];
  const message = wrap(formatMessage(last).trimEnd(), WIDTH - 4).map((line) => `  | ${line}`.trimEnd());
  return [row('Alerts sent to the merchant', formatCount(alerts.length), 'the last one, as it reads:'), ...message];
}

function verdict({ audit, tally, milliseconds }: Outcome): string[] {
  const wrong = [
    ...audit.violations.map(({ promise, subject, detail }) => `${promise}: ${subject}: ${detail}`),
    ...tally.stuck.map((shipmentId) => `never-stranded: ${shipmentId} stands still, and does not wait for stock`),
  ];
  const result = wrong.length === 0 ? 'passed' : 'FAILED';
  return [
    row('Audit of all promises', result, `${formatCount(audit.rows)} rows read`),
    ...listed(wrong),
    row('Took', formatDuration(milliseconds)),
  ];
}

const WHAT_NEXT = [
  'What next',
  '  npm start',
  '      keeps Fillrate up on this machine, at http://127.0.0.1:3000',
  '  npm run import -- catalogue samples/catalogue.csv',
  '      gives it something to sell; "orders samples/orders.csv" brings customers',
  '  curl http://127.0.0.1:3000/stock/BTL-750-SAGE',
  '      says how many bottles are left',
];

function row(label: string, value: string, remark = ''): string {
  return `${label.padEnd(LABEL)}${value.padStart(VALUE)}   ${remark}`.trimEnd();
}

function listed(lines: readonly string[]): string[] {
  const shown = lines.slice(0, ENTRIES_SHOWN).flatMap((line) => clip(`  ${line}`));
  const others = lines.length - ENTRIES_SHOWN;
  return others > 0 ? [...shown, `  ... and ${formatCount(others)} more`] : shown;
}

function clip(line: string): string {
  return line.length <= WIDTH ? line : `${line.slice(0, WIDTH - 3)}...`;
}
