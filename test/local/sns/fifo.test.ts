import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTopicCommand,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type SnsServer, startSnsServer } from '../../../local/sns/server.ts';
import { clientConfig } from '../../support/database.ts';

let stateDirectory: string;
let now = new Date('2026-11-24T06:00:00Z');
let server: SnsServer;
let client: SNSClient;
let TopicArn = '';

async function start() {
  server = await startSnsServer({ stateDirectory, now: () => now });
  client = new SNSClient({ ...clientConfig(server.endpoint), maxAttempts: 1 });
  const Attributes = { FifoTopic: 'true' };
  TopicArn = (await client.send(new CreateTopicCommand({ Name: 'events.fifo', Attributes }))).TopicArn ?? '';
}

async function stop() {
  client.destroy();
  await server.close();
}

beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'fillrate-fifo-'));
  await start();
});
afterEach(async () => {
  await stop();
  await rm(stateDirectory, { recursive: true });
});

const publish = (Message: string, MessageDeduplicationId = Message, MessageGroupId = 'SO-1') =>
  client.send(new PublishCommand({ TopicArn, Message, MessageDeduplicationId, MessageGroupId }));
const messages = () => server.events().map(({ message }) => message);

it('keeps messages in their order, and numbers them', async () => {
  const first = await publish('a');
  const second = await publish('b');

  expect(messages()).toEqual(['a', 'b']);
  expect(String(second.SequenceNumber) > String(first.SequenceNumber)).toBe(true);
});

it('takes a message once within five minutes, also after a restart', async () => {
  const first = await publish('a', 'id-1');
  const again = await publish('a', 'id-1');
  await stop();
  await start();
  const later = await publish('a', 'id-1');
  now = new Date(now.getTime() + 5 * 60_000 + 1);
  const tooLate = await publish('a', 'id-1');

  expect(again.MessageId).toBe(first.MessageId);
  expect(later.MessageId).toBe(first.MessageId);
  expect(tooLate.MessageId).not.toBe(first.MessageId);
  expect(messages()).toEqual(['a', 'a']);
});

it('asks for a group and a way to know a repeat', async () => {
  const noGroup = new PublishCommand({ TopicArn, Message: 'a', MessageDeduplicationId: 'id-1' });
  const noId = new PublishCommand({ TopicArn, Message: 'a', MessageGroupId: 'SO-1' });

  await expect(client.send(noGroup)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(client.send(noId)).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

it('refuses the one message of a batch that it cannot order, and takes the others', async () => {
  const entry = (Id: string, ids: object) => ({ Id, Message: Id, MessageGroupId: 'SO-1', ...ids });
  const { Successful, Failed } = await client.send(
    new PublishBatchCommand({
      TopicArn,
      PublishBatchRequestEntries: [
        entry('a', { MessageDeduplicationId: 'id-1' }),
        entry('b', {}),
        entry('c', { MessageDeduplicationId: 'id-3', MessageGroupId: 'a space' }),
        entry('d', { MessageDeduplicationId: 'id-4' }),
        entry('again', { MessageDeduplicationId: 'id-4' }),
      ],
    }),
  );

  expect(Successful?.map(({ Id }) => Id)).toEqual(['a', 'd', 'again']);
  expect(Successful?.[2]?.SequenceNumber).toBe(Successful?.[1]?.SequenceNumber);
  expect(Failed).toMatchObject([
    { Id: 'b', Code: 'InvalidParameter', SenderFault: true },
    { Id: 'c', Code: 'InvalidParameter', SenderFault: true },
  ]);
  expect(messages()).toEqual(['a', 'd']);
});

it('keeps its ids to itself: a standard topic knows no repeats', async () => {
  const { TopicArn: standard } = await client.send(new CreateTopicCommand({ Name: 'alerts' }));
  const publishing = client.send(
    new PublishCommand({ TopicArn: standard, Message: 'a', MessageDeduplicationId: 'id-1' }),
  );

  await expect(publishing).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

it('has a name that says so, and delivers to queues only', async () => {
  const Attributes = { FifoTopic: 'true' };
  await expect(client.send(new CreateTopicCommand({ Name: 'events', Attributes }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  const unknown = new CreateTopicCommand({ Name: 'other', Attributes: { FifoTopics: 'true' } });
  await expect(client.send(unknown)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(
    client.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'a@example.com' })),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' });
});
