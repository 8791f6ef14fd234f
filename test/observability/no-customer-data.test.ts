import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderRow } from '../../core/orders/order.ts';
import type { ShipmentRow } from '../../core/orders/shipments.ts';
import { log } from '../../core/platform/log.ts';
import { clientConfig } from '../../local/client-config.ts';
import { present } from '../../local/commands/demo.ts';
import { readStory } from '../../local/demo/files.ts';
import { stateMachineArn } from '../../local/engine/engine.ts';
import { startFillrate } from '../../local/fillrate.ts';
import { everythingWritten } from '../support/logged.ts';
import { anItem, anOrder } from '../support/services.ts';

process.env.POWERTOOLS_METRICS_DISABLED = 'false';
const fillrate = await startFillrate({});
afterAll(() => fillrate.close());
const { handler: sweep } = await import('../../functions/sweep.ts');
const { handler: audit } = await import('../../functions/audit.ts');

const story = await readStory({});

/** A customer whom no other word could be mistaken for. */
const customer = { name: 'Wilhelmina Quastenberg', email: 'quastenberg@unmistakable.example' };
const shipTo = {
  name: 'Wilhelmina Quastenberg c/o Nachbar',
  line1: 'Zwetschgengasse 77b',
  line2: 'Hinterhaus Unverwechselbar',
  city: 'Obertupfingen',
  postalCode: 'QX-90817',
  country: 'DE',
};
const theirs = (orderId: string, more: object = {}) => ({
  ...anOrder([{ sku: 'QUITE-NEW', quantity: 2 }]),
  orderId,
  customer,
  shipTo,
  ...more,
});

async function send(method: string, path: string, body?: object | string): Promise<number> {
  const answer = await fetch(`${fillrate.endpoints.api}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** What must not be in the log: of every order who it is for and where it goes, its tracking link, and the tokens of its tasks. */
async function wordsNotToLog(): Promise<string[]> {
  const ofStory = story.orders.entries.flatMap(({ order }) => [
    order.customer.name,
    order.customer.email,
    order.shipTo.line1,
    order.shipTo.city,
    order.shipTo.postalCode,
  ]);
  const secrets: string[] = [];
  for await (const row of fillrate.services.table.scan<OrderRow & ShipmentRow>()) {
    secrets.push(...[row.trackSecret, row.taskToken].filter((secret) => secret !== undefined));
  }
  const ofTheirs = [...Object.values(customer), ...Object.values(shipTo), 'Wilhelmina', 'Quastenberg'];
  const all = new Set([...ofStory, ...ofTheirs, ...secrets]);
  // A country is nobody's, and a number of digits alone could be any other, such as a part of a UUID.
  return [...all].filter((word) => word !== shipTo.country && !/^\d+$/.test(word));
}

/** The words that a text holds as words of their own: `779 00` is not in `1779 005`. */
function found(text: string, words: readonly string[]): string[] {
  return words.filter((word) => {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      const around = `${text.charAt(at - 1)}${text.charAt(at + word.length)}`;
      if (!/[\p{L}\p{N}]/u.test(around)) return true;
    }
    return false;
  });
}

let demo: string;
let refused: string;
let broken: string;
let words: string[];

/** Everything at the most talkative level: the whole demo, then what is refused or not understood, then faults on every other request. */
beforeAll(async () => {
  demo = await everythingWritten(async () => {
    await present(fillrate, story, { write: () => {} }, new AbortController().signal);
    await sweep();
    await audit();
  });
  refused = await everythingWritten(mistakes);
  broken = await everythingWritten(faults);
  words = await wordsNotToLog();
}, 180_000);

async function mistakes(): Promise<void> {
  await send('PUT', '/items/QUITE-NEW', anItem());
  await send('POST', '/orders', theirs('Q-1'));
  // The id is taken, a field is wrong, another is misspelled with what it holds, and JSON that ends in the middle of the name.
  await send('POST', '/orders', theirs('Q-1', { priority: 1 }));
  await send('POST', '/orders', theirs('Q-2', { customer: { ...customer, email: customer.name } }));
  await send('POST', '/orders', theirs('Q-3', { shipTo: { ...shipTo, country: shipTo.city, state: shipTo.line2 } }));
  await send('POST', '/orders', JSON.stringify(theirs('Q-4')).slice(0, 120));
  await send('POST', '/orders', theirs('Q-5', { lines: [{ sku: 'NOBODY-KNOWS', quantity: 1 }] }));
  await send('GET', `/orders/${encodeURIComponent(customer.email)}`);
  await send('GET', `/track/${encodeURIComponent(customer.name)}`);
  await send('POST', '/orders/Q-1/cancel', { reason: customer.name });
  const workflow = new SFNClient(clientConfig(fillrate.endpoints.stepFunctions));
  const handOver = (name: string, input: object) =>
    workflow.send(
      new StartExecutionCommand({
        stateMachineArn: stateMachineArn('order-fulfillment'),
        name,
        input: JSON.stringify(input),
      }),
    );
  await handOver('H-1', { order: theirs('H-1', { customer: { name: customer.name, email: customer.name } }) });
  await handOver('H-2', { order: theirs('Q-1', { lines: [{ sku: 'OTHER', quantity: 1 }] }) });
  await handOver('H-3', { order: theirs('H-3') });
  await fillrate.settled();
  workflow.destroy();
}

/** Every other request to the database fails with an error that carries all that was sent, as the SDK's errors carry rows. */
async function faults(): Promise<void> {
  const sent = DynamoDBDocumentClient.prototype.send;
  let request = 0;
  const spy = vi.spyOn(DynamoDBDocumentClient.prototype, 'send').mockImplementation(function (
    this: DynamoDBDocumentClient,
    ...args: unknown[]
  ) {
    const [{ input }] = args as [{ input: object }];
    const about = { input, CancellationReasons: [{ Code: 'ValidationError', Item: input }] };
    const cause = Object.assign(new Error('what lay beneath'), about);
    if (request++ % 2 === 0) return Promise.reject(Object.assign(new Error('fault for the test', { cause }), about));
    return Reflect.apply(sent, this, args);
  } as never);
  try {
    for (let i = 0; i < 12; i++) await send('POST', '/orders', theirs(`F-${i}`));
    await Promise.allSettled([sweep(), audit()]);
    await new Promise((resolve) => setTimeout(resolve, 3000));
  } finally {
    spy.mockRestore();
  }
}

describe('the log', () => {
  it('of the whole demo, at its most talkative, holds nobody’s name, address, link or token', () => {
    expect(demo.split('\n').length).toBeGreaterThan(3000);
    expect(words.length).toBeGreaterThan(800);
    expect(found(demo, words)).toEqual([]);
  });

  it('of what was refused or not understood does neither', () => {
    expect(refused).toContain('"code":"InvalidInput"');
    expect(refused).toContain('"code":"OrderIdTaken"');
    expect(found(refused, words)).toEqual([]);
  });

  it('of faults says what failed, and not with whom', () => {
    for (const message of ['the request failed', 'a change could not be handled', 'the scheduled work failed']) {
      expect(broken).toContain(message);
    }
    expect(broken).toContain('fault for the test');
    expect(found(broken, words)).toEqual([]);
  });

  it('would be found out by one line with a name', async () => {
    const line = await everythingWritten(() => log.info(`placed for ${customer.name}`));
    expect(found(demo + line, words)).toEqual([customer.name, 'Wilhelmina', 'Quastenberg']);
  });
});
