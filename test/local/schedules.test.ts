import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { log } from '../../core/platform/log.ts';
import { type Schedule, type ScheduleOptions, startSchedule } from '../../local/schedules.ts';

let schedule: Schedule | undefined;
beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-24T06:00:00.250Z') });
});
afterEach(async () => {
  await schedule?.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function every300Seconds(handler: ScheduleOptions['handler']) {
  schedule = startSchedule({ name: 'sweep', rateSeconds: 300, handler });
  return schedule;
}

it('calls the function once per period, in the shape of EventBridge Scheduler', async () => {
  const handler = vi.fn<ScheduleOptions['handler']>().mockResolvedValue(undefined);
  every300Seconds(handler);
  await vi.advanceTimersByTimeAsync(299_999);
  expect(handler).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(600_001);
  expect(handler.mock.calls.map(([event]) => event.time)).toEqual([
    '2026-11-24T06:05:00Z',
    '2026-11-24T06:10:00Z',
    '2026-11-24T06:15:00Z',
  ]);
  expect(handler.mock.calls[0]?.[0]).toEqual({
    version: '0',
    id: expect.any(String),
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: '000000000000',
    time: '2026-11-24T06:05:00Z',
    region: 'us-east-1',
    resources: [expect.stringMatching(/^arn:aws:scheduler:.*\/sweep$/)],
    detail: '{}',
  });
  expect(handler.mock.calls[0]?.[1].functionName).toBe('sweep');
});

it('leaves out a call while the last one still runs', async () => {
  const running = Promise.withResolvers<void>();
  const handler = vi.fn(() => running.promise);
  every300Seconds(handler);
  await vi.advanceTimersByTimeAsync(900_000);
  expect(handler).toHaveBeenCalledTimes(1);
  running.resolve();
  await vi.advanceTimersByTimeAsync(300_000);
  expect(handler).toHaveBeenCalledTimes(2);
});

it('logs a failed call and makes the next one', async () => {
  const logged = vi.spyOn(log, 'error').mockImplementation(() => undefined);
  const handler = vi.fn().mockRejectedValue(new Error('no database'));
  every300Seconds(handler);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(handler).toHaveBeenCalledTimes(2);
  expect(logged).toHaveBeenCalledTimes(2);
});

it('does not make up for the time in which the machine slept', async () => {
  const handler = vi.fn().mockResolvedValue(undefined);
  every300Seconds(handler);
  await vi.advanceTimersByTimeAsync(300_000);
  vi.setSystemTime(new Date('2026-11-24T12:00:00Z'));
  await vi.advanceTimersByTimeAsync(600_000);
  expect(handler.mock.calls.map(([event]) => event.time)).toEqual([
    '2026-11-24T06:05:00Z',
    '2026-11-24T12:05:00Z',
    '2026-11-24T12:10:00Z',
  ]);
});

it('ends after the call in progress and makes no other', async () => {
  const running = Promise.withResolvers<void>();
  const handler = vi.fn(() => running.promise);
  const { close } = every300Seconds(handler);
  await vi.advanceTimersByTimeAsync(300_000);
  let isClosed = false;
  const closed = close().then(() => {
    isClosed = true;
  });
  await vi.advanceTimersByTimeAsync(600_000);
  expect(isClosed).toBe(false);
  running.resolve();
  await closed;
  expect(handler).toHaveBeenCalledTimes(1);
});
