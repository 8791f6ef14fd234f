import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { audit } from '../../core/audit/audit.ts';
import { documentClient } from '../../core/platform/clients.ts';
import { Table } from '../../core/platform/table/table.ts';
import { ApiClient } from '../../local/api-client.ts';
import { clientConfig } from '../../local/client-config.ts';
import type { Engine } from '../../local/engine/engine.ts';
import type { Endpoints } from '../../local/fillrate.ts';
import { Robot } from '../../local/robot.ts';
import { fileWith } from '../support/served-api.ts';
import { anItem, anOrder } from '../support/services.ts';

const CURRENT = 'statemachines/order-fulfillment.asl.json';
const PUBLISHED = 'statemachines/published';

let stateDirectory: string;
beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'fillrate-changing-'));
  onTestFinished(() => rm(stateDirectory, { recursive: true, force: true }));
});

/** Fillrate with today's code on a definition from a file, in a process that can be killed. */
async function start(definition: string) {
  const child = fork(new URL('system.ts', import.meta.url), [stateDirectory, definition], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ endpoints }] = (await once(child, 'message')) as [{ endpoints: Endpoints }];
  const api = new ApiClient(endpoints.api);
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  const settled = async () => {
    child.send('settled');
    const [answer] = await once(child, 'message');
    return answer as { counts: ReturnType<Engine['counts']>; deadLetters: number };
  };
  const place = async (orderId: string, sku: string, overrides = {}) => {
    await api.placeOrder(anOrder([{ sku, quantity: 1 }], { orderId, ...overrides }));
    await settled();
  };
  const post = async (path: string, body?: object) => {
    const response = await fetch(new URL(path, endpoints.api), {
      method: 'POST',
      ...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    });
    expect(response.ok, await response.clone().text()).toBe(true);
    await settled();
  };
  /** Lets a robot do all the work that there is. */
  const work = async () => {
    const robot = new Robot(api);
    for (let round = 0; round < 4; round++) {
      await settled();
      await robot.idle();
    }
    await robot.stop();
    return settled();
  };
  const statusOf = async (orderId: string) => (await api.order(orderId)).status;
  const violations = async () => {
    const client = new DynamoDBClient(clientConfig(endpoints.dynamodb));
    const table = new Table(documentClient(client), endpoints.tableName);
    return (await audit({ table, now: () => new Date() })).violations;
  };
  return { api, kill, settled, place, post, work, statusOf, violations };
}

describe.each(readdirSync(PUBLISHED))('the published definition %s', (file) => {
  it('is served by today’s code in all its ways', async () => {
    const system = await start(join(PUBLISHED, file));
    for (const sku of ['MUG', 'PAN']) await system.api.putItem(sku, anItem());
    await system.api.receiveStock('MUG', { quantity: 4 });
    const two = (orderId: string, overrides = {}) =>
      system.api.placeOrder(
        anOrder(
          [
            { sku: 'MUG', quantity: 1 },
            { sku: 'PAN', quantity: 1 },
          ],
          { orderId, ...overrides },
        ),
      );
    await system.place('NOW', 'MUG');
    await system.place('WAITS', 'PAN');
    await system.place('CANCELLED', 'PAN');
    await two('SPLIT', { ifShort: 'split' });
    await two('CHOOSES');
    await system.settled();
    await system.post('/orders/CANCELLED/cancel');
    await system.post('/orders/CHOOSES/split');
    await system.place('SHORT', 'MUG');
    await system.post('/shipments/SHORT-1/pick', { lines: [{ sku: 'MUG', picked: 0 }] });
    await system.work();
    await system.api.receiveStock('PAN', { quantity: 3 });
    await system.api.receiveStock('MUG', { quantity: 1 });
    const { counts, deadLetters } = await system.work();

    const statuses: Record<string, string> = {};
    for await (const { orderId, status } of system.api.orders()) statuses[orderId] = status;
    expect(statuses).toEqual({
      NOW: 'shipped',
      WAITS: 'shipped',
      CANCELLED: 'cancelled',
      SPLIT: 'shipped',
      CHOOSES: 'shipped',
      SHORT: 'shipped',
    });
    expect(counts.executions).toMatchObject({ RUNNING: 0, FAILED: 0, TIMED_OUT: 0 });
    expect(deadLetters).toBe(0);
    expect(await system.violations()).toEqual([]);
  }, 60_000);
});

/** The worked example of docs/operations/changing.md: a state more, and one under another name. */
async function changedDefinition(): Promise<string> {
  const definition = JSON.parse(await readFile(CURRENT, 'utf8'));
  const { States } = definition;
  const { Pack, ...others } = States;
  definition.States = {
    ...others,
    Grace: { Type: 'Wait', Seconds: 1, Next: 'Pick' },
    PackCartons: Pack,
  };
  States.RouteByOutcome.Choices[0].Next = 'Grace';
  States.Pick.Next = 'PackCartons';
  return fileWith(JSON.stringify(definition), 'changed.asl.json');
}

it('lets orders that wait finish as they began, though all was killed and the definition has changed meanwhile', async () => {
  const before = await start(CURRENT);
  for (const sku of ['MUG', 'PAN']) await before.api.putItem(sku, anItem());
  await before.api.receiveStock('MUG', { quantity: 2 });
  await before.place('WAITS-FOR-STOCK', 'PAN');
  await before.place('WAITS-TO-BE-PICKED', 'MUG');
  expect((await before.settled()).counts.transitionsByState).toMatchObject({ BackorderWait: 1, Pick: 1 });
  await before.kill();

  const after = await start(await changedDefinition());
  await after.place('NEW', 'MUG');
  await after.api.receiveStock('PAN', { quantity: 1 });
  await expect.poll(async () => (await after.settled()).counts.transitionsByState.Pick, { timeout: 10_000 }).toBe(3);
  const { counts, deadLetters } = await after.work();

  for (const orderId of ['WAITS-FOR-STOCK', 'WAITS-TO-BE-PICKED', 'NEW']) {
    expect(await after.statusOf(orderId), orderId).toBe('shipped');
  }
  expect(counts.executions).toMatchObject({ RUNNING: 0, SUCCEEDED: 3 });
  expect(counts.transitionsByState).toMatchObject({ Pack: 2, PackCartons: 1, Grace: 1, Ship: 3 });
  expect(deadLetters).toBe(0);
  expect(await after.violations()).toEqual([]);

  // Back again: the one of before is a version of its own, and serves.
  await after.kill();
  const again = await start(CURRENT);
  await again.api.receiveStock('MUG', { quantity: 1 });
  await again.place('LATER', 'MUG');
  expect((await again.work()).counts.transitionsByState).toMatchObject({ Pack: 3, PackCartons: 1 });
}, 90_000);
