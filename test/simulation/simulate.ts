import { runCommand } from '../../bench/command-line.ts';
import { StatusLine } from '../../local/commands/status-line.ts';
import { HELP, type Options, readOptions } from './options.ts';
import type { Happened, Wanted } from './worker.ts';
import { letHappen } from './workers.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (!options) {
    console.log(HELP);
    return 0;
  }
  const status = new StatusLine(process.stdout);
  const tally = new Tally();
  const until = performance.now() + (options.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  await letHappen({
    processes: options.seed === undefined ? options.processes : 1,
    wanted: worlds(options),
    onHappened: (happened) => {
      tally.add(happened);
      if (happened.broken) status.say(told(happened, options));
      status.show(tally.line());
      return performance.now() < until;
    },
  });
  status.finish();
  console.log(tally.line());
  return tally.broken > 0 ? 1 : 0;
}

function* worlds({ seed, seeds, from, orders }: Options): Generator<Wanted> {
  if (seed !== undefined) yield { seed, orders, isToBeTold: true };
  else for (let next = from; next < from + seeds; next++) yield { seed: String(next), orders, isToBeTold: true };
}

function told({ seed, broken, story }: Happened, { orders }: Options): string {
  const replay = `npm run simulate -- --seed ${seed} --orders ${orders}`;
  return `\nSeed ${seed} broke a promise: ${broken}\nReplay: ${replay}\n\n${story}\n`;
}

class Tally {
  readonly #startedAt = performance.now();
  #seeds = 0;
  #orders = 0;
  #calls = 0;
  #faults = 0;
  #days = 0;
  broken = 0;

  add({ orders, calls, faults, days, broken }: Happened): void {
    this.#seeds++;
    this.#orders += orders;
    this.#calls += calls;
    this.#faults += faults;
    this.#days += days;
    if (broken) this.broken++;
  }

  line(): string {
    const minutes = (performance.now() - this.#startedAt) / 60_000;
    const count = (number: number) => Math.round(number).toLocaleString('en-US');
    const rate = count(this.#orders / minutes);
    return `${count(this.#seeds)} seeds, ${count(this.#orders)} orders (${rate} a minute), ${count(this.#calls)} calls, ${count(this.#faults)} faults, ${count(this.#days / 365)} years: ${count(this.broken)} failed`;
  }
}

await runCommand(main);
