import {
  CloudFormationClient,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateStateMachineAliasCommand,
  ListStateMachineAliasesCommand,
  PublishStateMachineVersionCommand,
  SFNClient,
  UpdateStateMachineAliasCommand,
} from '@aws-sdk/client-sfn';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { type AuditReport, audit } from '../../core/audit/audit.ts';
import { documentClient } from '../../core/platform/clients.ts';
import { systemClock } from '../../core/platform/clock.ts';
import { Table } from '../../core/platform/table/table.ts';
import { ApiClient } from '../api-client.ts';
import { emulatedConfig } from './emulator.ts';
import type { JourneySystem, ToldEvent } from './journey.ts';

/** What the stack says of itself when it is deployed, as far as the journey needs it. */
const Outputs = z.object({
  ApiUrl: z.url(),
  TableName: z.string(),
  StateMachineArn: z.string(),
  AlertTopicArn: z.string(),
  EventTopicArn: z.string(),
  OrderSystemClientId: z.string(),
  WarehouseClientId: z.string(),
  MerchantClientId: z.string(),
});
type Outputs = z.infer<typeof Outputs>;

type Client = 'OrderSystem' | 'Warehouse' | 'Merchant';

const MESSAGES_AT_ONCE = 10;

/** A stack that an emulator runs, and all that is needed to use it from outside. */
export class Deployment implements AsyncDisposable {
  readonly #endpoint: string;
  readonly #outputs: Outputs;
  readonly #resources: readonly StackResourceSummary[];
  readonly #dynamodb: DynamoDBClient;
  readonly #lambda: LambdaClient;
  readonly #cognito: CognitoIdentityProviderClient;
  readonly #sqs: SQSClient;
  readonly #stepFunctions: SFNClient;
  readonly #held = new AsyncDisposableStack();

  private constructor(endpoint: string, outputs: Outputs, resources: readonly StackResourceSummary[]) {
    const config = emulatedConfig(endpoint);
    this.#endpoint = endpoint;
    this.#outputs = outputs;
    this.#resources = resources;
    this.#dynamodb = this.#held.adopt(new DynamoDBClient(config), destroy);
    this.#lambda = this.#held.adopt(new LambdaClient(config), destroy);
    this.#cognito = this.#held.adopt(new CognitoIdentityProviderClient(config), destroy);
    this.#sqs = this.#held.adopt(new SQSClient(config), destroy);
    this.#stepFunctions = this.#held.adopt(new SFNClient(config), destroy);
  }

  /** @param outputs the stack's, as `cdk deploy --outputs-file` writes them. */
  static async open(endpoint: string, stack: string, outputs: unknown): Promise<Deployment> {
    return new Deployment(endpoint, Outputs.parse(outputs), await stackResources(endpoint, stack));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }

  /** The logical ids of what CloudFormation says it has made. */
  get made(): ReadonlySet<string> {
    const made = this.#resources.filter(({ ResourceStatus }) =>
      /^(CREATE|UPDATE)_COMPLETE$/.test(ResourceStatus ?? ''),
    );
    return new Set(made.map(({ LogicalResourceId }) => LogicalResourceId ?? ''));
  }

  /** Publishes the workflow as it is deployed, under an alias that may be there from an earlier time. */
  async publishWorkflow(alias: string): Promise<void> {
    const stateMachineArn = this.#resources.find(
      ({ ResourceType }) => ResourceType === 'AWS::StepFunctions::StateMachine',
    )?.PhysicalResourceId;
    const { stateMachineVersionArn } = await this.#stepFunctions.send(
      new PublishStateMachineVersionCommand({ stateMachineArn }),
    );
    const routingConfiguration = [{ stateMachineVersionArn, weight: 100 }];
    const { stateMachineAliases = [] } = await this.#stepFunctions.send(
      new ListStateMachineAliasesCommand({ stateMachineArn }),
    );
    const there = stateMachineAliases.find(({ stateMachineAliasArn }) => stateMachineAliasArn?.endsWith(`:${alias}`));
    if (there)
      await this.#stepFunctions.send(
        new UpdateStateMachineAliasCommand({ stateMachineAliasArn: there.stateMachineAliasArn, routingConfiguration }),
      );
    else await this.#stepFunctions.send(new CreateStateMachineAliasCommand({ name: alias, routingConfiguration }));
  }

  /** Where the emulator serves the API: the id in the address that AWS would give it, under the emulator's own. */
  get apiUrl(): string {
    const [apiId] = new URL(this.#outputs.ApiUrl).hostname.split('.');
    return `${this.#endpoint}/_aws/execute-api/${apiId}/$default`;
  }

  /** A token of one of the stack's own clients, from the token endpoint. */
  async token(client: Client): Promise<string> {
    const clientId = this.#outputs[`${client}ClientId`];
    const description = new DescribeUserPoolClientCommand({
      UserPoolId: this.#resources.find(({ ResourceType }) => ResourceType === 'AWS::Cognito::UserPool')
        ?.PhysicalResourceId,
      ClientId: clientId,
    });
    const { UserPoolClient } = await this.#cognito.send(description);
    const answer = await fetch(`${this.#endpoint}/oauth2/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${clientId}:${UserPoolClient?.ClientSecret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    if (!answer.ok) throw new Error(`The token endpoint answers ${answer.status}: ${await answer.text()}`);
    return z.object({ access_token: z.string() }).parse(await answer.json()).access_token;
  }

  async journeySystem(mark: string): Promise<JourneySystem> {
    const caller = async (name: Client) => {
      const token = await this.token(name);
      return new ApiClient(this.apiUrl, { token: async () => token });
    };
    const alerts = await this.#listen(this.#outputs.AlertTopicArn, `rehearsal-${mark}-alerts`);
    const events = await this.#listen(this.#outputs.EventTopicArn, `rehearsal-${mark}-events.fifo`);
    return {
      callers: {
        orderSystem: await caller('OrderSystem'),
        warehouse: await caller('Warehouse'),
        merchant: await caller('Merchant'),
      },
      executions: this.#stepFunctions,
      stateMachineArn: this.#outputs.StateMachineArn,
      alerts,
      events: async () => (await events()).map((message) => JSON.parse(message) as ToldEvent),
    };
  }

  /** Whether an error that a function throws keeps its name on the way to who called it, as it does in AWS. */
  async passesErrorNamesOn(): Promise<boolean> {
    const reserving = this.#resources.find(
      ({ ResourceType, LogicalResourceId }) =>
        ResourceType === 'AWS::Lambda::Function' && LogicalResourceId?.includes('ReserveStock'),
    );
    const nonsense = new InvokeCommand({ FunctionName: reserving?.PhysicalResourceId, Payload: '{}' });
    const { Payload } = await this.#lambda.send(nonsense);
    return JSON.parse(Payload?.transformToString() ?? '{}').errorType === 'InvalidInput';
  }

  /**
   * Runs a function as its schedule does.
   *
   * @throws Error with what the function failed with.
   */
  async runScheduled(logicalId: string): Promise<void> {
    const FunctionName = this.#resources.find(
      ({ LogicalResourceId }) => LogicalResourceId === logicalId,
    )?.PhysicalResourceId;
    const { FunctionError, Payload } = await this.#lambda.send(new InvokeCommand({ FunctionName }));
    if (FunctionError) throw new Error(`${FunctionError}: ${Payload?.transformToString()}`);
  }

  audit(): Promise<AuditReport> {
    const table = new Table(documentClient(this.#dynamodb), this.#outputs.TableName);
    return audit({ table, now: systemClock });
  }

  /** Subscribes a queue to a topic; answers a function that answers all messages that have come so far. */
  async #listen(topicArn: string, name: string): Promise<() => Promise<readonly string[]>> {
    const isFifo = name.endsWith('.fifo');
    const { QueueUrl } = await this.#sqs.send(
      new CreateQueueCommand({ QueueName: name, ...(isFifo && { Attributes: { FifoQueue: 'true' } }) }),
    );
    this.#held.defer(async () => {
      await this.#sqs.send(new DeleteQueueCommand({ QueueUrl }));
    });
    const { Attributes } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    // As in docs/events.md: the queue has to let the topic in.
    const mayDeliver = {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: Attributes?.QueueArn,
      Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [mayDeliver] });
    await this.#sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    const topics = this.#held.adopt(new SNSClient(emulatedConfig(this.#endpoint)), destroy);
    await topics.send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: 'sqs',
        Endpoint: Attributes?.QueueArn,
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );
    const heard: string[] = [];
    return async () => {
      for (;;) {
        const { Messages = [] } = await this.#sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: MESSAGES_AT_ONCE }),
        );
        if (Messages.length === 0) return heard;
        heard.push(...Messages.map(({ Body = '' }) => Body));
        const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
        await this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      }
    };
  }
}

async function stackResources(endpoint: string, stack: string): Promise<StackResourceSummary[]> {
  const client = new CloudFormationClient(emulatedConfig(endpoint));
  const resources: StackResourceSummary[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: stack })) {
    resources.push(...(page.StackResourceSummaries ?? []));
  }
  client.destroy();
  return resources;
}

function destroy(client: { destroy(): void }): void {
  client.destroy();
}
