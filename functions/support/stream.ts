import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { log } from '../../core/platform/log.ts';
import { fromImage } from '../../core/platform/table/images.ts';
import { kindOf } from '../../core/platform/table/keys.ts';
import type { Change, Reaction } from '../../core/reactors/change.ts';

/** Changes of different items are handled side by side, up to this many. */
const ITEMS_AT_ONCE = 16;

/**
 * A Lambda function that reacts to the table's stream. Changes of one item, and those of one order's timeline, are handled one after
 * the other; what cannot be handled is reported, so that the batch is delivered again from there on, with others that were handled already.
 */
export function onChanges(react: Reaction) {
  return async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const items = [...Map.groupBy(event.Records.map(changeOf), subjectOf).values()];
    const failed: string[] = [];
    const worker = async () => {
      for (let changes = items.shift(); changes; changes = items.shift()) {
        const [first] = changes;
        try {
          await react(changes);
        } catch (error) {
          log.error('a change could not be handled', { pk: first?.pk, sk: first?.sk, error });
          if (first) failed.push(first.sequenceNumber);
        }
      }
    };
    await Promise.all(Array.from({ length: ITEMS_AT_ONCE }, worker));
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** An order's timeline is told in its order, so its entries are one subject. */
function subjectOf(change: Change): string {
  return kindOf(change) === 'event' ? change.pk : `${change.pk}\n${change.sk}`;
}

function changeOf({ eventName, dynamodb = {} }: DynamoDBRecord): Change {
  const { Keys = {}, OldImage, NewImage, SequenceNumber = '' } = dynamodb;
  const { pk, sk } = fromImage(Keys) as { pk: string; sk: string };
  return {
    pk,
    sk,
    isNew: eventName === 'INSERT',
    before: OldImage && fromImage(OldImage),
    after: NewImage && fromImage(NewImage),
    sequenceNumber: SequenceNumber,
  };
}
