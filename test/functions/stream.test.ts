import type { DynamoDBRecord } from 'aws-lambda';
import { expect, it } from 'vitest';
import type { Key } from '../../core/platform/table/keys.ts';
import type { Change } from '../../core/reactors/change.ts';
import { onChanges } from '../../functions/support/stream.ts';

function record(sequence: number, sk: string, units: number): DynamoDBRecord {
  return recordOf(sequence, { pk: 'SKU#MUG', sk }, { available: { N: String(units) } });
}

function recordOf(sequence: number, { pk, sk }: Key, attributes = {}): DynamoDBRecord {
  const Keys = { pk: { S: pk }, sk: { S: sk } };
  return {
    eventName: 'MODIFY',
    dynamodb: { Keys, NewImage: { ...Keys, ...attributes }, SequenceNumber: String(sequence) },
  };
}

it('hands over the changes of each item together, in their order', async () => {
  const handed: Change[][] = [];
  const handler = onChanges(async (changes) => void handed.push([...changes]));

  await handler({ Records: [record(1, 'STOCK#main', 3), record(2, 'STOCK#north', 5), record(3, 'STOCK#main', 2)] });

  expect(
    handed.map((changes) => changes.map(({ sk, after }) => [sk, (after as { available: number }).available])),
  ).toEqual([
    [
      ['STOCK#main', 3],
      ['STOCK#main', 2],
    ],
    [['STOCK#north', 5]],
  ]);
});

it('reports the item that failed, by its first change, and handles the others', async () => {
  const handled: string[] = [];
  const handler = onChanges(async ([first]) => {
    if (first?.sk === 'STOCK#main') throw new Error('for the test');
    handled.push(first?.sk ?? '');
  });

  const answer = await handler({
    Records: [
      record(1, 'STOCK#north', 3),
      record(2, 'STOCK#main', 5),
      record(3, 'STOCK#main', 2),
      record(4, 'STOCK#south', 1),
    ],
  });

  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
  expect(handled).toEqual(['STOCK#north', 'STOCK#south']);
});

it('goes along the timeline of an order entry by entry, and not past one that failed', async () => {
  const handled: string[] = [];
  const handler = onChanges(async (changes) => {
    const [first] = changes;
    expect(changes).toHaveLength(1);
    if (first?.sk === 'EVENT#2') throw new Error('for the test');
    handled.push(`${first?.pk} ${first?.sk}`);
  });
  const entry = (sequence: number, orderId: string, sk: string) => recordOf(sequence, { pk: `ORDER#${orderId}`, sk });

  const answer = await handler({
    Records: [
      entry(1, 'A', 'EVENT#1'),
      entry(2, 'B', 'EVENT#1'),
      entry(3, 'A', 'EVENT#2'),
      entry(4, 'A', 'EVENT#3'),
      entry(5, 'B', 'EVENT#3'),
    ],
  });

  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '3' }] });
  expect(handled.sort()).toEqual(['ORDER#A EVENT#1', 'ORDER#B EVENT#1', 'ORDER#B EVENT#3']);
});
