import {
  AttributeType,
  BillingMode,
  type ITable,
  ProjectionType,
  StreamViewType,
  Table,
} from 'aws-cdk-lib/aws-dynamodb';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Config } from './config.ts';

const INDEXES = {
  'stock-by-location': { partitionKey: 'stockShard', sortKey: 'stockSort', include: 'ALL' },
  'open-shipments': {
    partitionKey: 'openShard',
    sortKey: 'openSort',
    include: [
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
  'inbound-by-arrival': {
    partitionKey: 'inboundShard',
    sortKey: 'inboundSort',
    include: ['inboundShipmentId', 'status', 'location', 'expectedAt', 'reference', 'overdueSince', 'changedAt'],
  },
  'orders-by-time': { partitionKey: 'orderShard', sortKey: 'orderSort', include: ['orderId', 'status', 'placedAt'] },
  'orders-by-status': { partitionKey: 'statusShard', sortKey: 'orderSort', include: ['orderId', 'status', 'placedAt'] },
} as const;

/** A transaction is allowed what each of its parts is. */
const ROW_ACTIONS = [
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:Query',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:ConditionCheckItem',
];

type IndexName = keyof typeof INDEXES;

/**
 * The one table. A plain table, not a global one: a transaction is atomic within a region only, so a replica that takes
 * writes could promise units that are not there.
 */
export class Storage extends Construct {
  readonly table: ITable;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const table = new Table(this, 'Table', {
      partitionKey: string('pk'),
      sortKey: string('sk'),
      billingMode: BillingMode.PAY_PER_REQUEST,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
      deletionProtection: config.deletionProtection,
      removalPolicy: config.removalPolicy,
    });
    for (const [indexName, { partitionKey, sortKey, include }] of Object.entries(INDEXES)) {
      table.addGlobalSecondaryIndex({
        indexName,
        partitionKey: string(partitionKey),
        sortKey: string(sortKey),
        ...(include === 'ALL'
          ? { projectionType: ProjectionType.ALL }
          : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...include] }),
      });
    }
    // CDK's class and interface differ over optional properties that are undefined.
    this.table = table as ITable;
  }

  /** Lets a function read rows by key and change them, alone or in a transaction. It can neither scan nor see an index. */
  openTo(lambda: Lambda) {
    lambda.addEnvironment('TABLE_NAME', this.table.tableName);
    Grant.addToPrincipal({ grantee: lambda, actions: ROW_ACTIONS, resourceArns: [this.table.tableArn] });
  }

  /** Lets a function list what these indexes hold. */
  letQuery(lambda: Lambda, ...indexNames: IndexName[]) {
    Grant.addToPrincipal({
      grantee: lambda,
      actions: ['dynamodb:Query'],
      resourceArns: indexNames.map((indexName) => `${this.table.tableArn}/index/${indexName}`),
    });
  }
}

function string(name: string) {
  return { name, type: AttributeType.STRING };
}
