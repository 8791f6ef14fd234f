import type { Clock } from '../../../local/engine/engine.ts';
import { quiet } from './gate.ts';

interface Due {
  readonly atMs: number;
  readonly sequence: number;
  readonly happen: () => void | Promise<void>;
  isOff: boolean;
}

/**
 * Time that passes only from one thing that is due to the next: a year of waiting takes no time, and what is due at the same time comes in
 * the order in which it was planned.
 */
export class Timeline implements Clock {
  readonly #heap: Due[] = [];
  #nowMs: number;
  #sequence = 0;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** The answer calls it off. */
  setTimeout(happen: () => void | Promise<void>, delayMs: number): () => void {
    const due = { atMs: this.#nowMs + Math.max(0, delayMs), sequence: this.#sequence++, happen, isOff: false };
    this.#push(due);
    return () => {
      due.isOff = true;
    };
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.setTimeout(resolve, delayMs));
  }

  /** Lets time pass by so much, one thing after the other, or until `isOver`. */
  async pass(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await quiet();
    for (let next = this.#heap[0]; next && next.atMs <= untilMs && !isOver(); next = this.#heap[0]) {
      this.#pop();
      if (next.isOff) continue;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      await next.happen();
      await quiet();
    }
    if (!isOver()) this.#nowMs = untilMs;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let place = heap.push(due) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(due, heap[above] as Due)) break;
      heap[place] = heap[above] as Due;
      place = above;
    }
    heap[place] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Due;
    if (heap.length === 0) return;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Due, heap[below] as Due)) below++;
      if (!isBefore(heap[below] as Due, last)) break;
      heap[place] = heap[below] as Due;
      place = below;
    }
    heap[place] = last;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}
