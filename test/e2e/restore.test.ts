import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, it, onTestFinished } from 'vitest';
import { documentClient } from '../../core/platform/clients.ts';
import { Table } from '../../core/platform/table/table.ts';
import { Workflow } from '../../core/platform/workflow.ts';
import { sweep } from '../../core/reactors/sweep.ts';
import { ApiClient } from '../../local/api-client.ts';
import { clientConfig } from '../../local/client-config.ts';
import { stateMachineArn } from '../../local/engine/names.ts';
import type { Endpoints } from '../../local/fillrate.ts';
import { Robot } from '../../local/robot.ts';
import { anItem, anOrder, expectAuditToPass, servicesOn } from '../support/services.ts';

/** Fillrate in a process of its own on a directory that outlives it. */
async function start(stateDirectory: string) {
  const child: ChildProcess = fork(new URL('system.ts', import.meta.url), [stateDirectory], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ endpoints }] = (await once(child, 'message')) as [{ endpoints: Endpoints }];
  const stop = async () => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(() => void child.kill('SIGKILL'));
  const settled = async () => {
    child.send('settled');
    await once(child, 'message');
  };
  const api = new ApiClient(endpoints.api);
  const place = (orderId: string, sku: string) => api.placeOrder(anOrder([{ sku, quantity: 1 }], { orderId }));
  const handOver = async (orderId: string, sku: string) => {
    const executions = new SFNClient(clientConfig(endpoints.stepFunctions));
    const input = JSON.stringify({ order: anOrder([{ sku, quantity: 1 }], { orderId }) });
    const arn = stateMachineArn('order-fulfillment');
    await executions.send(new StartExecutionCommand({ stateMachineArn: arn, name: `erp-${orderId}`, input }));
    executions.destroy();
  };
  const statuses = async () => {
    const all = await Array.fromAsync(api.orders());
    return Object.fromEntries(all.map(({ orderId, status }) => [orderId, status]).toSorted());
  };
  const work = async () => {
    const robot = new Robot(api);
    for (let round = 0; round < 5; round++) {
      await settled();
      await robot.idle();
    }
    await robot.stop();
    await settled();
  };
  return { endpoints, api, stop, settled, place, handOver, statuses, work };
}

async function resume(state: string): Promise<string> {
  const child = spawn(process.execPath, ['bin/resume.ts', '--state', state, '--yes'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  return out;
}

/** What the sweeper does, as if everything had rested for an hour. */
function sweepLater({ dynamodb, stepFunctions, tableName }: Endpoints) {
  const table = new Table(documentClient(new DynamoDBClient(clientConfig(dynamodb))), tableName);
  const now = () => new Date(Date.now() + 3600_000);
  const services = { ...servicesOn({ endpoint: dynamodb }, tableName), table, now };
  return sweep(
    services,
    new Workflow(new SFNClient(clientConfig(stepFunctions)), stateMachineArn('order-fulfillment')),
  );
}

it('goes on with a table that was put back to an earlier moment, once its shipments have other executions', async () => {
  const state = await mkdtemp(join(tmpdir(), 'fillrate-restore-'));
  onTestFinished(() => rm(state, { recursive: true, force: true }));
  const database = join(state, 'dynamodb.sqlite');
  const backup = join(state, 'backup.sqlite');
  // SQLite keeps the newest changes in a file beside the database's.
  const copy = async (from: string, to: string) => {
    for (const suffix of ['', '-wal', '-shm']) {
      await rm(to + suffix, { force: true });
      if (existsSync(from + suffix)) await cp(from + suffix, to + suffix);
    }
  };

  const first = await start(state);
  await first.api.putItem('MUG', anItem());
  await first.api.putItem('PAN', anItem());
  await first.api.receiveStock('MUG', { quantity: 6 });
  await first.handOver('HANDED-OVER', 'MUG');
  await expect.poll(() => first.statuses()).toMatchObject({ 'HANDED-OVER': 'picking' });
  await first.place('PACKED', 'MUG');
  await first.place('PICKED', 'MUG');
  await first.place('CANCELLED', 'MUG');
  await first.place('WAITED', 'PAN');
  await first.settled();
  await first.api.confirmPick('PACKED-1', { lines: [{ sku: 'MUG', picked: 1 }] });
  await first.settled();
  await first.stop();
  await copy(database, backup);

  // Half an hour later, as it were: everything has gone on, and somebody has ordered.
  const second = await start(state);
  await second.api.receiveStock('PAN', { quantity: 1 });
  await second.settled();
  await fetch(`${second.endpoints.api}/orders/CANCELLED/cancel`, { method: 'POST' });
  await second.settled();
  await second.work();
  await second.place('ORDERED-AFTER', 'MUG');
  await second.settled();
  expect(await second.statuses()).toEqual({
    CANCELLED: 'cancelled',
    'HANDED-OVER': 'shipped',
    'ORDERED-AFTER': 'picking',
    PACKED: 'shipped',
    PICKED: 'shipped',
    WAITED: 'shipped',
  });
  await second.stop();

  await copy(backup, database);
  // A restored table has a stream of its own, which is read from its beginning.
  await rm(join(state, 'stream-checkpoints.json'));
  const restored = await start(state);
  const asThen = {
    CANCELLED: 'picking',
    'HANDED-OVER': 'picking',
    PACKED: 'packing',
    PICKED: 'picking',
    WAITED: 'backordered',
  };
  expect(await restored.statuses()).toEqual(asThen);
  await restored.api.receiveStock('PAN', { quantity: 1 });
  // The warehouse confirms what the table lists, and the executions have ended: nobody answers.
  await expect.poll(() => restored.statuses()).toMatchObject({ WAITED: 'reserved' });
  await sweepLater(restored.endpoints);
  expect(await restored.statuses()).toMatchObject({ WAITED: 'reserved' });
  // The order that came after is placed again under its number, and its name is taken by the execution that waits for its pick.
  await restored.place('ORDERED-AFTER', 'MUG');
  await sweepLater(restored.endpoints);
  expect(await restored.statuses()).toMatchObject({ 'ORDERED-AFTER': 'placed' });

  expect(await resume(state)).toBe('Stopped and resumed: 1 executions, 6 shipments still to be sent.\n');
  await restored.work();
  expect(await restored.statuses()).toEqual({
    CANCELLED: 'shipped',
    'HANDED-OVER': 'shipped',
    'ORDERED-AFTER': 'shipped',
    PACKED: 'shipped',
    PICKED: 'shipped',
    WAITED: 'shipped',
  });
  const { dynamodb, tableName } = restored.endpoints;
  await expectAuditToPass(servicesOn({ endpoint: dynamodb }, tableName));
  const repairs = await sweepLater(restored.endpoints);
  expect(Object.values(repairs).every((count) => count === 0)).toBe(true);
  await restored.stop();
}, 60_000);
