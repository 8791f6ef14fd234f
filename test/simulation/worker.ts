import { run } from './run.ts';
import { scenarioOf } from './scenario.ts';
import { explain } from './story.ts';
import { House } from './world/house.ts';

/** A world to be. */
export interface Wanted {
  readonly seed: string;
  readonly orders: number;
  /** Whether a failure is to be shrunk and told. */
  readonly isToBeTold: boolean;
}

/** What came of it. */
export interface Happened {
  readonly seed: string;
  readonly orders: number;
  readonly calls: number;
  readonly faults: number;
  readonly days: number;
  /** What was broken, in a line. */
  readonly broken?: string;
  readonly story?: string;
}

/** Lets one world happen after the other, as long as its parent asks for one. */
const house = await House.open();

async function happen({ seed, orders, isToBeTold }: Wanted): Promise<Happened> {
  const scenario = scenarioOf(seed, orders);
  const outcome = await run(house, scenario);
  const { broken, faults, calls, days } = outcome;
  const happened = { seed, orders: outcome.orders, calls, days, faults: faults.length };
  if (!broken) return happened;
  const [first = ''] = `${broken.name}: ${broken.message}`.split('\n');
  return { ...happened, broken: first, ...(isToBeTold && { story: await explain(house, scenario, outcome) }) };
}

process.on('message', (wanted: Wanted) => void happen(wanted).then((happened) => process.send?.(happened)));
process.on('disconnect', () => void house.close().then(() => process.exit()));
process.send?.('ready');
