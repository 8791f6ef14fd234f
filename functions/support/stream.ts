import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { log } from '../../core/platform/log.ts';
import { fromImage } from '../../core/platform/table/images.ts';
import { type Change, itemOf, laneOf, type Reaction } from '../../core/reactors/change.ts';

/** Lanes are handled side by side, up to this many. */
const LANES_AT_ONCE = 16;

/**
 * A Lambda function that reacts to the table's stream, item by item along each lane. An item whose handling fails is reported, so that
 * the batch is delivered again from there on, with others that were handled already; those behind it in its lane wait for that.
 */
export function onChanges(react: Reaction) {
  return async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const lanes = [...Map.groupBy(event.Records.map(changeOf), laneOf).values()];
    const failed: string[] = [];
    const worker = async () => {
      for (let lane = lanes.shift(); lane; lane = lanes.shift()) {
        const failure = await reactAlong(lane, react);
        if (failure) failed.push(failure.sequenceNumber);
      }
    };
    await Promise.all(Array.from({ length: LANES_AT_ONCE }, worker));
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** Answers the first change of the item that could not be handled. */
async function reactAlong(lane: readonly Change[], react: Reaction): Promise<Change | undefined> {
  for (const changes of Map.groupBy(lane, itemOf).values()) {
    try {
      await react(changes);
    } catch (error) {
      const [first] = changes;
      log.error('a change could not be handled', { pk: first?.pk, sk: first?.sk, error });
      return first;
    }
  }
  return undefined;
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
