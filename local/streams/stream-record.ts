import type { AttributeValue, _Record as SdkRecord } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord, AttributeValue as LambdaAttributeValue } from 'aws-lambda';

/** Before the oldest record that the stream still has. */
export const BEGINNING = -1n;

/** Where the stream does not say how large a record is. */
const TYPICAL_SIZE_BYTES = 1024;

/** A record of the stream, with what is needed to find one's way. */
export interface StreamRecord {
  /** Grows along a shard. Longer than a double can hold in AWS, so strings or numbers would sort wrongly. */
  sequence: bigint;
  createdAtMs: number;
  sizeBytes: number;
  /** The record as Lambda hands it to a function. */
  delivered: DynamoDBRecord;
}

/** Reads what the SDK reads: dates and bytes become the numbers and the Base64 of Lambda's JSON. */
export function toStreamRecord(record: SdkRecord, streamArn: string): StreamRecord {
  const { eventID, eventName, eventVersion, eventSource, awsRegion, userIdentity } = record;
  const { ApproximateCreationDateTime: createdAt, Keys, NewImage, OldImage, ...rest } = record.dynamodb ?? {};
  return {
    sequence: BigInt(rest.SequenceNumber ?? BEGINNING),
    createdAtMs: createdAt?.getTime() ?? 0,
    sizeBytes: rest.SizeBytes ?? TYPICAL_SIZE_BYTES,
    delivered: {
      eventID,
      eventName,
      eventVersion,
      eventSource,
      awsRegion,
      dynamodb: {
        ...(createdAt && { ApproximateCreationDateTime: createdAt.getTime() / 1000 }),
        ...(Keys && { Keys: toImage(Keys) }),
        ...(NewImage && { NewImage: toImage(NewImage) }),
        ...(OldImage && { OldImage: toImage(OldImage) }),
        ...rest,
      },
      eventSourceARN: streamArn,
      ...(userIdentity && { userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId } }),
    },
  };
}

function toImage(image: Record<string, AttributeValue>): Record<string, LambdaAttributeValue> {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, toLambdaValue(value)]));
}

function toLambdaValue(value: AttributeValue): LambdaAttributeValue {
  if (value.B !== undefined) return { B: toBase64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(toBase64) };
  if (value.M !== undefined) return { M: toImage(value.M) };
  if (value.L !== undefined) return { L: value.L.map(toLambdaValue) };
  return value as LambdaAttributeValue;
}

function toBase64(bytes: Uint8Array) {
  return Buffer.from(bytes).toString('base64');
}
