import type { CreateTableCommandInput, GlobalSecondaryIndex } from '@aws-sdk/client-dynamodb';

/** Epoch seconds after which DynamoDB may delete an item. Only idempotency records have it. */
export const EXPIRY_ATTRIBUTE = 'expiresAt';

/** The lists that the table serves as pages. Each item carries the keys of the indexes that it should be found in. */
const indexes: GlobalSecondaryIndex[] = [
  {
    IndexName: 'stock-by-location',
    KeySchema: keySchema('stockShard', 'stockSort'),
    Projection: { ProjectionType: 'ALL' },
  },
  {
    IndexName: 'open-shipments',
    KeySchema: keySchema('openShard', 'openSort'),
    Projection: {
      ProjectionType: 'INCLUDE',
      NonKeyAttributes: [
        'orderId',
        'shipmentId',
        'number',
        'status',
        'location',
        'priority',
        'placedAt',
        'changedAt',
        'linesWaiting',
        'taskStage',
        'executionName',
        'splitChosenAt',
        'movesSince',
      ],
    },
  },
  {
    IndexName: 'inbound-by-arrival',
    KeySchema: keySchema('inboundShard', 'inboundSort'),
    Projection: {
      ProjectionType: 'INCLUDE',
      NonKeyAttributes: [
        'inboundShipmentId',
        'status',
        'location',
        'expectedAt',
        'reference',
        'overdueSince',
        'changedAt',
      ],
    },
  },
  {
    IndexName: 'orders-by-time',
    KeySchema: keySchema('orderShard', 'orderSort'),
    Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['orderId', 'status', 'placedAt'] },
  },
  {
    IndexName: 'orders-by-status',
    KeySchema: keySchema('statusShard', 'orderSort'),
    Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['orderId', 'status', 'placedAt'] },
  },
];

/** The one table, as DynamoDB's CreateTable takes it. Every key is a string. */
export function tableDefinition(tableName: string) {
  const tableKey = keySchema('pk', 'sk');
  const keyNames = new Set([tableKey, ...indexes.map((index) => index.KeySchema ?? [])].flat().map(nameOf));
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: tableKey,
    AttributeDefinitions: [...keyNames].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    GlobalSecondaryIndexes: indexes,
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  } satisfies CreateTableCommandInput;
}

function keySchema(partitionKey: string, sortKey: string) {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' as const },
    { AttributeName: sortKey, KeyType: 'RANGE' as const },
  ];
}

function nameOf(element: { AttributeName: string | undefined }) {
  return element.AttributeName ?? '';
}
