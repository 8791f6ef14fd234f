import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { formatMessage } from '../../../local/sns/format-message.ts';
import { type SnsServer, startSnsServer } from '../../../local/sns/server.ts';
import { clientConfig } from '../../support/database.ts';

let stateDirectory: string;
const servers: SnsServer[] = [];
beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'fillrate-test-'));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await rm(stateDirectory, { recursive: true });
});

async function start() {
  const server = await startSnsServer({ stateDirectory });
  servers.push(server);
  const client = new SNSClient(clientConfig(server.endpoint));
  const { TopicArn } = await client.send(new CreateTopicCommand({ Name: 'alerts' }));
  const publish = (Message: string) => client.send(new PublishCommand({ TopicArn, Message }));
  return { publish, server, texts: () => server.outbox().items.map((entry) => entry.email) };
}

it('keeps what was sent, newest first', async () => {
  const first = await start();
  for (const text of ['one', 'two']) await first.publish(text);
  const second = await start();
  await second.publish('three');
  expect(second.texts()).toEqual(['three', 'two', 'one']);
});

it('bears a message that was cut off when the process was killed', async () => {
  const first = await start();
  await first.publish('one');
  const file = join(stateDirectory, 'outbox.jsonl');
  await appendFile(file, '{"messageId":"2","emai');
  const second = await start();
  await second.publish('three');
  expect(second.texts()).toEqual(['three', 'one']);
  expect(
    (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).email),
  ).toEqual(['one', 'three']);
});

it('is read page by page', async () => {
  const { publish, server } = await start();
  for (let n = 1; n <= 5; n++) await publish(String(n));
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = server.outbox({ limit: 2, cursor });
    pages.push(items.map((entry) => entry.email));
    cursor = nextCursor;
    if (pages.length === 1) await publish('came in meanwhile');
  } while (cursor);
  expect(pages).toEqual([['5', '4'], ['3', '2'], ['1']]);
  expect(server.outbox({ cursor: 'unknown' })).toEqual({ items: [] });
});

it('shows a message as the merchant reads it', () => {
  const entry = {
    messageId: '1',
    topicArn: 'arn:aws:sns:us-east-1:000000000000:alerts',
    publishedAt: '2026-11-24T06:00:00.000Z',
    subject: 'Low stock: RED-MUG at main',
    email: 'Red mug (RED-MUG) is down to 4.\nOrder 20 more.\n\n',
    default: '{}',
    attributes: {},
    recipients: ['merchant@example.com', 'buyer@example.com'],
  };
  expect(formatMessage(entry)).toBe(
    [
      'From: AWS Notifications <no-reply@sns.amazonaws.com>',
      'To: merchant@example.com, buyer@example.com',
      'Subject: Low stock: RED-MUG at main',
      'Date: Tue, 24 Nov 2026 06:00:00 GMT',
      '',
      'Red mug (RED-MUG) is down to 4.',
      'Order 20 more.',
      '',
    ].join('\n'),
  );
  const { subject, ...withoutSubject } = entry;
  expect(formatMessage({ ...withoutSubject, recipients: [] })).toMatch(/To: \(nobody.*\nSubject: AWS Notification/);
});
