import { readFile, writeFile } from 'node:fs/promises';
import { readArgs, runCommand, UsageError } from './command-line.ts';
import { Measured } from './cost/counts.ts';
import { fillIn, render } from './cost/render.ts';
import { Assembly } from './deployed/assembly.ts';

const HELP = `What orders cost in AWS, and how many of them a second a region takes.

  npm run cost -- [options]

It plays one order of each kind on the real system, counts what AWS bills, and computes dollars and ceilings
from that, bench/cost/prices.ts, quotas.ts and assumptions.ts. It takes a minute.

  --counts   only the counts, as JSON
  --write    keep them in bench/cost/measured.json, and write the tables of docs/cost.md
  --kept     count nothing anew, take what is kept; with --write, after a change of prices or quotas
  --help     this text

What the tables say is in docs/cost.md.`;

const MEASURED = new URL('cost/measured.json', import.meta.url);
const DOCUMENT = new URL('../docs/cost.md', import.meta.url);

async function main(args: string[]): Promise<number> {
  const flag = { type: 'boolean' } as const;
  const values = readArgs(args, { counts: flag, write: flag, kept: flag, help: flag });
  if (values.counts && (values.write || values.kept)) {
    throw new UsageError('--counts cannot be combined with --write or --kept');
  }
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const report = (line: string) => console.error(line);
  const measured = values.kept
    ? Measured.parse(JSON.parse(await readFile(MEASURED, 'utf8')))
    : await measureAll(report);
  if (values.counts) {
    console.log(JSON.stringify(measured, null, 2));
    return 0;
  }
  const tables = render(measured);
  if (!values.write) {
    for (const [name, table] of Object.entries(tables)) console.log(`\n${name}\n\n${table}`);
    return 0;
  }
  await writeFile(MEASURED, `${JSON.stringify(measured, sorted, 2)}\n`);
  await writeFile(DOCUMENT, fillIn(await readFile(DOCUMENT, 'utf8'), tables));
  console.log('bench/cost/measured.json and docs/cost.md are written.');
  return 0;
}

/** For JSON that differs only where its numbers do. */
function sorted(_: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function measureAll(report: (line: string) => void): Promise<Measured> {
  report('cdk synth…');
  await using assembly = await Assembly.synthesize();
  // Before the functions are loaded, which look at both then: they are to say as much as they are deployed to say.
  process.env.POWERTOOLS_LOG_LEVEL = assembly.functions[0]?.environment.POWERTOOLS_LOG_LEVEL ?? 'INFO';
  process.env.POWERTOOLS_METRICS_DISABLED = 'false';
  const { measure } = await import('./cost/measure.ts');
  return measure(assembly, report);
}

await runCommand(main);
