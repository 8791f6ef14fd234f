import type { Clock } from '../../../local/engine/engine.ts';

/** A clock that stands still until it is moved. Its timers fire in order while it moves past them. */
export class ManualClock implements Clock {
  #nowMs: number;
  #timers = new Set<{ dueMs: number; callback: () => void }>();
  /** Every delay that was asked for. */
  readonly delays: number[] = [];

  constructor(start = '2026-11-24T08:00:00.000Z') {
    this.#nowMs = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  setTimeout(callback: () => void, delayMs: number): () => void {
    this.delays.push(delayMs);
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance(seconds: number): void {
    const until = this.#nowMs + seconds * 1000;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined || next.dueMs > until) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.callback();
    }
    this.#nowMs = until;
  }

  get pending(): number {
    return this.#timers.size;
  }
}
