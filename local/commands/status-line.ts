/** Where the line does not renew itself, one is written as often as this. */
const PLAIN_INTERVAL_MS = 1000;

/** What it takes of a stream: process.stdout, or a test's own. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Says how far something is: on a terminal in one line that renews itself, elsewhere in a plain line now and then. */
export class StatusLine {
  readonly #screen: Screen;
  #shown = '';
  #shownAt = Number.NEGATIVE_INFINITY;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  show(text: string): void {
    if (text === this.#shown) return;
    if (this.#screen.isTTY) {
      this.#screen.write(`\r\x1b[2K${text}`);
    } else {
      if (performance.now() - this.#shownAt < PLAIN_INTERVAL_MS) return;
      this.#screen.write(`${text}\n`);
    }
    this.#shown = text;
    this.#shownAt = performance.now();
  }

  /** Writes a whole line, above the one that renews itself. */
  say(text: string): void {
    const isShowing = this.#screen.isTTY && this.#shown;
    this.#screen.write(isShowing ? `\r\x1b[2K${text}\n${this.#shown}` : `${text}\n`);
  }

  /** Ends the line, so that others can follow. */
  finish(): void {
    if (this.#screen.isTTY && this.#shown) this.#screen.write('\n');
    this.#shown = '';
  }
}
