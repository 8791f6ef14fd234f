import { readStory, type Story } from '../demo/files.ts';
import { type Outcome, type Progress, play } from '../demo/play.ts';
import { closing, opening } from '../demo/summary.ts';
import type { Fillrate } from '../fillrate.ts';
import { GUESSED_CATALOGUE } from '../import/derive-catalogue.ts';
import { ONLINE_RETAIL_MAPPING } from '../import/online-retail.ts';
import { type Command, expectNoMore } from './cli.ts';
import { startSystem } from './start-system.ts';
import { type Screen, StatusLine } from './status-line.ts';

const usage = `\
Plays orders through Fillrate, from the cart to the carrier, and audits what
became of them. Nothing is kept.

  npm run demo
  npm run demo -- --orders my-orders.csv --catalogue my-catalogue.csv

  --catalogue FILE   what there is to sell, and how much of it
  --orders FILE      what customers order
  --deliveries FILE  what suppliers bring meanwhile
  --help             this text

Without flags it plays samples/*.csv; samples/README.md describes their
columns, which are Fillrate's own layout. The sample deliveries come with the
sample orders only.

${ONLINE_RETAIL_MAPPING}

${GUESSED_CATALOGUE}

Exit code: 0 when the audit passes, 1 when it does not, 2 for wrong flags.
`;

const options = {
  catalogue: { type: 'string' },
  orders: { type: 'string' },
  deliveries: { type: 'string' },
} as const;

export const demoCommand: Command<typeof options> = {
  usage,
  options,
  run: async ({ values, positionals }, signal) => {
    expectNoMore(positionals);
    const story = await readStory(values);
    const fillrate = await startSystem({});
    try {
      return (await present(fillrate, story, process.stdout, signal)).exitCode;
    } finally {
      await fillrate.close();
    }
  },
};

/** Plays a story on an empty system and shows it. */
export async function present(
  fillrate: Fillrate,
  story: Story,
  screen: Screen,
  signal: AbortSignal,
): Promise<{ outcome: Outcome; exitCode: number }> {
  screen.write(opening(story, fillrate.endpoints.api));
  const line = new StatusLine(screen);
  const onProgress = (progress: Progress) => line.show(progressOf(progress));
  const outcome = await play(fillrate, story, { signal, onProgress }).finally(() => line.finish());
  screen.write(closing(story, outcome));
  return { outcome, exitCode: hasPassed(outcome, story.orders.report.taken) ? 0 : 1 };
}

/** Whether the audit found nothing, nothing stands still, and every order that was taken is there. */
function hasPassed({ audit, tally }: Outcome, ordersTaken: number): boolean {
  const ordersFound = [...tally.orders.values()].reduce((sum, count) => sum + count, 0);
  return audit.violations.length === 0 && tally.stuck.length === 0 && ordersFound === ordersTaken;
}

function progressOf({ skus, stocked, orders, placed, robot, alerts }: Progress): string {
  if (placed === 0) return `  stocked ${stocked} of ${skus} SKUs`;
  const width = String(orders).length;
  const counts = { picked: robot.pick, packed: robot.pack, shipped: robot.ship, alerts };
  const rest = Object.entries(counts).map(([name, count]) => `${name} ${String(count).padStart(width)}`);
  return [`  placed ${String(placed).padStart(width)} of ${orders}`, ...rest].join('   ');
}
