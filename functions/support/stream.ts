import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { about, log } from '../../core/platform/log.ts';
import { count } from '../../core/platform/metrics.ts';
import { fromImage } from '../../core/platform/table/images.ts';
import { idsOf } from '../../core/platform/table/keys.ts';
import { type Change, itemOf, laneOf, type Reaction } from '../../core/reactors/change.ts';
import { type Invocation, invocation } from './invocation.ts';

/** Lanes are handled side by side, up to this many. */
const LANES_AT_ONCE = 16;

/**
 * A Lambda function that reacts to the table's stream, item by item along each lane. An item whose handling fails is reported, so that
 * the batch is delivered again from there on, with others that were handled already; those behind it in its lane wait for that.
 */
export function onChanges(react: Reaction) {
  const handleAll = async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
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
  return (event: DynamoDBStreamEvent, context?: Invocation) => invocation(context, {}, () => handleAll(event));
}

/** Answers the first change of the item that could not be handled. */
async function reactAlong(lane: readonly Change[], react: Reaction): Promise<Change | undefined> {
  for (const changes of Map.groupBy(lane, itemOf).values()) {
    const [first] = changes;
    if (first === undefined) continue;
    const isDone = await about(idsOf(first), () => isHandled(changes, react));
    if (!isDone) return first;
  }
  return undefined;
}

async function isHandled(changes: readonly Change[], react: Reaction): Promise<boolean> {
  try {
    await react(changes);
    return true;
  } catch (error) {
    count('Faults');
    log.error('a change could not be handled', { error });
    return false;
  }
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
