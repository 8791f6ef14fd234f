import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** DynamoDB's own overhead of an item, for which storage is billed. */
const ITEM_OVERHEAD_BYTES = 100;
const CONTAINER_OVERHEAD_BYTES = 3;

/**
 * Bytes that DynamoDB bills to store an item.
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function storedSizeOf(item: Record<string, AttributeValue>): number {
  return ITEM_OVERHEAD_BYTES + mapSize(item);
}

function mapSize(attributes: Record<string, AttributeValue>): number {
  return Object.entries(attributes).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value), 0);
}

function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.replace(/[^0-9]/g, '').length / 2) + 1;
  if (value.M !== undefined) {
    return CONTAINER_OVERHEAD_BYTES + Object.keys(value.M).length + mapSize(value.M);
  }
  if (value.L !== undefined) {
    return CONTAINER_OVERHEAD_BYTES + value.L.reduce((sum, element) => sum + 1 + valueSize(element), 0);
  }
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  throw new Error(`no row of ours holds ${Object.keys(value)}`);
}
