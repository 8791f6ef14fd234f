import { z } from 'zod';
import { DAILY_METHODS, METHODS } from '../core/forecast/choose.ts';
import type { DemandHistory } from '../core/forecast/methods.ts';
import { backtest } from './backtest/accuracy.ts';
import { readDemand } from './backtest/demand-file.ts';
import { demandByKind } from './backtest/demand-kinds.ts';
import { compare, fixed, type Policy, perfect, suggested } from './backtest/inventory.ts';
import { checked, count, readArgs, runCommand, UsageError } from './command-line.ts';

const HELP = `How well demand would have been forecast, and how well stock been bought by it.

  npm run backtest                           on generated demand by the day, of five kinds
  npm run backtest -- --demand FILE          on demand by the month that has been

  --demand FILE  CSV: a header, then a row for each item, its name first and then its units month by month
  --periods N    how many months at the end are forecast, each from those before it (12); an item
                 needs three times as many
  --help         this text

What the columns say is in docs/forecasting.md.`;

const Options = z.object({
  demand: z.string().min(1, 'expected a CSV file').optional(),
  periods: count(1_000).default(12),
});

/** How items are bought: by the month, and by the day. */
const MONTHS = { leadTime: 2, cover: 3, serviceLevel: 0.95 };
const DAYS = { leadTime: 14, cover: 14, serviceLevel: 0.95 };
const SERVICE_LEVELS = [0.8, 0.9, 0.95, 0.99];
const TIMES = [1, 1.25, 1.5, 2, 3];

const ITEMS_OF_A_KIND = 20;
const DAYS_OF_A_KIND = 540;
const FIRST_DAY_PLAYED = 180;
const PLANNED_EVERY_DAYS = 7;

async function main(args: string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { help, ...values } = readArgs(args, { demand: text, periods: text, help: { type: 'boolean' } });
  if (help) {
    console.log(HELP);
    return 0;
  }
  const { demand, periods } = checked(Options, values);
  if (demand === undefined) playKinds();
  else {
    const histories = await readDemand(demand);
    showAccuracy(demand, histories, periods);
    playHistories(histories);
  }
  return 0;
}

function showAccuracy(file: string, histories: readonly DemandHistory[], periods: number): void {
  const { items, leftOut, accuracies } = backtest(histories, periods);
  if (items === 0) throw new UsageError(`--periods: no item of ${file} has ${3 * periods} periods that vary`);
  console.log(
    `${items} items, of each the last ${periods} periods; ${leftOut} left out as too little is known of them.\n`,
  );
  const rows = accuracies.map(({ name, mase, rmsse, bias }) => [
    name,
    mase.toFixed(2),
    rmsse.toFixed(3),
    `${bias > 0 ? '+' : ''}${percent(bias, 0)}`,
  ]);
  console.log(table(['method', 'MASE', 'RMSSE', 'bias'], rows));
}

/** The second half of each history that is known from beginning to end. */
function playHistories(histories: readonly DemandHistory[]): void {
  const longest = Math.max(...histories.map((history) => history.length));
  const items = histories.filter((history) => history.length === longest && !history.includes(null)) as number[][];
  const from = Math.floor(longest / 2);
  console.log(`\n${items.length} items, bought in the last ${longest - from} of ${longest} months.\n`);
  const reached = compare(items, policies(METHODS, 1), MONTHS, from);
  const rows = reached.map(({ name, fillRate, periodsHeld }) => [name, percent(fillRate, 1), periodsHeld.toFixed(1)]);
  console.log(table(['bought by', 'fill rate', 'months held'], rows));
}

function playKinds(): void {
  const kinds = Object.entries(demandByKind(ITEMS_OF_A_KIND, DAYS_OF_A_KIND)).map(([kind, items]) => ({
    kind,
    reached: compare(items, policies(DAILY_METHODS, PLANNED_EVERY_DAYS), DAYS, FIRST_DAY_PLAYED),
  }));
  const rows = policies(DAILY_METHODS, PLANNED_EVERY_DAYS).map(({ name }, i) => [
    name,
    ...kinds.map(
      ({ reached }) => `${percent(reached[i]?.fillRate ?? 0, 1)}, ${reached[i]?.periodsHeld.toFixed(0)} days`,
    ),
  ]);
  console.log(table(['bought by', ...kinds.map(({ kind }) => kind)], rows));
}

function policies(methods: typeof METHODS, every: number): Policy[] {
  return [...SERVICE_LEVELS.map((level) => suggested(level, methods, every)), ...TIMES.map(fixed), perfect];
}

function percent(share: number, digits: number): string {
  return `${(100 * share).toFixed(digits)} %`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

await runCommand(main);
