import type { DynamoDBRecord } from 'aws-lambda';
import { expect, it } from 'vitest';
import type { Change } from '../../core/reactors/change.ts';
import { onChanges } from '../../functions/support/stream.ts';

function record(sequence: number, sk: string, units: number): DynamoDBRecord {
  return {
    eventName: 'MODIFY',
    dynamodb: {
      Keys: { pk: { S: 'SKU#MUG' }, sk: { S: sk } },
      NewImage: { pk: { S: 'SKU#MUG' }, sk: { S: sk }, available: { N: String(units) } },
      SequenceNumber: String(sequence),
    },
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
