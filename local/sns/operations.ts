import { randomUUID } from 'node:crypto';
import { invalidParameter, SnsError } from './errors.ts';
import type { FifoLog } from './fifo.ts';
import { isOrdered, MAX_MESSAGE_BYTES, type Message, parseMessage } from './message.ts';
import type { Outbox } from './outbox.ts';
import { isFifo, type Topics } from './topics.ts';
import { type Form, listOf, textOf, type Xml } from './wire.ts';

const MAX_BATCH = 10;
const PAGE_SIZE = 100;

export interface Services {
  topics: Topics;
  outbox: Outbox;
  events: FifoLog;
  now: () => Date;
}

type Operation = (services: Services, form: Form) => Promise<Xml>;

/** What SNS can do here, by the name of the action. */
export const operations = new Map<string, Operation>([
  ['CreateTopic', createTopic],
  ['ListTopics', async ({ topics }, form) => page(form, 'Topics', topics.list(), (arn) => ({ TopicArn: arn }))],
  ['Subscribe', subscribe],
  ['ListSubscriptionsByTopic', listSubscriptions],
  ['Publish', publish],
  ['PublishBatch', publishBatch],
]);

async function createTopic({ topics }: Services, form: Form): Promise<Xml> {
  const attributes = attributesOf(form, ['FifoTopic', 'FifoThroughputScope']);
  return { TopicArn: topics.create(textOf(form.Name) ?? '', attributes.get('FifoTopic') === 'true') };
}

/** @throws SnsError for one that means nothing here. */
function attributesOf(form: Form, known: readonly string[]): Map<string, string | undefined> {
  const attributes = listOf(form.Attributes).map(({ key, value }) => [textOf(key) ?? '', textOf(value)] as const);
  for (const [name] of attributes) if (!known.includes(name)) throw invalidParameter(`AttributeName ${name}`);
  return new Map(attributes);
}

async function subscribe({ topics }: Services, form: Form): Promise<Xml> {
  const attributes = attributesOf(form, ['FilterPolicy']);
  const { arn } = topics.subscribe(
    requiredTopic(form),
    textOf(form.Protocol) ?? '',
    textOf(form.Endpoint) ?? '',
    attributes.get('FilterPolicy'),
  );
  return { SubscriptionArn: arn };
}

async function listSubscriptions({ topics }: Services, form: Form): Promise<Xml> {
  return page(form, 'Subscriptions', topics.subscriptions(requiredTopic(form)), (subscription) => ({
    TopicArn: subscription.topicArn,
    Protocol: subscription.protocol,
    SubscriptionArn: subscription.arn,
    Owner: '000000000000',
    Endpoint: subscription.endpoint,
  }));
}

async function publish(services: Services, form: Form): Promise<Xml> {
  const topicArn = requiredTopic(form);
  const [sent] = await send(services, topicArn, [parseMessage(form, isFifo(topicArn))]);
  return { MessageId: sent?.messageId, SequenceNumber: sent?.sequenceNumber };
}

/** Bad entries are refused one by one; the good ones are sent. */
async function publishBatch(services: Services, form: Form): Promise<Xml> {
  const topicArn = requiredTopic(form);
  const entries = listOf(form.PublishBatchRequestEntries);
  assertBatch(entries);
  const good: { id: string; message: Message }[] = [];
  const failed: Xml[] = [];
  for (const entry of entries) {
    const id = textOf(entry.Id) ?? '';
    try {
      good.push({ id, message: parseMessage(entry, isFifo(topicArn)) });
    } catch (error) {
      if (!(error instanceof SnsError)) throw error;
      failed.push({ Id: id, Code: error.code, Message: error.message, SenderFault: 'true' });
    }
  }
  if (good.reduce((sum, { message }) => sum + message.sizeBytes, 0) > MAX_MESSAGE_BYTES) {
    throw new SnsError('BatchRequestTooLong', `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes.`);
  }
  const sent = await send(
    services,
    topicArn,
    good.map(({ message }) => message),
  );
  return {
    Successful: good.map(({ id }, i) => ({
      Id: id,
      MessageId: sent[i]?.messageId,
      SequenceNumber: sent[i]?.sequenceNumber,
    })),
    Failed: failed,
  };
}

function assertBatch(entries: Form[]) {
  const ids = new Set(entries.map((entry) => textOf(entry.Id)));
  if (entries.length === 0) throw new SnsError('EmptyBatchRequest', 'There should be at least one entry.');
  if (entries.length > MAX_BATCH) {
    throw new SnsError('TooManyEntriesInBatchRequest', `Maximum number of entries per request are ${MAX_BATCH}.`);
  }
  if (ids.size < entries.length)
    throw new SnsError('BatchEntryIdsNotDistinct', 'Two or more entries have the same Id.');
}

interface Sent {
  readonly messageId: string;
  readonly sequenceNumber?: string;
}

/** Keeps the messages, but those of a FIFO topic that it has had already. */
async function send(services: Services, topicArn: string, messages: Message[]): Promise<Sent[]> {
  const { topics, outbox, events, now } = services;
  topics.subscriptions(topicArn);
  if (messages.every(isOrdered)) return events.publish(topicArn, messages, now());
  const publishedAt = now().toISOString();
  const entries = messages.map((message) => ({
    messageId: randomUUID(),
    topicArn,
    publishedAt,
    ...(message.subject !== undefined && { subject: message.subject }),
    email: message.email,
    default: message.default,
    attributes: message.attributes,
    recipients: topics.recipients(topicArn, message),
  }));
  await outbox.add(entries);
  return entries;
}

function requiredTopic(form: Form): string {
  const topicArn = textOf(form.TopicArn);
  if (!topicArn) throw invalidParameter('TopicArn Reason: no value for required parameter');
  return topicArn;
}

function page<Element>(form: Form, name: string, all: Element[], toXml: (element: Element) => Xml): Xml {
  const start = Number(textOf(form.NextToken) ?? 0);
  if (!Number.isInteger(start) || start < 0) throw invalidParameter('NextToken');
  const end = start + PAGE_SIZE;
  return { [name]: all.slice(start, end).map(toXml), ...(end < all.length && { NextToken: String(end) }) };
}
