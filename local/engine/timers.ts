import type { Clock } from './ports.ts';

/** Node's timers hold a delay in 31 bits and fire at once beyond it; a longer wait is chained. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export interface Timer {
  cancel(): void;
}

interface Entry extends Timer {
  readonly dueMs: number;
  readonly sequence: number;
  readonly fire: () => void;
  place: number;
}

/**
 * Deadlines as absolute times, in a heap behind a single timer of the clock: tens of thousands of waiting executions
 * cost some bytes each, and a canceled deadline is gone at once. Due callbacks run in order of deadline, then of setting.
 */
export class Timers {
  readonly #clock: Clock;
  readonly #heap: Entry[] = [];
  #sequence = 0;
  #armedFor = Number.POSITIVE_INFINITY;
  #disarm: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `fire` once, not before `dueMs` (epoch milliseconds), and never inside this call. */
  at(dueMs: number, fire: () => void): Timer {
    const entry: Entry = {
      dueMs,
      sequence: this.#sequence++,
      fire,
      place: this.#heap.length,
      cancel: () => this.#remove(entry),
    };
    this.#heap.push(entry);
    this.#rise(entry);
    if (entry.place === 0) this.#arm();
    return entry;
  }

  /** Forgets every deadline. */
  clear(): void {
    this.#disarm();
    this.#armedFor = Number.POSITIVE_INFINITY;
    for (const entry of this.#heap) entry.place = -1;
    this.#heap.length = 0;
  }

  #arm(): void {
    const next = this.#heap[0];
    if (next === undefined || next.dueMs >= this.#armedFor) return;
    this.#disarm();
    this.#armedFor = next.dueMs;
    const delay = Math.min(Math.max(0, next.dueMs - this.#clock.now().getTime()), MAX_DELAY_MS);
    this.#disarm = this.#clock.setTimeout(() => this.#ring(), delay);
  }

  #ring(): void {
    this.#armedFor = Number.POSITIVE_INFINITY;
    const now = this.#clock.now().getTime();
    for (let first = this.#heap[0]; first !== undefined && first.dueMs <= now; first = this.#heap[0]) {
      this.#remove(first);
      first.fire();
    }
    this.#arm();
  }

  #remove(entry: Entry): void {
    if (entry.place < 0) return;
    const last = this.#heap.pop() as Entry;
    if (last !== entry) {
      last.place = entry.place;
      this.#heap[last.place] = last;
      this.#rise(last);
      this.#sink(last);
    }
    entry.place = -1;
  }

  #rise(entry: Entry): void {
    while (entry.place > 0) {
      const above = this.#heap[(entry.place - 1) >> 1] as Entry;
      if (!isBefore(entry, above)) return;
      this.#swap(entry, above);
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const left = this.#heap[2 * entry.place + 1];
      const right = this.#heap[2 * entry.place + 2];
      const below = right !== undefined && left !== undefined && isBefore(right, left) ? right : left;
      if (below === undefined || !isBefore(below, entry)) return;
      this.#swap(entry, below);
    }
  }

  #swap(a: Entry, b: Entry): void {
    const place = a.place;
    a.place = b.place;
    b.place = place;
    this.#heap[a.place] = a;
    this.#heap[b.place] = b;
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.sequence < b.sequence);
