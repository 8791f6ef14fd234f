import { readFileSync } from 'node:fs';
import { GetExecutionHistoryCommand, SendTaskFailureCommand, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { functionArn, type Handler } from '../../local/engine/engine.ts';
import { type Harness, startHarness, until } from '../local/engine/harness.ts';
import { ManualClock } from '../local/engine/manual-clock.ts';

const definition = readFileSync(new URL('../../statemachines/order-fulfillment.asl.json', import.meta.url), 'utf8');
const substitutions = {
  ReserveStock: functionArn('reserve-stock'),
  OpenTask: functionArn('open-task'),
  OpenBackorder: functionArn('open-backorder'),
  ReleaseStock: functionArn('release-stock'),
};
const shipment = { shipmentId: 'A1-1', orderId: 'A1' };

interface Task {
  shipmentId: string;
  stage: 'backorder' | 'pick' | 'pack' | 'ship';
  token: string;
}

/** An error that a function throws by name, which is all that the workflow sees of it. */
class Refusal extends Error {
  constructor(name: string, message = 'as the test wants it') {
    super(message);
    this.name = name;
  }
}

describe("a shipment's way through the workflow", () => {
  let local: Harness;
  let clock: ManualClock;
  let tasks: Task[];
  let released: object[];
  let functions: {
    reserve: (event: { executionName: string; input: object }) => object;
    openTask: (task: Task) => void;
    openBackorder: () => object;
    release: (event: { end: string }) => object;
  };

  const reserves = (outcome: string) => {
    functions.reserve = () => ({ outcome, shipmentId: 'A1-1', waitUntil: '2026-11-30T08:00:00.000Z' });
  };

  beforeEach(async () => {
    clock = new ManualClock('2026-11-24T08:00:00.000Z');
    tasks = [];
    released = [];
    functions = {
      reserve: () => ({}),
      openTask: (task) => void tasks.push(task),
      openBackorder: () => ({ openedShipmentId: 'A1-2' }),
      release: (event) => ({ status: event.end }),
    };
    const handlers: Record<string, Handler> = {
      'reserve-stock': async (event: { executionName: string; input: object }) => functions.reserve(event),
      'open-task': async (task: Task) => functions.openTask(task),
      'open-backorder': async () => functions.openBackorder(),
      'release-stock': async (event: { end: string }) => {
        const answer = functions.release(event);
        released.push(event);
        return answer;
      },
    };
    // Half of each delay: full jitter would allow anything from 0.
    const random = { fraction: () => 0.5, uuid: () => crypto.randomUUID() };
    local = await startHarness(
      { stateMachines: [{ name: 'orders', definition, substitutions }], clock, random },
      handlers,
    );
  });
  afterEach(() => local.close());

  const place = (input: object = { shipment }) => local.start('A1-1', input);
  /** Waits until the latest task is one of `stage`. */
  const taskOf = async (stage: Task['stage'], count = 1): Promise<Task> => {
    await until(() => tasks.filter((task) => task.stage === stage).length === count);
    return tasks.at(-1) as Task;
  };
  const confirm = (task: Task) =>
    local.client.send(new SendTaskSuccessCommand({ taskToken: task.token, output: '{}' }));
  const refuse = (task: Task, error: string) =>
    local.client.send(new SendTaskFailureCommand({ taskToken: task.token, error, cause: 'so it was said' }));
  const statesOf = async (executionArn: string) => {
    const { events = [] } = await local.client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
    return events.flatMap((event) => event.stateEnteredEventDetails?.name ?? []);
  };
  const walk = async (...stages: Task['stage'][]) => {
    for (const stage of stages) await confirm(await taskOf(stage));
  };

  const lastEvent = async (executionArn: string) => {
    const { events } = await local.client.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 }),
    );
    return events?.[0]?.type;
  };
  /** Lets the time of every retry come, until the execution ends. */
  const exhaustRetries = async (arn: string) => {
    while ((await local.describe(arn)).status === 'RUNNING') {
      if (['TaskFailed', 'EvaluationFailed'].includes((await lastEvent(arn)) ?? '')) clock.advance(300);
    }
    return local.describe(arn);
  };

  it('picks, packs and ships what is in stock, in five billed states', async () => {
    reserves('reserved');
    const arn = await place();
    await walk('pick', 'pack', 'ship');
    expect(await local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await statesOf(arn)).toEqual(['ReserveStock', 'RouteByOutcome', 'Pick', 'Pack', 'Ship']);
    expect(tasks.map(({ shipmentId, stage }) => [shipmentId, stage])).toEqual([
      ['A1-1', 'pick'],
      ['A1-1', 'pack'],
      ['A1-1', 'ship'],
    ]);
    expect(released).toEqual([]);
    expect(local.engine.counts()).toMatchObject({ transitions: 5, transitionsByType: { Task: 4, Choice: 1 } });
  });

  it('tells the function that reserves which execution asks, and passes on what it was started with', async () => {
    const asked: object[] = [];
    functions.reserve = (event) => {
      asked.push(event);
      return { outcome: 'elsewhere', shipmentId: 'A1-1', waitUntil: null };
    };
    const arn = await place({ order: { orderId: 'A1' } });
    expect(await local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await statesOf(arn)).toEqual(['ReserveStock', 'RouteByOutcome', 'HandledElsewhere']);
    expect(asked).toEqual([{ executionName: 'A1-1', input: { order: { orderId: 'A1' } } }]);
  });

  it('lets a backordered shipment wait its turn, and goes on when it is allocated', async () => {
    reserves('backordered');
    const arn = await place();
    const wait = await taskOf('backorder');
    clock.advance(5 * 86_400);
    expect((await local.describe(arn)).status).toBe('RUNNING');
    await confirm(wait);
    await walk('pick', 'pack', 'ship');
    expect(await local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await statesOf(arn)).toContain('BackorderWait');
    expect(released).toEqual([]);
  });

  it('gives up a backorder at the time up to which it may wait, and not before', async () => {
    reserves('backordered');
    const arn = await place();
    await taskOf('backorder');
    await until(() => clock.pending > 0);
    clock.advance(6 * 86_400 - 1);
    expect((await local.describe(arn)).status).toBe('RUNNING');
    clock.advance(1);
    expect(await local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(released).toMatchObject([{ shipmentId: 'A1-1', end: 'expired', cause: { Error: 'States.Timeout' } }]);
    expect((await statesOf(arn)).at(-1)).toBe('Expired');
    const late = confirm(tasks[0] as Task);
    await expect(late).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('gives a backorder whose time has passed at least a second', async () => {
    functions.reserve = () => ({ outcome: 'backordered', shipmentId: 'A1-1', waitUntil: '2026-11-01T00:00:00.000Z' });
    const arn = await place();
    await taskOf('backorder');
    clock.advance(1);
    await local.ended(arn);
    expect((await statesOf(arn)).at(-1)).toBe('Expired');
  });

  it.each([
    ['backorder', 'backordered', []],
    ['pick', 'reserved', []],
    ['pack', 'reserved', ['pick']],
    ['ship', 'reserved', ['pick', 'pack']],
  ] as const)('releases the stock of a shipment canceled before %s is done', async (stage, outcome, before) => {
    reserves(outcome);
    const arn = await place();
    await walk(...before);
    await refuse(await taskOf(stage), 'OrderCancelled');
    expect(await local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(released).toMatchObject([{ end: 'cancelled', cause: { Error: 'OrderCancelled' } }]);
    expect((await statesOf(arn)).slice(-3)).toEqual(['ReleaseStock', 'RouteByEnd', 'Cancelled']);
  });

  it('learns of a cancellation when it opens a task, too', async () => {
    reserves('reserved');
    functions.openTask = () => {
      throw new Refusal('OrderCancelled');
    };
    const arn = await place();
    await local.ended(arn);
    expect((await statesOf(arn)).at(-1)).toBe('Cancelled');
  });

  it('has shipped when the table says so, although it was to be canceled', async () => {
    reserves('reserved');
    functions.release = () => ({ status: 'shipped' });
    const arn = await place();
    await refuse(await taskOf('pick'), 'OrderCancelled');
    await local.ended(arn);
    expect((await statesOf(arn)).at(-1)).toBe('Shipped');
  });

  it('splits off what waits, and ships what is there', async () => {
    reserves('split');
    const arn = await place();
    await walk('pick', 'pack', 'ship');
    expect(await local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect((await statesOf(arn)).slice(2, 4)).toEqual(['OpenBackorder', 'Pick']);
  });

  it('cancels instead of splitting an order that was canceled meanwhile', async () => {
    reserves('split');
    functions.openBackorder = () => {
      throw new Refusal('OrderCancelled');
    };
    const arn = await place();
    await local.ended(arn);
    expect((await statesOf(arn)).at(-1)).toBe('Cancelled');
  });

  it('ends a rejected order without touching stock', async () => {
    functions.reserve = () => ({ outcome: 'rejected', shipmentId: 'A1-1', waitUntil: null, reason: 'out-of-stock' });
    const arn = await place();
    const ended = await local.ended(arn);
    expect(ended.status).toBe('SUCCEEDED');
    expect(JSON.parse(ended.output ?? '')).toMatchObject({ outcome: 'rejected', reason: 'out-of-stock' });
    expect(released).toEqual([]);
  });

  it.each(['InvalidInput', 'OrderIdTaken'])('refuses an order with %s at once, and says why', async (name) => {
    let calls = 0;
    functions.reserve = () => {
      calls += 1;
      throw new Refusal(name, 'no such field');
    };
    const arn = await place();
    const ended = await local.ended(arn);
    expect(ended).toMatchObject({ status: 'FAILED', error: name });
    expect(JSON.parse(ended.cause ?? '')).toMatchObject({ errorType: name, errorMessage: 'no such field' });
    expect(calls).toBe(1);
    expect(released).toEqual([]);
  });

  it.each(['ShortPick', 'StillWaiting'])('goes back to waiting after %s, and picks again', async (name) => {
    reserves('reserved');
    const arn = await place();
    await refuse(await taskOf('pick'), name);
    await confirm(await taskOf('backorder'));
    await confirm(await taskOf('pick', 2));
    await walk('pack', 'ship');
    expect(await local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await statesOf(arn)).toEqual([
      ...['ReserveStock', 'RouteByOutcome', 'Pick', 'BackorderWait', 'Pick', 'Pack', 'Ship'],
    ]);
    expect(new Set(tasks.map(({ token }) => token)).size).toBe(tasks.length);
  });

  it('tries a reservation again that failed for the moment', async () => {
    let calls = 0;
    functions.reserve = () => {
      calls += 1;
      if (calls < 4) throw new Refusal('TransactionConflict');
      return { outcome: 'reserved', shipmentId: 'A1-1', waitUntil: null };
    };
    const arn = await place();
    for (const [failures, seconds] of [0.5, 1, 2].entries()) {
      await until(() => calls === failures + 1 && clock.pending > 0);
      await until(async () => (await lastEvent(arn)) === 'TaskFailed');
      clock.advance(seconds);
    }
    await walk('pick', 'pack', 'ship');
    expect(await local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(calls).toBe(4);
    expect(local.engine.counts().transitionsByState.ReserveStock).toBe(4);
  });

  it('releases the stock when a reservation fails for good, and ends as failed with the cause', async () => {
    functions.reserve = () => {
      throw new Refusal('Broken', 'the disk is full');
    };
    const arn = await place();
    expect(await exhaustRetries(arn)).toMatchObject({
      status: 'FAILED',
      error: 'Broken',
      cause: expect.stringContaining('the disk is full'),
    });
    expect(released).toMatchObject([{ shipmentId: 'A1-1', end: 'failed', cause: { Error: 'Broken' } }]);
    expect(local.engine.counts().transitionsByState.ReserveStock).toBe(9);
  });

  it('takes the shipment of an order handed over as a whole back by its name when reserving fails', async () => {
    functions.reserve = () => ({ outcome: 'reserved' });
    const arn = await place({ order: { orderId: 'A1' } });
    expect(await exhaustRetries(arn)).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(released).toMatchObject([{ shipmentId: 'A1-1', end: 'failed' }]);
  });

  it('releases the stock after an outcome that nobody knows', async () => {
    reserves('perhaps');
    const arn = await place();
    expect(await local.ended(arn)).toMatchObject({ status: 'FAILED', error: 'UnexpectedOutcome' });
    expect(released).toMatchObject([{ end: 'failed', cause: { Error: 'UnexpectedOutcome' } }]);
  });

  it('fails a pick that nobody confirms within 30 days', async () => {
    reserves('reserved');
    const arn = await place();
    await taskOf('pick');
    await until(async () => (await lastEvent(arn)) === 'TaskSubmitted');
    clock.advance(30 * 86_400);
    expect(await local.ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(released).toMatchObject([{ end: 'failed' }]);
  });

  it('ends as failed when even the release fails, after trying for a long time', async () => {
    reserves('perhaps');
    let calls = 0;
    functions.release = () => {
      calls += 1;
      throw new Refusal('Broken');
    };
    const arn = await place();
    expect(await exhaustRetries(arn)).toMatchObject({ status: 'FAILED', error: 'UnexpectedOutcome' });
    expect(calls).toBe(21);
  });

  it('takes a confirmation that arrives before the function that opened the task has returned', async () => {
    reserves('reserved');
    let openPick = () => {};
    const returning = new Promise<void>((resolve) => {
      openPick = resolve;
    });
    local.engine.registerFunction('open-task', async (task: Task) => {
      tasks.push(task);
      if (task.stage === 'pick') await returning;
    });
    const arn = await place();
    await walk('pick', 'pack', 'ship');
    openPick();
    expect(await local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(tasks).toHaveLength(3);
  });
});
