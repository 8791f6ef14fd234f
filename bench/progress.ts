import { setTimeout as sleep } from 'node:timers/promises';
import type { Robot } from '../local/robot.ts';

const LOOK_INTERVAL_MS = 200;
const REPORT_INTERVAL_MS = 2_000;
/** Longer than the longest pause before a step of the workflow is tried again. */
const STALLED_AFTER_MS = 180_000;

export type ReportProgress = (line: string) => void;

/** Something that should have gone on did not. */
class Stalled extends Error {
  override name = 'Stalled';
}

/**
 * Resolves when `done` has come to `all`, and reports on the way there.
 *
 * @throws Stalled when nothing more gets done for a long time, and what the robot throws when it fails.
 */
export async function untilDone(
  done: () => number,
  all: number,
  { robot, report }: { robot: Pick<Robot, 'idle'>; report: ReportProgress },
): Promise<void> {
  let last = { done: -1, at: 0 };
  let reportedAt = performance.now();
  while (done() < all) {
    // A robot that is busy says nothing, one that has failed says so here.
    await Promise.race([robot.idle(), sleep(LOOK_INTERVAL_MS)]);
    const now = performance.now();
    if (done() > last.done) last = { done: done(), at: now };
    if (now - last.at > STALLED_AFTER_MS) {
      throw new Stalled(`only ${done()} of ${all} orders have shipped, and nothing moves any more`);
    }
    if (now - reportedAt < REPORT_INTERVAL_MS) continue;
    report(`${done()} of ${all} orders have shipped`);
    reportedAt = now;
  }
}
