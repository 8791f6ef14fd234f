import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { newSecret, newUuid, systemClock } from './clock.ts';
import { hours, setting } from './environment.ts';
import { OrderedTopic } from './ordered-topic.ts';
import type { Services } from './services.ts';
import { Table } from './table/table.ts';
import { Topic } from './topic.ts';
import { Workflow } from './workflow.ts';

/** Endpoints, region and credentials come from the environment, in AWS as on a laptop. */
export function documentClient(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

/** The services of a function that runs; `actor` is whom movements and timelines name, and the user agent of its requests. */
export function services(actor: string): Services {
  const client = documentClient(withoutCallLog(new DynamoDBClient({ userAgentAppId: actor })));
  const promises = { handlingHours: hours('HANDLING_HOURS'), toleranceHours: hours('PROMISE_TOLERANCE_HOURS') };
  return {
    table: new Table(client, setting('TABLE_NAME')),
    now: systemClock,
    newId: newUuid,
    newSecret,
    promises,
    actor,
  };
}

export function workflow(): Workflow {
  return new Workflow(withoutCallLog(new SFNClient({})), setting('STATE_MACHINE_ARN'));
}

export function alertTopic(): Topic {
  return new Topic(withoutCallLog(new SNSClient({})), setting('ALERT_TOPIC_ARN'));
}

export function eventTopic(): OrderedTopic {
  return new OrderedTopic(withoutCallLog(new SNSClient({})), setting('EVENT_TOPIC_ARN'));
}

/** The SDK copies every request and every answer for a log that nobody keeps, which is a sixth of what a call costs. */
export function withoutCallLog<Client extends { middlewareStack: { remove(name: string): boolean } }>(
  client: Client,
): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
