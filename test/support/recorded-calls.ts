import { AsyncLocalStorage } from 'node:async_hooks';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';

/** What a call needs to be allowed, in the words of a policy. */
export interface NeededPermission {
  readonly action: string;
  /** `table`, the name of an index, `workflow`, `alerts` or `events`. */
  readonly resource: string;
  /** The partition keys that the call names; none where it is not about the table's rows. */
  readonly leadingKeys: readonly string[];
  /** Of the state machine, the alias or version that the call names. */
  readonly qualifier?: string;
}

const caller = new AsyncLocalStorage<string>();
const needed = new Map<string, Map<string, NeededPermission>>();

/** What each function has needed so far, by the function's file. */
export function recordedCalls(): ReadonlyMap<string, readonly NeededPermission[]> {
  return new Map([...needed].map(([name, permissions]) => [name, [...permissions.values()]]));
}

/** The function, with all that it calls on its account. */
export function asFunction<Args extends unknown[], Answer>(name: string, run: (...args: Args) => Answer) {
  return (...args: Args): Answer => caller.run(name, () => run(...args));
}

const Row = z.looseObject({ pk: z.string() });
const Keyed = z.looseObject({ Key: Row });

const RowCall = {
  GetCommand: Keyed.transform(({ Key }) => row('GetItem', Key)),
  PutCommand: z.looseObject({ Item: Row }).transform(({ Item }) => row('PutItem', Item)),
  UpdateCommand: Keyed.transform(({ Key }) => row('UpdateItem', Key)),
  DeleteCommand: Keyed.transform(({ Key }) => row('DeleteItem', Key)),
  BatchGetCommand: z
    .looseObject({ RequestItems: z.record(z.string(), z.looseObject({ Keys: z.array(Row) })) })
    .transform(({ RequestItems }) => [
      {
        action: 'dynamodb:BatchGetItem',
        resource: 'table',
        leadingKeys: Object.values(RequestItems).flatMap(({ Keys }) => Keys.map(({ pk }) => pk)),
      },
    ]),
  QueryCommand: z
    .looseObject({
      IndexName: z.string().default('table'),
      ExpressionAttributeValues: z.record(z.string(), z.unknown()),
    })
    .transform(({ IndexName, ExpressionAttributeValues: values }) => [
      {
        action: 'dynamodb:Query',
        resource: IndexName,
        leadingKeys: [String(values[':pk'] ?? values[':partition'])],
      },
    ]),
  ScanCommand: z.looseObject({}).transform(() => [{ action: 'dynamodb:Scan', resource: 'table', leadingKeys: [] }]),
  TransactWriteCommand: z
    .looseObject({
      TransactItems: z.array(
        z
          .looseObject({
            Put: z.looseObject({ Item: Row }).transform(({ Item }) => ({ action: 'dynamodb:PutItem', key: Item.pk })),
            Update: Keyed.transform(({ Key }) => ({ action: 'dynamodb:UpdateItem', key: Key.pk })),
            Delete: Keyed.transform(({ Key }) => ({ action: 'dynamodb:DeleteItem', key: Key.pk })),
            ConditionCheck: Keyed.transform(({ Key }) => ({ action: 'dynamodb:ConditionCheckItem', key: Key.pk })),
          })
          .partial()
          .transform(({ Put, Update, Delete, ConditionCheck }) => Put ?? Update ?? Delete ?? ConditionCheck),
      ),
    })
    // Whether IAM is shown the keys of one part or of all of them when it judges a part, AWS does not say: we ask for all.
    .transform(({ TransactItems }) =>
      [...new Set(TransactItems.map((part) => part?.action ?? 'unknown'))].map((action) => ({
        action,
        resource: 'table',
        leadingKeys: TransactItems.map((part) => part?.key ?? 'unknown'),
      })),
    ),
  StartExecutionCommand: z.looseObject({ stateMachineArn: z.string() }).transform(({ stateMachineArn }) => {
    const [, , , , , , , qualifier] = stateMachineArn.split(':');
    return other('states:StartExecution', 'workflow').map((each) => ({ ...each, ...(qualifier && { qualifier }) }));
  }),
  ListExecutionsCommand: z.unknown().transform(() => other('states:ListExecutions', 'workflow')),
  SendTaskSuccessCommand: z.unknown().transform(() => other('states:SendTaskSuccess', 'workflow')),
  SendTaskFailureCommand: z.unknown().transform(() => other('states:SendTaskFailure', 'workflow')),
  PublishCommand: z
    .looseObject({ TopicArn: z.string() })
    .transform(({ TopicArn }) => other('sns:Publish', topicOf(TopicArn))),
  PublishBatchCommand: z
    .looseObject({ TopicArn: z.string() })
    .transform(({ TopicArn }) => other('sns:Publish', topicOf(TopicArn))),
} satisfies Record<string, z.ZodType<NeededPermission[]>>;

function row(action: string, { pk }: z.infer<typeof Row>): NeededPermission[] {
  return [{ action: `dynamodb:${action}`, resource: 'table', leadingKeys: [pk] }];
}

function other(action: string, resource: string): NeededPermission[] {
  return [{ action, resource, leadingKeys: [] }];
}

function topicOf(arn: string) {
  return arn.endsWith('.fifo') ? 'events' : 'alerts';
}

function record(command: object): void {
  const name = caller.getStore();
  if (name === undefined) return;
  const call: z.ZodType<NeededPermission[]> | undefined = Reflect.get(RowCall, command.constructor.name);
  const permissions =
    call?.parse(Reflect.get(command, 'input')) ?? other(command.constructor.name, 'unknown to the recorder');
  const known = needed.get(name) ?? new Map<string, NeededPermission>();
  needed.set(name, known);
  for (const permission of permissions) {
    const leadingKeys = [...new Set(permission.leadingKeys.map((key) => key.replace(/(?<=#).*/, '')))].sort();
    known.set(`${permission.action} ${permission.resource} ${leadingKeys}`, { ...permission, leadingKeys });
  }
}

for (const Client of [DynamoDBDocumentClient, SFNClient, SNSClient]) {
  const prototype: object = Client.prototype;
  const send = Reflect.get(prototype, 'send');
  Object.defineProperty(prototype, 'send', {
    value(this: object, command: object, ...rest: unknown[]) {
      record(command);
      return Reflect.apply(send, this, [command, ...rest]);
    },
  });
}
