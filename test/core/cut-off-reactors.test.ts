import { SFNClient } from '@aws-sdk/client-sfn';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, describe, expect, it } from 'vitest';
import type { AlertRow } from '../../core/alerts/alert.ts';
import { listAlerts } from '../../core/alerts/list.ts';
import { watchLevel } from '../../core/alerts/low-stock.ts';
import { sendAlert } from '../../core/alerts/send.ts';
import { openTask } from '../../core/orders/tasks.ts';
import type { Services } from '../../core/platform/services.ts';
import { Topic } from '../../core/platform/topic.ts';
import { Workflow } from '../../core/platform/workflow.ts';
import { shipmentChanged } from '../../core/reactors/shipment-changed.ts';
import { sweep } from '../../core/reactors/sweep.ts';
import { confirmPack } from '../../core/warehouse/pack.ts';
import { confirmPick } from '../../core/warehouse/pick.ts';
import { confirmShip } from '../../core/warehouse/ship.ts';
import { type Engine, startEngine } from '../../local/engine/engine.ts';
import { startSnsServer } from '../../local/sns/server.ts';
import { clientConfig, startDatabase } from '../support/database.ts';
import { digest } from '../support/digest.ts';
import { type Cut, CutOff, countRequests, cutOff } from '../support/faults.ts';
import { expectAuditToPass, levelOf, place, reserve, servicesOn, shipmentOf, stock } from '../support/services.ts';

const database = await startDatabase();
const sns = await startSnsServer();
afterAll(() => sns.close());

/** More than one transaction holds. */
const many = Array.from({ length: 40 }, (_, i) => ({ sku: `SKU-${i}`, quantity: 1 }));
const orderId = 'SO-1';
const shipmentId = 'SO-1-1';

/** A machine of one state that waits for its token for ever. */
async function startWaiting(): Promise<Engine> {
  const wait = {
    QueryLanguage: 'JSONata',
    StartAt: 'Wait',
    States: {
      Wait: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: { FunctionName: 'note', Payload: { token: '{% $states.context.Task.Token %}' } },
        End: true,
      },
    },
  };
  const engine = await startEngine({ stateMachines: [{ name: 'waiting', definition: JSON.stringify(wait) }] });
  afterAll(() => engine.close());
  return engine;
}

const engine = await startWaiting();
const tokens: string[] = [];
engine.registerFunction('note', async ({ token }: { token: string }) => void tokens.push(token));
engine.run();
const workflow = new Workflow(new SFNClient(clientConfig(engine.endpoint)), engine.stateMachineArn('waiting'));
let executions = 0;

/** The token of a task that really waits. */
async function waitingToken(): Promise<string> {
  const before = tokens.length;
  await workflow.start(`execution-${executions++}`, {}, new Date());
  await expect.poll(() => tokens.length).toBeGreaterThan(before);
  return tokens.at(-1) ?? '';
}

/** A shipment of many lines that has left, whose last lines are still on the books, and whose execution has not been told. */
async function halfShipped(services: Services): Promise<void> {
  await Promise.all(many.map(({ sku }) => stock(services, sku, 1)));
  await reserve(services, await place(services, many, { orderId }));
  await openTask(services, { shipmentId, stage: 'pick', token: 'pick' });
  await confirmPick(services, shipmentId, { lines: many.map(({ sku }) => ({ sku, picked: 1 })) });
  await confirmPack(services, shipmentId, {});
  await openTask(services, { shipmentId, stage: 'ship', token: await waitingToken() });
  const dying = servicesOn(database, services.table.name, {}, (client) =>
    cutOff(client, { atRequest: 2, when: 'after' }),
  );
  await expect(confirmShip(dying, shipmentId, { carrier: 'DHL', trackingNumber: '1' })).rejects.toThrow(CutOff);
}

let minutes = 0;

/** Later than anything that was done before, as the sweeper leaves alone what has only just changed. */
function fiveMinutesLater(): () => Date {
  minutes += 5;
  const at = new Date(Date.now() + minutes * 60_000);
  return () => at;
}

const reactions = {
  'a change of a shipment': async (services: Services) =>
    shipmentChanged(services, workflow, { row: await shipmentOf(services, shipmentId), isNew: false }),
  'the sweeper': (services: Services) => sweep({ ...services, now: fiveMinutesLater() }, workflow),
};

describe.each(Object.entries(reactions))('%s', (_, react) => {
  it('finishes what was cut off, itself cut off at any request and repeated', async () => {
    const run = async (cut?: Cut) => {
      const services = servicesOn(database, await database.freshTable());
      await halfShipped(services);
      const { SUCCEEDED } = engine.counts().executions;
      let requests = { count: 0 };
      const acting = servicesOn(database, services.table.name, {}, (client) => {
        requests = countRequests(client);
        if (cut) cutOff(client, cut);
      });
      if (cut) await expect(react(acting), JSON.stringify(cut)).rejects.toThrow(CutOff);
      else await react(acting);
      // The stream delivers each change of the shipment, and so the one after the cut.
      for (let i = 0; i < 2; i++) await react(services);
      await expect.poll(() => engine.counts().executions.SUCCEEDED).toBe(SUCCEEDED + 1);
      await expectAuditToPass(services);
      expect((await shipmentOf(services, shipmentId)).openShard, JSON.stringify(cut)).toBeUndefined();
      return { requests: requests.count, said: await digest(services) };
    };
    const undisturbed = await run();
    for (let atRequest = 1; atRequest <= undisturbed.requests; atRequest++) {
      for (const when of ['before', 'after'] as const) {
        expect((await run({ atRequest, when })).said, `${when} ${atRequest}`).toEqual(undisturbed.said);
      }
    }
  }, 120_000);
});

describe('an alert', () => {
  it('is sent once where nothing fails, and once or twice where its sending is cut off', async () => {
    const client = new SNSClient(clientConfig(sns.endpoint));
    const { TopicArn = '' } = await client.send(new CreateTopicCommand({ Name: 'alerts' }));
    const topic = new Topic(client, TopicArn);
    const sent = () => sns.outbox({ limit: 100 }).items.length;

    const run = async (cut?: Cut) => {
      const services = servicesOn(database, await database.freshTable());
      await stock(services, 'MUG', 5, { reorderPoint: 4 });
      const before = await levelOf(services, 'MUG');
      await reserve(services, await place(services, [{ sku: 'MUG', quantity: 2 }]));
      await watchLevel(services, before, await levelOf(services, 'MUG'));
      const [alert] = (await listAlerts(services, { location: 'main', limit: 1 })).items;
      const sentBefore = sent();
      const dying = servicesOn(database, services.table.name, {}, (client) => cut && cutOff(client, cut));
      await sendAlert(dying, topic, alert as AlertRow).catch((error: Error) => expect(error).toBeInstanceOf(CutOff));
      for (let i = 0; i < 3; i++) await sendAlert(services, topic, alert as AlertRow);
      return sent() - sentBefore;
    };

    expect(await run()).toBe(1);
    expect(await run({ atRequest: 1, when: 'before' })).toBe(1);
    expect(await run({ atRequest: 1, when: 'after' })).toBe(1);
    // Sent, and cut off before that was noted: e-mail knows no better.
    expect(await run({ atRequest: 2, when: 'before' })).toBe(2);
    expect(await run({ atRequest: 2, when: 'after' })).toBe(1);
  });
});
