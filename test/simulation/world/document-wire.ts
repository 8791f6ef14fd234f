import {
  ConditionalCheckFailedException,
  ResourceNotFoundException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { fromAttributes, inOrder } from './attributes.ts';
import type { Wire, WireAnswer } from './wire.ts';

/** A command of the SDK's document client, as far as a client looks at it. */
export interface Command {
  readonly input: object;
  readonly constructor: { readonly name: string };
}

/** The part of a client of the SDK that the business uses. */
export interface Sender<Sent = Command> {
  send(command: Sent): Promise<object>;
}

// biome-ignore lint/suspicious/noExplicitAny: the commands' inputs and outputs are as many shapes as there are operations.
type Fields = Record<string, any>;

const OPERATIONS: Record<string, string> = {
  GetCommand: 'GetItem',
  PutCommand: 'PutItem',
  UpdateCommand: 'UpdateItem',
  DeleteCommand: 'DeleteItem',
  QueryCommand: 'Query',
  ScanCommand: 'Scan',
  BatchGetCommand: 'BatchGetItem',
  TransactWriteCommand: 'TransactWriteItems',
};

/** The SDK's document client without the SDK's layers: it takes the same commands and gives the same answers and errors. */
export function documentWire(wire: Wire): Sender {
  return {
    async send(command) {
      const operation = OPERATIONS[command.constructor.name];
      if (!operation) throw new Error(`the simulator does not know ${command.constructor.name}`);
      const answer = await wire.request(`DynamoDB_20120810.${operation}`, wrapped(command.input));
      if (answer.status !== 200) throw errorOf(answer);
      return unwrapped(answer.body);
    },
  };
}

/** As the business takes it: only `send` is ever called. */
export function asDocumentClient(sender: Sender): DynamoDBDocumentClient {
  return sender as unknown as DynamoDBDocumentClient;
}

const asItem = (value: Fields) => marshall(value, { removeUndefinedValues: true });

/** Fields that hold items, wherever they stand in a request. */
function wrapped(input: Fields): Fields {
  const out: Fields = {};
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue;
    if (name === 'Key' || name === 'Item' || name === 'ExpressionAttributeValues' || name === 'ExclusiveStartKey') {
      out[name] = asItem(value);
    } else if (name === 'TransactItems') {
      out[name] = value.map((item: Fields) => {
        const [[kind, write]] = Object.entries(item) as [[string, Fields]];
        return { [kind]: wrapped(write) };
      });
    } else if (name === 'RequestItems') {
      const tables = Object.entries(value as Record<string, Fields>);
      out[name] = Object.fromEntries(tables.map(([table, wanted]) => [table, keysWrapped(wanted)]));
    } else out[name] = value;
  }
  return out;
}

function keysWrapped({ Keys, ...rest }: Fields): Fields {
  return { ...rest, Keys: Keys.map(asItem) };
}

function unwrapped(body: Fields): Fields {
  const { Item, Items, LastEvaluatedKey, Responses, UnprocessedKeys } = body;
  return {
    ...(Item && { Item: fromAttributes(Item) }),
    ...(Items && { Items: Items.map((item: Fields) => fromAttributes(item)) }),
    ...(LastEvaluatedKey && { LastEvaluatedKey: fromAttributes(LastEvaluatedKey) }),
    ...(Responses && {
      Responses: mapValues(Responses, (items: Fields[]) => items.map((item) => fromAttributes(item))),
    }),
    ...(UnprocessedKeys && {
      UnprocessedKeys: mapValues(UnprocessedKeys, ({ Keys, ...rest }: Fields) => ({
        ...rest,
        Keys: Keys.map((key: Fields) => fromAttributes(key)),
      })),
    }),
  };
}

function mapValues<Value>(fields: Record<string, Value>, change: (value: Value) => unknown): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)]));
}

function errorOf({ body, status }: WireAnswer): Error {
  const name = String(body.__type ?? '').replace(/^.*#/, '');
  const message = body.message ?? body.Message ?? '';
  const $metadata = { httpStatusCode: status };
  switch (name) {
    case 'ConditionalCheckFailedException':
      return new ConditionalCheckFailedException({ message, $metadata, Item: inOrder(body.Item) });
    case 'TransactionCanceledException':
      return new TransactionCanceledException({
        message,
        $metadata,
        CancellationReasons: inOrder(body.CancellationReasons),
      });
    case 'ResourceNotFoundException':
      return new ResourceNotFoundException({ message, $metadata });
    default:
      return Object.assign(new Error(`${name}: ${message}`), { name });
  }
}
