import type { Progress } from './play.ts';

/** Where the lines do not renew themselves, one is written as often as this. */
const PLAIN_INTERVAL_MS = 1000;

/** What it takes of a stream: process.stdout, or a test's own. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Shows how far the play is: on a terminal in one line that renews itself, elsewhere in a plain line now and then. */
export class ProgressLine {
  readonly #screen: Screen;
  #shown = '';
  #shownAt = Number.NEGATIVE_INFINITY;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  show(progress: Progress): void {
    const line = describe(progress);
    if (line === this.#shown) return;
    if (this.#screen.isTTY) {
      this.#screen.write(`\r\x1b[2K${line}`);
    } else {
      if (performance.now() - this.#shownAt < PLAIN_INTERVAL_MS) return;
      this.#screen.write(`${line}\n`);
    }
    this.#shown = line;
    this.#shownAt = performance.now();
  }

  /** Ends the line, so that others can follow. */
  finish(): void {
    if (this.#screen.isTTY && this.#shown) this.#screen.write('\n');
  }
}

function describe({ skus, stocked, orders, placed, robot, alerts }: Progress): string {
  if (placed === 0) return `  stocked ${stocked} of ${skus} SKUs`;
  const width = String(orders).length;
  const counts = { picked: robot.pick, packed: robot.pack, shipped: robot.ship, alerts };
  const rest = Object.entries(counts).map(([name, count]) => `${name} ${String(count).padStart(width)}`);
  return [`  placed ${String(placed).padStart(width)} of ${orders}`, ...rest].join('   ');
}
