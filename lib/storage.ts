import { Aws } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type ITable,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type Config, tableOfStream } from './config.ts';

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

/** What a function does to rows by their keys. In a transaction it needs what each of the parts would need alone. */
type RowAction = 'GetItem' | 'BatchGetItem' | 'Query' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'ConditionCheckItem';

/** What the partition keys of the rows begin with, by what the rows are about. */
const PARTITIONS = {
  sku: 'SKU#*',
  order: 'ORDER#*',
  inbound: 'INBOUND#*',
  alert: 'ALERT#*',
  answer: 'IDEMPOTENCY#*',
};

export interface RowAccess {
  readonly actions: readonly RowAction[];
  /** Whose rows. All actions on all of them: AWS does not say that it judges a transaction's parts by one key each. */
  readonly partitions: readonly (keyof typeof PARTITIONS)[];
}

/** What DynamoDB asks of whoever works with a table that a key of our own encrypts. */
const KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

type IndexName = keyof typeof INDEXES;

/**
 * The one table. A plain table, not a global one: a transaction is atomic within a region only, so a replica that takes
 * writes could promise units that are not there.
 */
export class Storage extends Construct {
  /** The table that everything works on. */
  readonly table: ITable;
  readonly #key: IKey | undefined;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const { tableKeyArn, restoredTableStreamArn } = config;
    this.#key = tableKeyArn === null ? undefined : Key.fromKeyArn(this, 'Key', tableKeyArn);
    const table = new Table(this, 'Table', {
      partitionKey: string('pk'),
      sortKey: string('sk'),
      billingMode: BillingMode.PAY_PER_REQUEST,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: config.recoveryDays },
      // Always encrypted: without this, with a key that AWS owns. Why, in docs/data.md.
      ...(this.#key && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: this.#key }),
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
    this.table = restoredTableStreamArn === null ? (table as ITable) : this.restored(restoredTableStreamArn);
  }

  /** The stack's own table stays beside it as it is, so that a restore loses nothing and can be taken back. */
  private restored(tableStreamArn: string): ITable {
    return Table.fromTableAttributes(this, 'Restored', {
      tableName: tableOfStream(tableStreamArn),
      tableStreamArn,
      ...(this.#key && { encryptionKey: this.#key }),
    });
  }

  /**
   * Lets a function read and change rows by their keys, and neither scan nor see an index.
   *
   * The condition holds for whoever names no key at all, too (`ForAllValues` of nothing), but none of the actions can be done
   * without one.
   */
  openTo(lambda: Lambda, { actions, partitions }: RowAccess) {
    lambda.addEnvironment('TABLE_NAME', this.table.tableName);
    this.letUseKey(lambda);
    if (actions.length === 0) return;
    Grant.addToPrincipal({
      grantee: lambda,
      actions: actions.map((action) => `dynamodb:${action}`),
      resourceArns: [this.table.tableArn],
      conditions: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions.map((partition) => PARTITIONS[partition]) },
      },
    });
  }

  private letUseKey(lambda: Lambda) {
    if (!this.#key) return;
    Grant.addToPrincipal({
      grantee: lambda,
      actions: KEY_ACTIONS,
      resourceArns: [this.#key.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${Aws.REGION}.amazonaws.com` } },
    });
  }

  /** Lets a function read the whole table. */
  letScan(lambda: Lambda) {
    Grant.addToPrincipal({ grantee: lambda, actions: ['dynamodb:Scan'], resourceArns: [this.table.tableArn] });
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
