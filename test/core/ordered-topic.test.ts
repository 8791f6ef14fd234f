import { type PublishBatchCommandInput, SNSClient } from '@aws-sdk/client-sns';
import { beforeEach, describe, expect, it } from 'vitest';
import { OrderedTopic } from '../../core/platform/ordered-topic.ts';

const requests: string[][] = [];
let refuse: (id: string) => boolean;
let topic: OrderedTopic;

beforeEach(() => {
  requests.length = 0;
  refuse = () => false;
  const client = new SNSClient({ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  client.middlewareStack.add(
    () => async (args) => {
      const { PublishBatchRequestEntries = [] } = args.input as PublishBatchCommandInput;
      requests.push(PublishBatchRequestEntries.map((entry) => entry.MessageDeduplicationId ?? ''));
      const Failed = PublishBatchRequestEntries.filter((entry) => refuse(entry.MessageDeduplicationId ?? '')).map(
        ({ Id }) => ({ Id, Code: 'Throttled', SenderFault: false }),
      );
      return { response: {}, output: { $metadata: {}, Failed } } as never;
    },
    { step: 'initialize' },
  );
  topic = new OrderedTopic(client, 'arn:aws:sns:us-east-1:000000000000:events.fifo');
});

const publish = (id: string, json: object = {}) =>
  topic.publish({ json, attributes: { type: 'shipped' }, group: `SO-${id}`, deduplicationId: id });

describe('a FIFO topic', () => {
  it('takes what is published at the same moment in one request, ten at the most', async () => {
    await Promise.all(Array.from({ length: 23 }, (_, i) => publish(`e${i}`)));

    expect(requests.map((ids) => ids.length)).toEqual([10, 10, 3]);
    expect(requests.flat()).toEqual(Array.from({ length: 23 }, (_, i) => `e${i}`));
  });

  it('takes what is published after another in a request after it', async () => {
    await publish('e1');
    await publish('e2');

    expect(requests).toEqual([['e1'], ['e2']]);
  });

  it('puts no more into a request than SNS takes', async () => {
    const large = { lines: 'x'.repeat(100_000) };
    await Promise.all([publish('e1', large), publish('e2', large), publish('e3', large)]);

    expect(requests).toEqual([['e1', 'e2'], ['e3']]);
  });

  it('fails for the message that was refused, and for no other', async () => {
    refuse = (id) => id === 'e2';

    const outcomes = await Promise.allSettled(['e1', 'e2', 'e3'].map((id) => publish(id)));

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { name: 'NotPublished' } });
  });
});
