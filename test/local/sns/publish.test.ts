import {
  CreateTopicCommand,
  PublishBatchCommand,
  type PublishBatchRequestEntry,
  PublishCommand,
  type PublishCommandInput,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSnsServer } from '../../../local/sns/server.ts';
import { clientConfig } from '../../support/database.ts';

const now = new Date('2026-11-24T06:00:00Z');
const server = await startSnsServer({ now: () => now });
const client = new SNSClient({ ...clientConfig(server.endpoint), maxAttempts: 1 });
afterAll(() => server.close());

let TopicArn = '';
beforeAll(async () => {
  TopicArn = (await client.send(new CreateTopicCommand({ Name: 'alerts' }))).TopicArn ?? '';
  await client.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'merchant@example.com' }));
});

const publish = (input: Omit<PublishCommandInput, 'TopicArn'>) =>
  client.send(new PublishCommand({ TopicArn, ...input }));
const publishBatch = (entries: PublishBatchRequestEntry[]) =>
  client.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: entries }));
const newest = () => server.outbox({ limit: 1 }).items[0];
const text = (value: string) => ({ DataType: 'String', StringValue: value });

it('keeps a message with all that belongs to it', async () => {
  const { MessageId } = await publish({
    Subject: 'Low stock: <Red & "blue"> mug',
    Message: 'Buy more.\nNow & soon, größer',
    MessageAttributes: { severity: text('warning'), left: { DataType: 'Number', StringValue: '4' } },
  });
  expect(newest()).toEqual({
    messageId: MessageId,
    topicArn: TopicArn,
    publishedAt: '2026-11-24T06:00:00.000Z',
    subject: 'Low stock: <Red & "blue"> mug',
    email: 'Buy more.\nNow & soon, größer',
    default: 'Buy more.\nNow & soon, größer',
    attributes: { severity: { type: 'String', value: 'warning' }, left: { type: 'Number', value: '4' } },
    recipients: ['merchant@example.com'],
  });
});

it('gives each protocol its own text', async () => {
  const texts = { default: '{"sku":"A"}', email: 'Buy A', sms: 5 };
  await publish({ MessageStructure: 'json', Message: JSON.stringify(texts) });
  expect(newest()).toMatchObject({ default: '{"sku":"A"}', email: 'Buy A' });
  await publish({ MessageStructure: 'json', Message: JSON.stringify({ default: 'for all', email: { no: 'text' } }) });
  expect(newest()).toMatchObject({ default: 'for all', email: 'for all' });
});

it.each<[string, Omit<PublishCommandInput, 'TopicArn'>, string]>([
  ['an empty message', { Message: '' }, 'Empty message'],
  ['a subject of 100 characters', { Message: 'm', Subject: 'x'.repeat(100) }, 'Subject'],
  ['a subject with a line break', { Message: 'm', Subject: 'a\nb' }, 'Subject'],
  ['a subject beyond ASCII', { Message: 'm', Subject: 'größer' }, 'Subject'],
  ['a subject that begins with a space', { Message: 'm', Subject: ' a' }, 'Subject'],
  ['texts that are no JSON', { MessageStructure: 'json', Message: '{' }, 'failed to parse'],
  ['texts that are a list', { MessageStructure: 'json', Message: '["default"]' }, 'failed to parse'],
  ['texts without a default', { MessageStructure: 'json', Message: '{"email":"x"}' }, 'No default entry'],
  ['a default that is no text', { MessageStructure: 'json', Message: '{"default":1}' }, 'No default entry'],
  ['an unknown structure', { MessageStructure: 'xml', Message: 'm' }, 'MessageStructure'],
  ['more than 256 KB', { Message: 'x'.repeat(256 * 1024 + 1) }, 'Message too long'],
  [
    'more than 256 KB with attributes',
    { Message: 'x'.repeat(256 * 1024), MessageAttributes: { a: text('b') } },
    'too long',
  ],
  ['far more than 256 KB', { Message: 'x'.repeat(2 * 1024 * 1024) }, 'Message too long'],
])('refuses %s', async (_, input, message) => {
  const before = newest();
  await expect(publish(input)).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: expect.stringContaining(message),
    $metadata: expect.objectContaining({ httpStatusCode: 400 }),
  });
  expect(newest()).toEqual(before);
});

it('takes the largest message and the longest subject', async () => {
  await publish({ Message: '%'.repeat(256 * 1024), Subject: 'x'.repeat(99) });
  expect(newest()?.email).toHaveLength(256 * 1024);
});

it.each([
  ['without a value', { DataType: 'String', StringValue: '' }],
  ['of an unknown type', { DataType: 'Date', StringValue: 'x' }],
  ['of the type number that is none', { DataType: 'Number', StringValue: 'four' }],
  ['of the type list that is none', { DataType: 'String.Array', StringValue: '"a"' }],
])('refuses an attribute %s', async (_, attribute) => {
  await expect(publish({ Message: 'm', MessageAttributes: { attribute } })).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
  });
});

it('names what it refuses as it was given, whatever characters it has', async () => {
  const refused = publish({ Message: 'm', MessageAttributes: { 'a < b & "c"': text('x') } });
  await expect(refused).rejects.toThrow(`'a < b & "c"' is invalid`);
});

it('refuses an unknown topic', async () => {
  const command = new PublishCommand({ TopicArn: `${TopicArn}-other`, Message: 'm' });
  await expect(client.send(command)).rejects.toMatchObject({
    name: 'NotFoundException',
    message: 'Topic does not exist',
    $metadata: expect.objectContaining({ httpStatusCode: 404 }),
  });
});

it('keeps the good entries of a batch and refuses the others one by one', async () => {
  const { Successful, Failed } = await publishBatch([
    { Id: 'one', Message: 'first' },
    { Id: 'bad', Message: 'x', Subject: 'a\nb' },
    { Id: 'two', Message: 'second', MessageAttributes: { severity: text('info') } },
  ]);
  expect(Successful?.map(({ Id }) => Id)).toEqual(['one', 'two']);
  expect(Failed).toEqual([
    { Id: 'bad', Code: 'InvalidParameter', Message: 'Invalid parameter: Subject', SenderFault: true },
  ]);
  const { items } = server.outbox({ limit: 2 });
  expect(items.map((entry) => [entry.messageId, entry.email])).toEqual([
    [Successful?.[1]?.MessageId, 'second'],
    [Successful?.[0]?.MessageId, 'first'],
  ]);
});

it.each<[string, PublishBatchRequestEntry[], string]>([
  ['without entries', [], 'EmptyBatchRequestException'],
  [
    'with eleven entries',
    Array.from({ length: 11 }, (_, n) => ({ Id: `${n}`, Message: 'm' })),
    'TooManyEntriesInBatchRequestException',
  ],
  [
    'with one id twice',
    [
      { Id: 'a', Message: 'm' },
      { Id: 'a', Message: 'n' },
    ],
    'BatchEntryIdsNotDistinctException',
  ],
  [
    'of more than 256 KB',
    ['a', 'b'].map((Id) => ({ Id, Message: 'x'.repeat(200 * 1024) })),
    'BatchRequestTooLongException',
  ],
])('refuses a batch %s', async (_, entries, name) => {
  await expect(publishBatch(entries)).rejects.toMatchObject({ name });
});
