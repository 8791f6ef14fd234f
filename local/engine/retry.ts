import { MAX_SECONDS, type Retrier } from './asl.ts';
import { matchesError } from './errors.ts';
import type { Thread } from './execution.ts';
import type { Catcher } from './machine.ts';
import type { Randomness } from './ports.ts';

/**
 * What a state does about `error`: run again later, or go on as a catcher says; undefined when it has no answer. The
 * first retrier that matches decides: when its attempts are spent, the catchers are asked, not the retriers after it.
 */
export function answerToFailure(
  state: { retry: readonly Retrier[]; catch: readonly Catcher[] },
  thread: Thread,
  error: string,
  { now, random }: { now: number; random: Randomness },
): { retrier: number; until: number } | { catcher: Catcher } | undefined {
  const place = state.retry.findIndex((retrier) => matchesError(retrier.ErrorEquals, error));
  const retrier = state.retry[place];
  const spent = thread.retries[place] ?? 0;
  if (retrier !== undefined && spent < retrier.MaxAttempts) {
    return { retrier: place, until: now + retryDelayMs(retrier, spent, random) };
  }
  const catcher = state.catch.find((candidate) => matchesError(candidate.errors, error));
  return catcher && { catcher };
}

/** Milliseconds before the next attempt: exponential, capped, and with full jitter anything from 0 up to that. */
export function retryDelayMs(retrier: Retrier, spent: number, random: Randomness): number {
  const longest = retrier.MaxDelaySeconds ?? MAX_SECONDS;
  const seconds = Math.min(retrier.IntervalSeconds * retrier.BackoffRate ** spent, longest);
  return Math.round(seconds * 1000 * (retrier.JitterStrategy === 'FULL' ? random.fraction() : 1));
}
