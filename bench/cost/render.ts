import { assumptions } from './assumptions.ts';
import type { Counts, Measured } from './counts.ts';
import {
  type Bill,
  billOf,
  dominantOf,
  keepingOf,
  leversOf,
  monthlyBillOf,
  runtimeOf,
  SERVICES,
  totalOf,
} from './model.ts';
import { PRICES_AS_OF, type Price, prices, REGION } from './prices.ts';
import { type Ceiling, ceilingsOf, type Load, quotas, skuQuotas } from './quotas.ts';
import { shapes } from './shapes.ts';

const MILLION = 1_000_000;
/** What the ceilings and the levers are told of. */
const TYPICAL = 'one-line';
/** Two days, as in many a warehouse. */
const OPEN_HOURS = 48;

/** The tables of docs/cost.md, as Markdown, by the names of their places in it. */
export function render(measured: Measured): Record<string, string> {
  return {
    counts: countsTable(measured),
    dollars: dollarsTable(measured),
    levers: leversTable(measured),
    monthly: monthlyTable(measured),
    ceilings: ceilingsTable(quotas, measured),
    'one-sku': ceilingsTable(skuQuotas, measured),
    prices: pricesTable(),
  };
}

const BEGIN = (name: string) => `<!-- ${name}: npm run cost -- --write -->`;
const END = '<!-- end -->';

/** The document with its tables replaced. @throws Error where it has no place for one */
export function fillIn(document: string, tables: Readonly<Record<string, string>>): string {
  return Object.entries(tables).reduce((text, [name, table]) => {
    const begin = text.indexOf(BEGIN(name));
    const end = text.indexOf(END, begin);
    if (begin < 0 || end < 0)
      throw new Error(`docs/cost.md has no place for the table "${name}": ${BEGIN(name)} … ${END}`);
    return `${text.slice(0, begin + BEGIN(name).length)}\n${table}\n${text.slice(end)}`;
  }, document);
}

function countsTable({ shapes: counted }: Measured): string {
  return table(
    [
      'order',
      'states',
      'API requests',
      'read units',
      'write units',
      'of them for lists',
      'invocations',
      'of them by the stream',
      'messages',
      'log lines',
      'KB logged',
      'KB kept',
    ],
    eachShape(counted, (counts) => {
      const streamed = sum(counts.streamRecords);
      return [
        counts.transitions,
        counts.apiRequests,
        counts.readUnits,
        counts.writeUnits,
        sum(counts.writeUnitsByIndex),
        sum(counts.invocations) + streamed,
        streamed,
        counts.events + counts.alerts,
        counts.logLines,
        (counts.logBytes / 1000).toFixed(1),
        (counts.storedBytes / 1000).toFixed(1),
      ];
    }),
  );
}

function dollarsTable({ shapes: counted, memory }: Measured): string {
  const whole = (counts: Counts, durationFactor: number) =>
    totalOf(billOf(counts, memory, { ...assumptions, durationFactor })) * MILLION;
  return table(
    ['order', ...SERVICES, 'all', 'GB-seconds an order', 'all, were they half / twice', 'dearest', 'kept a month'],
    eachShape(counted, (counts) => {
      const bill = billOf(counts, memory, assumptions);
      return [
        ...SERVICES.map((service) => dollars(bill[service] * MILLION)),
        `**${dollars(totalOf(bill) * MILLION)}**`,
        runtimeOf(counts, memory, assumptions).gigabyteSeconds.toFixed(2),
        `${dollars(whole(counts, 0.5))} / ${dollars(whole(counts, 2))}`,
        `${dominantOf(bill)}, ${share(bill)} %`,
        dollars(keepingOf(counts) * MILLION),
      ];
    }),
  );
}

function share(bill: Bill): number {
  return Math.round((bill[dominantOf(bill)] / totalOf(bill)) * 100);
}

function leversTable({ shapes: counted, memory }: Measured): string {
  const levers = Object.entries(leversOf(countsOf(counted, TYPICAL), memory, assumptions));
  return table(
    ['what', 'saves of a million orders'],
    levers.sort(([, a], [, b]) => b - a).map(([what, saved]) => [what, dollars(saved * MILLION)]),
  );
}

function monthlyTable({ monthly, memory }: Measured): string {
  const bill = monthlyBillOf(monthly, memory, assumptions);
  const rows = Object.entries(bill).map(([what, cost]) => [what, cents(cost)]);
  return table(['each month', 'dollars'], [...rows, ['**all**', `**${cents(totalOf(bill))}**`]]);
}

function ceilingsTable(some: typeof quotas, measured: Measured): string {
  return table(
    ['orders a second', 'where it is lowest', 'limit', 'of it an order takes', 'what to do', 'known from'],
    ceilingsOf(some, loadOf(measured)).map(({ quota, limit, ordersPerSecond, lowestOrdersPerSecond }: Ceiling) => [
      rate(ordersPerSecond),
      lowestOrdersPerSecond === ordersPerSecond ? '' : rate(lowestOrdersPerSecond),
      `${quota.what}: ${limit.toLocaleString('en-US')}`,
      figure(quota.perOrder(loadOf(measured))),
      quota.raise,
      quota.source.startsWith('http') ? `[${quota.known}](${quota.source})` : `${quota.known}: ${quota.source}`,
    ]),
  );
}

function loadOf({ shapes: counted, memory, throttlePerSecond, apiConcurrency }: Measured): Load {
  const counts = countsOf(counted, TYPICAL);
  return { counts, memory, assumed: assumptions, throttlePerSecond, apiConcurrency, openHours: OPEN_HOURS };
}

function pricesTable(): string {
  return `${table(
    ['dollars', 'for', 'known from'],
    Object.values<Price>(prices).map(({ dollars: price, per, source, known }) => [price, per, `[${known}](${source})`]),
  )}\n\n${REGION}, gone through on ${PRICES_AS_OF}.`;
}

function eachShape(counted: Measured['shapes'], cells: (counts: Counts) => (string | number)[]): (string | number)[][] {
  return Object.entries(shapes).map(([name, { title }]) => [title, ...cells(countsOf(counted, name))]);
}

function countsOf(counted: Measured['shapes'], name: string): Counts {
  const counts = counted[name];
  if (!counts) throw new Error(`bench/cost/measured.json does not have the order "${name}": npm run cost -- --write`);
  return counts;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function dollars(amount: number): string {
  return amount < 10 ? amount.toFixed(1) : Math.round(amount).toLocaleString('en-US');
}

const cents = (amount: number) => amount.toFixed(2);

function rate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en-US');
}

function figure(amount: number): string {
  return Number.isInteger(amount) ? amount.toLocaleString('en-US') : String(Number(amount.toPrecision(2)));
}
