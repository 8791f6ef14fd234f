import {
  CreateTopicCommand,
  DeleteTopicCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishCommand,
  type PublishCommandInput,
  paginateListTopics,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type SnsServer, startSnsServer } from '../../../local/sns/server.ts';
import { clientConfig } from '../../support/database.ts';

let server: SnsServer;
let client: SNSClient;
beforeEach(async () => {
  server = await startSnsServer();
  client = new SNSClient({ ...clientConfig(server.endpoint), maxAttempts: 1 });
});
afterEach(async () => {
  client.destroy();
  await server.close();
});

async function createTopic(Name = 'alerts') {
  return (await client.send(new CreateTopicCommand({ Name }))).TopicArn ?? '';
}

async function subscribe(TopicArn: string, Endpoint: string, FilterPolicy?: object) {
  const Attributes = FilterPolicy && { FilterPolicy: JSON.stringify(FilterPolicy) };
  const command = new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint, ...(Attributes && { Attributes }) });
  return (await client.send(command)).SubscriptionArn;
}

it('creates a topic once', async () => {
  const topicArn = await createTopic();
  expect(topicArn).toMatch(/^arn:aws:sns:[^:]+:\d{12}:alerts$/);
  await subscribe(topicArn, 'a@example.com');
  expect(await createTopic()).toBe(topicArn);
  const { Topics } = await client.send(new ListTopicsCommand());
  expect(Topics).toEqual([{ TopicArn: topicArn }]);
  const { Subscriptions } = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn }));
  expect(Subscriptions).toHaveLength(1);
});

it('lists topics page by page', async () => {
  for (let n = 0; n < 205; n++) await createTopic(`topic-${n}`);
  const sizes: (number | undefined)[] = [];
  for await (const page of paginateListTopics({ client }, {})) sizes.push(page.Topics?.length);
  expect(sizes).toEqual([100, 100, 5]);
});

it('subscribes an address once', async () => {
  const topicArn = await createTopic();
  const subscriptionArn = await subscribe(topicArn, 'a@example.com');
  expect(await subscribe(topicArn, 'a@example.com')).toBe(subscriptionArn);
  await expect(subscribe(topicArn, 'a@example.com', { severity: ['high'] })).rejects.toThrow('different attributes');
  const { Subscriptions } = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn }));
  expect(Subscriptions).toEqual([
    {
      SubscriptionArn: subscriptionArn,
      TopicArn: topicArn,
      Protocol: 'email',
      Endpoint: 'a@example.com',
      Owner: expect.stringMatching(/^\d{12}$/),
    },
  ]);
});

it('refuses what SNS refuses', async () => {
  const TopicArn = await createTopic();
  const refused = { name: 'InvalidParameterException' };
  await expect(createTopic('no spaces')).rejects.toMatchObject(refused);
  await expect(subscribe(TopicArn, 'nobody')).rejects.toMatchObject(refused);
  await expect(subscribe(TopicArn, 'a@example.com', { severity: 'high' })).rejects.toMatchObject(refused);
  const pigeon = new SubscribeCommand({ TopicArn, Protocol: 'pigeon', Endpoint: 'a@example.com' });
  await expect(client.send(pigeon)).rejects.toMatchObject(refused);
  await expect(subscribe(`${TopicArn}x`, 'a@example.com')).rejects.toMatchObject({ name: 'NotFoundException' });
  const missing = new ListSubscriptionsByTopicCommand({ TopicArn: `${TopicArn}x` });
  await expect(client.send(missing)).rejects.toMatchObject({ name: 'NotFoundException' });
  await expect(client.send(new DeleteTopicCommand({ TopicArn }))).rejects.toMatchObject({ name: 'InvalidAction' });
});

it('reaches those whose filter policy lets the message through', async () => {
  const TopicArn = await createTopic();
  await subscribe(TopicArn, 'all@example.com');
  await subscribe(TopicArn, 'high@example.com', { severity: ['high'] });
  await subscribe(TopicArn, 'main@example.com', { location: [{ prefix: 'main' }], left: [{ numeric: ['<', 5] }] });
  await subscribe(TopicArn, 'other@example.com', {
    severity: [{ 'anything-but': ['low'] }],
    urgent: [{ exists: false }],
  });
  await subscribe(TopicArn, 'tagged@example.com', { tags: ['cold'] });

  const recipientsOf = async (MessageAttributes: PublishCommandInput['MessageAttributes']) => {
    await client.send(new PublishCommand({ TopicArn, Message: 'm', MessageAttributes }));
    return server.outbox().items[0]?.recipients.map((address) => address.split('@')[0]);
  };
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  const number = (value: number) => ({ DataType: 'Number', StringValue: String(value) });
  expect(await recipientsOf({})).toEqual(['all']);
  expect(await recipientsOf({ severity: text('high') })).toEqual(['all', 'high', 'other']);
  expect(await recipientsOf({ severity: text('high'), urgent: text('yes') })).toEqual(['all', 'high']);
  expect(await recipientsOf({ severity: text('low'), location: text('main-2'), left: number(4) })).toEqual([
    'all',
    'main',
  ]);
  expect(await recipientsOf({ location: text('main-2'), left: text('4') })).toEqual(['all']);
  const tags = { DataType: 'String.Array', StringValue: '["fragile","cold"]' };
  expect(await recipientsOf({ tags, photo: { DataType: 'Binary', BinaryValue: new Uint8Array([1]) } })).toEqual([
    'all',
    'tagged',
  ]);
});
