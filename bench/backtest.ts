import { z } from 'zod';
import { type Accuracy, backtest } from './backtest/accuracy.ts';
import { readDemand } from './backtest/demand-file.ts';
import { checked, count, readArgs, UsageError } from './command-line.ts';

const HELP = `How well each method would have forecast demand that has been, and the one that is chosen for each item.

  npm run backtest -- --demand FILE [options]

  --demand FILE  CSV: a header, then a row for each item, its name first and then its units period by period
  --periods N    how many periods at the end are forecast, each from those before it (12); an item
                 needs three times as many
  --help         this text

What the columns say is in docs/forecasting.md.`;

const Options = z.object({
  demand: z.string('expected a CSV file').min(1, 'expected a CSV file'),
  periods: count(1_000).default(12),
});

async function main(args: string[]): Promise<void> {
  const text = { type: 'string' } as const;
  const { help, ...values } = readArgs(args, { demand: text, periods: text, help: { type: 'boolean' } });
  if (help) {
    console.log(HELP);
    return;
  }
  const { demand, periods } = checked(Options, values);
  const { items, leftOut, accuracies } = backtest(await readDemand(demand), periods);
  if (items === 0) throw new UsageError(`--periods: no item of ${demand} has ${3 * periods} periods that vary`);
  console.log(
    `${items} items, of each the last ${periods} periods; ${leftOut} left out as too little is known of them.\n`,
  );
  console.log(['| method | MASE | RMSSE | bias |', '| --- | --- | --- | --- |', ...accuracies.map(row)].join('\n'));
}

function row({ name, mase, rmsse, bias }: Accuracy): string {
  const percent = `${bias > 0 ? '+' : ''}${(100 * bias).toFixed(0)} %`;
  return `| ${name} | ${mase.toFixed(2)} | ${rmsse.toFixed(3)} | ${percent} |`;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\nSee --help.`);
  process.exitCode = 2;
}
