import { randomUUID } from 'node:crypto';

/** Time as the engine sees it. A test or a simulator passes its own. */
export interface Clock {
  now(): Date;
  /** Calls back once after `delayMs`, at most 2³¹ − 1. The answer cancels it. */
  setTimeout(callback: () => void, delayMs: number): () => void;
}

/** Chance as the engine sees it: retry jitter, task tokens, $uuid and $random. */
export interface Randomness {
  /** In [0, 1). */
  fraction(): number;
  uuid(): string;
}

export const systemClock: Clock = {
  now: () => new Date(),
  setTimeout(callback, delayMs) {
    const timeout = setTimeout(callback, delayMs);
    return () => clearTimeout(timeout);
  },
};

export const systemRandomness: Randomness = { fraction: Math.random, uuid: randomUUID };
