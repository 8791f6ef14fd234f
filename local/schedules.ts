import { randomUUID } from 'node:crypto';
import { log } from '../core/platform/log.ts';
import type { Clock, FunctionContext } from './engine/engine.ts';
import { systemClock } from './engine/ports.ts';

const SCHEDULE_ARN_PREFIX = 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/';

/**
 * What EventBridge Scheduler hands to a function when the schedule has no input of its own. `detail` is a string, unlike in the
 * events of EventBridge's rules.
 */
interface ScheduledEvent {
  version: '0';
  id: string;
  'detail-type': 'Scheduled Event';
  source: 'aws.scheduler';
  account: string;
  /** ISO 8601, UTC, to the second. */
  time: string;
  region: string;
  resources: string[];
  detail: '{}';
}

export interface ScheduleOptions {
  /** The function's name, and the schedule's. */
  name: string;
  rateSeconds: number;
  handler: (event: ScheduledEvent, context: FunctionContext) => Promise<unknown>;
  clock?: Clock;
}

export interface Schedule {
  /** Ends after the call in progress. */
  close(): Promise<void>;
}

/**
 * Calls a function at a fixed rate, the first time after one period. A call that is due while the last one still runs is left out.
 * A failed call is logged and not repeated: the next one is near.
 */
export function startSchedule({ name, rateSeconds, handler, clock = systemClock }: ScheduleOptions): Schedule {
  const rateMs = rateSeconds * 1000;
  let running: Promise<void> | undefined;
  let dueMs = clock.now().getTime() + rateMs;
  let cancel = wait();

  function wait() {
    return clock.setTimeout(ring, Math.max(0, dueMs - clock.now().getTime()));
  }

  function ring() {
    running ??= call(clock.now()).finally(() => {
      running = undefined;
    });
    // What was missed, because the machine slept, is not made up for.
    const nowMs = clock.now().getTime();
    dueMs = dueMs + rateMs > nowMs ? dueMs + rateMs : nowMs + rateMs;
    cancel = wait();
  }

  async function call(now: Date) {
    const until = now.getTime() + rateMs;
    const context: FunctionContext = {
      awsRequestId: randomUUID(),
      functionName: name,
      getRemainingTimeInMillis: () => Math.max(0, until - clock.now().getTime()),
    };
    try {
      await handler(scheduledEvent(name, now), context);
    } catch (error) {
      log.error('a scheduled call failed', { function: name, error });
    }
  }

  return {
    close: async () => {
      cancel();
      await running;
    },
  };
}

function scheduledEvent(name: string, now: Date): ScheduledEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: '000000000000',
    time: now.toISOString().replace(/\.\d{3}Z$/, 'Z'),
    region: 'us-east-1',
    resources: [SCHEDULE_ARN_PREFIX + name],
    detail: '{}',
  };
}
