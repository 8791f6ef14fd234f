import { afterAll, expect, it } from 'vitest';
import { allocate } from '../../core/backorders/allocate.ts';
import { create } from '../../core/platform/table/writes.ts';
import { receiveStock } from '../../core/stock/receive.ts';
import { startConflictProxy } from '../../local/dynamodb/conflicts.ts';
import { startDatabase } from '../support/database.ts';
import { countersOf, expectAuditToPass, place, reserve, servicesOn, stock } from '../support/services.ts';

const database = await startDatabase();
const proxy = await startConflictProxy({ target: database.endpoint, holdMs: 8 });
afterAll(() => proxy.close());

it('reserves a hot SKU under conflicts: nobody is oversold, nobody is lost', async () => {
  const services = servicesOn({ ...database, endpoint: proxy.endpoint }, await database.freshTable());
  await stock(services, 'HOT', 40);
  const shipments = await Promise.all(Array.from({ length: 60 }, () => place(services, [{ sku: 'HOT', quantity: 1 }])));

  // As the workflow does: a function that gives up on contention is tried again.
  const reservePatiently = async (shipment: (typeof shipments)[number]) => {
    for (;;) {
      const answer = await reserve(services, shipment).catch((error: Error) => error);
      if (!(answer instanceof Error)) return answer;
      expect(answer.name).toBe('TooMuchContention');
    }
  };
  const answers = await Promise.all(shipments.map(reservePatiently));

  expect(proxy.conflicts()).toBeGreaterThan(0);
  expect(answers.filter(({ outcome }) => outcome === 'reserved')).toHaveLength(40);
  expect(answers.filter(({ outcome }) => outcome === 'backordered')).toHaveLength(20);
  expect(await countersOf(services, 'HOT')).toEqual({ available: 0, allocated: 40, backordered: 20 });

  await Promise.all([
    ...Array.from({ length: 5 }, () => receiveStock(services, 'HOT', { quantity: 4, location: 'main' })),
    allocate(services, 'HOT', 'main'),
  ]);
  while ((await allocate(services, 'HOT', 'main')) > 0);
  expect(await countersOf(services, 'HOT')).toEqual({ available: 0, allocated: 60, backordered: 0 });
  await expectAuditToPass(services);
}, 60_000);

it('asks the caller to come back when an item stays contended', async () => {
  const { table } = servicesOn(database, await database.freshTable());
  const row = { pk: 'P', sk: 'S' };
  await table.decide(() => ({ answer: undefined, writes: [create(row)] }));
  const never = table.decide(() => ({ answer: undefined, writes: [create(row)] }));
  await expect(never).rejects.toMatchObject({ name: 'TooMuchContention' });
});

it('tries a write alone again when the table throttles it', async () => {
  let throttled = 0;
  const { table } = servicesOn(database, await database.freshTable(), { maxAttempts: 1 }, (client) => {
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName !== 'PutItemCommand' || ++throttled > 2) return next(args);
          throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
        },
      { step: 'initialize' },
    );
  });

  await table.decide(() => ({ answer: undefined, writes: [create({ pk: 'P', sk: 'S' })] }));

  expect(throttled).toBe(3);
});
