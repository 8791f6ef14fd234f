import { availableParallelism } from 'node:os';
import { StatusLine } from '../../local/commands/status-line.ts';
import { BUGS, type Bug } from './bugs.ts';
import type { Happened, Wanted } from './worker.ts';
import { letHappen } from './workers.ts';

const LOADER = new URL('./bug-loader.ts', import.meta.url).href;
const MOST_SEEDS = 1_000;
const ORDERS = 40;

interface Caught {
  readonly bug: Bug;
  /** How many worlds it took. */
  readonly seeds: number;
  readonly by: Happened | undefined;
}

/** Makes one mistake after the other, and lets worlds happen until one of them shows it. */
async function main(wanted: string | undefined): Promise<number> {
  const status = new StatusLine(process.stderr);
  const all: Caught[] = [];
  for (const bug of BUGS.filter(({ name }) => wanted === undefined || name.includes(wanted))) {
    const caught = await hunt(bug, (seeds) => status.show(`${bug.name}: ${seeds} seeds`));
    status.say(line(caught));
    all.push(caught);
  }
  status.finish();
  console.log(['| mistake | caught after | what it breaks |', '| --- | --- | --- |', ...all.map(row)].join('\n'));
  return all.every(({ by }) => by) ? 0 : 1;
}

async function hunt(bug: Bug, onSeed: (seeds: number) => void): Promise<Caught> {
  let seeds = 0;
  let by: Happened | undefined;
  await letHappen({
    processes: availableParallelism(),
    execArgv: ['--import', LOADER],
    environment: { SEEDED_BUG: bug.name },
    wanted: worlds(),
    onHappened: (happened) => {
      onSeed(++seeds);
      if (happened.broken) by ??= happened;
      return by === undefined;
    },
  });
  return { bug, seeds, by };
}

function* worlds(): Generator<Wanted> {
  for (let seed = 1; seed <= MOST_SEEDS; seed++) yield { seed: String(seed), orders: ORDERS, isToBeTold: false };
}

function line({ bug, seeds, by }: Caught): string {
  return `${by ? 'caught' : 'NOT CAUGHT'} after ${seeds} seeds: ${bug.name}${by ? ` (seed ${by.seed}: ${by.broken})` : ''}`;
}

function row({ bug, seeds, by }: Caught): string {
  const breaks = by?.broken?.replace(/^PromiseBroken: /, '').replaceAll('|', '/') ?? '**not caught**';
  return `| ${bug.name} | ${seeds} ${seeds === 1 ? 'seed' : 'seeds'} | ${breaks} |`;
}

process.exitCode = await main(process.argv[2]);
