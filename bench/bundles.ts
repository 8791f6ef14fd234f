import { readArgs, runCommand, UsageError } from './command-line.ts';
import { Assembly } from './deployed/assembly.ts';
import { type Bundle, budgetOf, measureBundle } from './deployed/bundles.ts';

const HELP = `Measures what the stack deploys: each function's bundle, as \`cdk synth\` makes it.

  npm run bundles -- [options]

  --attempts N   how often each is loaded, in a process of its own; the least processor time counts (10)
  --packages     the npm packages in each bundle, too
  --help         this text

The exit code is 1 when a bundle is over its budget.`;

async function main(args: string[]): Promise<number> {
  const flag = { type: 'boolean' } as const;
  const values = readArgs(args, { attempts: { type: 'string', default: '10' }, packages: flag, help: flag });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const attempts = Number(values.attempts);
  if (!Number.isInteger(attempts) || attempts < 1)
    throw new UsageError('--attempts: expected a whole number from 1 on');

  console.error('cdk synth…');
  await using assembly = await Assembly.synthesize();
  const bundles: Bundle[] = [];
  for (const deployed of assembly.functions) {
    console.error(`loading ${deployed.name}…`);
    bundles.push(await measureBundle(deployed, { attempts }));
  }
  console.log(table(bundles));
  if (values.packages) for (const { name, packages } of bundles) console.log(`\n${name}: ${packages.join(', ')}`);
  return bundles.every(isWithinBudget) ? 0 : 1;
}

const kilobytes = (bytes: number) => Math.round(bytes / 1000);

function isWithinBudget({ name, bytes, loadMs }: Bundle): boolean {
  const budget = budgetOf(name);
  return kilobytes(bytes) <= budget.kilobytes && loadMs <= budget.loadMs;
}

function table(bundles: readonly Bundle[]): string {
  const row = (cells: (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [
    row(['function', 'KB, minified', 'of', 'load, ms', 'of', 'packages', '']),
    row(['---', '---', '---', '---', '---', '---', '---']),
    ...bundles.map((bundle) => {
      const { name, bytes, loadMs, packages } = bundle;
      const budget = budgetOf(name);
      const verdict = isWithinBudget(bundle) ? '' : 'over its budget';
      return row([
        name,
        kilobytes(bytes),
        budget.kilobytes,
        Math.round(loadMs),
        budget.loadMs,
        packages.length,
        verdict,
      ]);
    }),
  ].join('\n');
}

await runCommand(main);
