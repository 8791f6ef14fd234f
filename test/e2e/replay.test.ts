import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { ApiClient } from '../../local/api-client.ts';
import { clientConfig } from '../../local/client-config.ts';
import { ensureTable } from '../../local/dynamodb/ensure-table.ts';
import { startFillrate } from '../../local/fillrate.ts';
import { Robot } from '../../local/robot.ts';
import { StreamPoller } from '../../local/streams/poller.ts';
import { digest } from '../support/digest.ts';
import { anItem, anOrder, expectAuditToPass } from '../support/services.ts';
import { expectAllTold } from '../support/told.ts';

it('does nothing twice when the stream delivers its records again, in any order and any batches', async () => {
  const fillrate = await startFillrate({});
  onTestFinished(() => fillrate.close());
  const { endpoints, services } = fillrate;
  const api = new ApiClient(endpoints.api);
  const delivered: DynamoDBRecord[] = [];
  const { streamArn } = await ensureTable(new DynamoDBClient(clientConfig(endpoints.dynamodb)), endpoints.tableName);
  const recorder = await StreamPoller.start({
    client: new DynamoDBStreamsClient(clientConfig(endpoints.dynamodb)),
    streamArn,
    mappings: [{ functionName: 'recorder', handler: async ({ Records }) => void delivered.push(...Records) }],
  });

  // Orders that leave at once, that wait and are served, that are split, cancelled and refused; one level crosses its reorder point.
  await api.putItem('MUG', anItem({ reorderPoint: 5 }));
  await api.putItem('PAN', anItem({ backorders: { policy: 'deny' } }));
  await api.receiveStock('MUG', { quantity: 8 });
  const place = (orderId: string, quantity: number, overrides = {}) =>
    api.placeOrder(anOrder([{ sku: 'MUG', quantity }], { orderId, ...overrides }));
  for (const i of [1, 2, 3]) await place(`NOW-${i}`, 2);
  await place('SPLIT', 5, { ifShort: 'split' });
  await fillrate.settled();
  for (const i of [1, 2]) await place(`LATER-${i}`, 3);
  await place('CANCELLED', 1);
  await api.placeOrder(anOrder([{ sku: 'PAN', quantity: 1 }], { orderId: 'REFUSED' }));
  await fillrate.settled();
  await fetch(`${endpoints.api}/orders/CANCELLED/cancel`, { method: 'POST' });
  await api.receiveStock('MUG', { quantity: 6 });
  await fillrate.settled();
  const robot = new Robot(api);
  await robot.idle();
  await fillrate.settled();
  await robot.idle();
  await robot.stop();
  await fillrate.settled();
  await recorder.idle();
  await recorder.close();

  const before = await digest(services);
  const sent = fillrate.outbox({ limit: 100 }).items.length;
  const told = [...fillrate.events()];
  await expectAllTold(services.table, told);
  const { transitions } = fillrate.engine.counts();
  expect(sent).toBe(1);
  const { handler: onStockChange } = await import('../../functions/on-stock-change.ts');
  const { handler: onRecord } = await import('../../functions/on-record.ts');

  const batches = fc.shuffledSubarray(delivered, { minLength: 1, maxLength: delivered.length });
  await fc.assert(
    fc.asyncProperty(batches, async (Records) => {
      expect(await onStockChange({ Records })).toEqual({ batchItemFailures: [] });
      expect(await onRecord({ Records })).toEqual({ batchItemFailures: [] });
      await fillrate.settled();
      expect(await digest(services)).toEqual(before);
    }),
    { numRuns: 25 },
  );

  expect(fillrate.outbox({ limit: 100 }).items).toHaveLength(sent);
  expect(fillrate.events()).toEqual(told);
  expect(fillrate.engine.counts().transitions).toBe(transitions);
  await expectAuditToPass(services);
}, 120_000);
