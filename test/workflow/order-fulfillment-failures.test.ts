import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../local/engine/harness.ts';
import { Refusal, ShipmentWalk } from './shipment-walk.ts';

describe('a shipment whose way through the workflow is disturbed', () => {
  let way: ShipmentWalk;

  beforeEach(async () => {
    way = new ShipmentWalk();
    await way.start();
  });
  afterEach(() => way.local.close());

  it('tries a reservation again that failed for the moment', async () => {
    let calls = 0;
    way.reserve = () => {
      calls += 1;
      if (calls < 4) throw new Refusal('TransactionConflict');
      return { outcome: 'reserved', shipmentId: 'A1-1', waitUntil: null };
    };
    const arn = await way.place();
    for (const [failures, seconds] of [0.5, 1, 2].entries()) {
      await until(() => calls === failures + 1 && way.clock.pending > 0);
      await until(async () => (await way.lastEvent(arn)) === 'TaskFailed');
      way.clock.advance(seconds);
    }
    await way.walk('pick', 'pack', 'ship');
    expect(await way.local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(calls).toBe(4);
    expect(way.local.engine.counts().transitionsByState.ReserveStock).toBe(4);
  });

  it('waits until Lambda has room again, longer than it waits for anything else', async () => {
    let calls = 0;
    way.reserve = () => {
      calls += 1;
      if (calls <= 30) throw new Refusal('Lambda.TooManyRequestsException');
      return { outcome: 'reserved', shipmentId: 'A1-1', waitUntil: null };
    };
    const arn = await way.place();
    for (let failures = 1; failures <= 30; failures++) {
      await until(() => calls === failures && way.clock.pending > 0);
      await until(async () => (await way.lastEvent(arn)) === 'TaskFailed');
      way.clock.advance(60);
    }
    await way.walk('pick', 'pack', 'ship');
    expect(await way.local.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('releases the stock when a reservation fails for good, and ends as failed with the cause', async () => {
    way.reserve = () => {
      throw new Refusal('Broken', 'the disk is full');
    };
    const arn = await way.place();
    expect(await way.exhaustRetries(arn)).toMatchObject({
      status: 'FAILED',
      error: 'Broken',
      cause: expect.stringContaining('the disk is full'),
    });
    expect(way.released).toMatchObject([{ shipmentId: 'A1-1', end: 'failed', cause: { Error: 'Broken' } }]);
    expect(way.local.engine.counts().transitionsByState.ReserveStock).toBe(9);
  });

  it('takes the shipment of an order handed over as a whole back by its name when reserving fails', async () => {
    way.reserve = () => ({ outcome: 'reserved' });
    const arn = await way.place({ order: { orderId: 'A1' } });
    expect(await way.exhaustRetries(arn)).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(way.released).toMatchObject([{ shipmentId: 'A1-1', end: 'failed' }]);
  });

  it('releases the stock after an outcome that nobody knows', async () => {
    way.reserves('perhaps');
    const arn = await way.place();
    expect(await way.local.ended(arn)).toMatchObject({ status: 'FAILED', error: 'UnexpectedOutcome' });
    expect(way.released).toMatchObject([{ end: 'failed', cause: { Error: 'UnexpectedOutcome' } }]);
  });

  it('fails a pick that nobody confirms within 30 days', async () => {
    way.reserves('reserved');
    const arn = await way.place();
    await way.taskOf('pick');
    await until(async () => (await way.lastEvent(arn)) === 'TaskSubmitted');
    way.clock.advance(30 * 86_400);
    expect(await way.local.ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(way.released).toMatchObject([{ end: 'failed' }]);
  });

  it('ends as failed when even the release fails, after trying for a long time', async () => {
    way.reserves('perhaps');
    let calls = 0;
    way.release = () => {
      calls += 1;
      throw new Refusal('Broken');
    };
    const arn = await way.place();
    expect(await way.exhaustRetries(arn)).toMatchObject({ status: 'FAILED', error: 'UnexpectedOutcome' });
    expect(calls).toBe(21);
  });
});
