import { unmarshall } from '@aws-sdk/util-dynamodb';

/** An item as DynamoDB sends it in streams: attributes wrapped in their types. */
export type Image = Readonly<Record<string, object>>;

/** The item as the table's rows are typed. */
export function fromImage(image: Image): object {
  return unmarshall(image as Parameters<typeof unmarshall>[0]);
}
