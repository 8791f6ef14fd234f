import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { audit } from '../../core/audit/audit.ts';
import { documentClient } from '../../core/platform/clients.ts';
import { forEachConcurrently } from '../../core/platform/concurrently.ts';
import { Table } from '../../core/platform/table/table.ts';
import { ApiClient } from '../../local/api-client.ts';
import { clientConfig } from '../../local/client-config.ts';
import type { Engine } from '../../local/engine/engine.ts';
import type { Endpoints } from '../../local/fillrate.ts';
import { Robot } from '../../local/robot.ts';
import type { FifoMessage } from '../../local/sns/fifo.ts';
import { readJsonLines } from '../../local/sns/json-lines.ts';
import { anItem, anOrder } from '../support/services.ts';
import { expectAllTold } from '../support/told.ts';

const ORDERS = 2000;
const CLIENTS = 16;

interface System {
  readonly process: ChildProcess;
  readonly endpoints: Endpoints;
  readonly api: ApiClient;
}

let stateDirectory: string;
let system: System;

async function start(): Promise<System> {
  const child = fork(new URL('system.ts', import.meta.url), [stateDirectory], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ endpoints }] = (await once(child, 'message')) as [{ endpoints: Endpoints }];
  return { process: child, endpoints, api: new ApiClient(endpoints.api) };
}

async function kill(): Promise<void> {
  const exited = once(system.process, 'exit');
  system.process.kill('SIGKILL');
  await exited;
}

async function settled(): Promise<{ counts: ReturnType<Engine['counts']>; deadLetters: number }> {
  system.process.send('settled');
  const [answer] = (await once(system.process, 'message')) as [
    { counts: ReturnType<Engine['counts']>; deadLetters: number },
  ];
  return answer;
}

beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'fillrate-kill-'));
  system = await start();
});

afterEach(async () => {
  await kill();
  await rm(stateDirectory, { recursive: true, force: true });
});

it('finishes every accepted order exactly once, though it is killed at any moment and started again', async () => {
  await system.api.putItem('MUG', anItem());
  await system.api.putItem('PAN', anItem());
  await system.api.receiveStock('MUG', { quantity: ORDERS / 2 });

  // Half the orders can leave at once, half wait for pans. Whoever gets no answer sends the order again.
  const place = async (i: number) => {
    const order = anOrder([{ sku: i % 2 === 0 ? 'MUG' : 'PAN', quantity: 1 }], { orderId: `SO-${i}` });
    for (;;) {
      const { api } = system;
      const placed = await api.placeOrder(order).catch(() => undefined);
      if (placed) return;
      await sleep(20);
    }
  };
  const placing = forEachConcurrently(
    Array.from({ length: ORDERS }, (_, i) => i),
    CLIENTS,
    place,
  );
  for (let kills = 0; kills < 3; kills++) {
    const robot = new Robot(system.api);
    await sleep(1500);
    await kill();
    await robot.stop().catch(() => {});
    system = await start();
  }
  await placing;
  const waiting = await settled();
  expect(waiting.counts.executions.RUNNING).toBeGreaterThanOrEqual(ORDERS / 2);

  await kill();
  system = await start();
  await system.api.receiveStock('PAN', { quantity: ORDERS / 2 });
  const robot = new Robot(system.api);
  await settled();
  await robot.idle();
  await settled();
  await robot.idle();
  await robot.stop();

  const { counts, deadLetters } = await settled();
  expect(counts.executions).toEqual({ RUNNING: 0, SUCCEEDED: ORDERS, FAILED: 0, TIMED_OUT: 0, ABORTED: 0 });
  expect(deadLetters).toBe(0);
  const statuses = new Set<string>();
  let orders = 0;
  for await (const { status } of system.api.orders()) {
    statuses.add(status);
    orders++;
  }
  expect({ orders, statuses: [...statuses] }).toEqual({ orders: ORDERS, statuses: ['shipped'] });
  const client = new DynamoDBClient(clientConfig(system.endpoints.dynamodb));
  const table = new Table(documentClient(client), system.endpoints.tableName);
  const { violations } = await audit({ table, now: () => new Date() });
  expect(violations).toEqual([]);
  const { entries } = await readJsonLines<FifoMessage>(join(stateDirectory, 'events.jsonl'));
  await expectAllTold(table, entries);
}, 480_000);
