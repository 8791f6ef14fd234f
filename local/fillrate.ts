import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { getRequestListener } from '@hono/node-server';
import { createApi } from '../core/http/api.ts';
import { services, withoutCallLog } from '../core/platform/clients.ts';
import { log } from '../core/platform/log.ts';
import type { Services } from '../core/platform/services.ts';
import { authorizerOf } from './access/authorizer.ts';
import { gatewayTo, MAX_HEADER_BYTES } from './access/gateway.ts';
import { DEVELOPMENT, DevelopmentIssuer } from './access/issuer.ts';
import { keepSigningKey, newSigningKey, type SigningKey } from './access/signing-key.ts';
import { clientConfig } from './client-config.ts';
import { startConflictProxy } from './dynamodb/conflicts.ts';
import { startDynoxide } from './dynamodb/dynoxide.ts';
import { ensureTable } from './dynamodb/ensure-table.ts';
import { sweepExpired } from './dynamodb/expiry.ts';
import { type Engine, functionArn, startEngine, stateMachineArn } from './engine/engine.ts';
import { eventSources } from './event-sources.ts';
import { startLambdaServer } from './lambda/server.ts';
import { startSchedule } from './schedules.ts';
import { untilSettled } from './settled.ts';
import { type SnsServer, startSnsServer } from './sns/server.ts';
import { StreamPoller } from './streams/poller.ts';

const TABLE_NAME = 'fillrate';
const WORKFLOW = 'order-fulfillment';
/** The alias by which executions are started, as in AWS. */
const LIVE = 'live';
const ALERTS = 'alerts';
const EVENTS = 'order-events.fifo';
/** Who reads the alerts here, so that the outbox shows a message as it would arrive. */
const MERCHANT = 'merchant@example.com';
const SWEEP_EVERY_SECONDS = 300;
/** Idempotency keys are kept for a week, so hourly is soon enough. */
const EXPIRE_EVERY_SECONDS = 3600;
const DEFINITION = new URL('../statemachines/order-fulfillment.asl.json', import.meta.url);

export interface FillrateOptions {
  /** Where everything is kept. Without it nothing outlives the process. */
  readonly stateDirectory?: string | undefined;
  /** The API's port; 0, the default, takes a free one. */
  readonly port?: number | undefined;
  /** Whether the API asks for tokens, as it does in AWS. */
  readonly auth?: boolean;
  /** Another definition of the workflow than the repository's, to see what becomes of orders that wait when it changes. */
  readonly definition?: string | undefined;
  /** Makes the database refuse writes to an item for so long after another write to it, as DynamoDB does under contention. */
  readonly conflictHoldMs?: number | undefined;
}

/** Where everything is, for the commands that look at a system while it runs. */
export interface Endpoints {
  readonly api: string;
  readonly dynamodb: string;
  readonly stepFunctions: string;
  readonly sns: string;
  /** Lambda's API, as far as calling a function goes. */
  readonly lambda: string;
  readonly tableName: string;
}

export interface Fillrate {
  readonly endpoints: Endpoints;
  readonly services: Services;
  /** Whose tokens the API takes; undefined where it asks for none. */
  readonly issuer: DevelopmentIssuer | undefined;
  readonly engine: Engine;
  readonly streams: StreamPoller;
  readonly outbox: SnsServer['outbox'];
  /** What other systems were told of orders. */
  readonly events: SnsServer['events'];
  /** Resolves when nothing goes on by itself any more: every open shipment waits for stock, the warehouse or its customer. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Runs all of Fillrate in this process, with a database beside it: the handlers, the state machine and the SDK calls are those that
 * run in AWS. Once a process, as the functions read their environment when they are loaded.
 */
export async function startFillrate(options: FillrateOptions): Promise<Fillrate> {
  beQuiet();
  await using started = new AsyncDisposableStack();
  const { stateDirectory } = options;
  if (stateDirectory) await mkdir(stateDirectory, { recursive: true });

  // First, as its journal keeps a second process out of the directory; and ended before the database that its functions use.
  const engine = await startWorkflow(options);
  let closing: Promise<void> | undefined;
  const closeEngine = () => {
    closing ??= engine.close();
    return closing;
  };
  started.defer(closeEngine);
  const dynamodb = await startDatabase(started, options);
  started.defer(closeEngine);
  const client = new DynamoDBClient(clientConfig(dynamodb));
  started.defer(() => client.destroy());
  const { streamArn } = await ensureTable(client, TABLE_NAME);

  const topics = await startSnsServer({ ...(stateDirectory && { stateDirectory }) });
  started.defer(() => topics.close());
  useEndpoints({ dynamodb, stepFunctions: engine.endpoint, sns: topics.endpoint }, await makeTopics(topics));
  const functions = await loadFunctions();
  for (const name of WORKFLOW_FUNCTIONS) engine.registerFunction(name, functions[name]);
  engine.run();

  const streams = await StreamPoller.start({
    client: withoutCallLog(new DynamoDBStreamsClient(clientConfig(dynamodb))),
    streamArn,
    mappings: [
      { functionName: 'on-stock-change', handler: functions['on-stock-change'], ...eventSources['on-stock-change'] },
      { functionName: 'on-record', handler: functions['on-record'], ...eventSources['on-record'] },
    ],
    ...(stateDirectory && { stateDirectory }),
  });
  started.defer(() => streams.close());
  const expire = () => sweepExpired(client, TABLE_NAME, new Date());
  for (const schedule of [
    startSchedule({ name: 'sweep', rateSeconds: SWEEP_EVERY_SECONDS, handler: functions.sweep }),
    startSchedule({ name: 'expire', rateSeconds: EXPIRE_EVERY_SECONDS, handler: expire }),
  ]) {
    started.defer(() => schedule.close());
  }

  const lambda = await startLambdaServer(functions);
  started.defer(() => lambda.close());
  const business = services('api');
  const key = options.auth ? await signingKey(stateDirectory) : undefined;
  const api = await serveApi(started, business, { port: options.port ?? 0, key });
  const endpoints = {
    api,
    dynamodb,
    stepFunctions: engine.endpoint,
    sns: topics.endpoint,
    lambda: lambda.endpoint,
    tableName: TABLE_NAME,
  };
  if (stateDirectory)
    await writeFile(join(stateDirectory, 'endpoints.json'), `${JSON.stringify(endpoints, null, 2)}\n`);
  const running = started.move();
  return {
    endpoints,
    services: business,
    issuer: key && new DevelopmentIssuer(key),
    engine,
    streams,
    outbox: topics.outbox,
    events: topics.events,
    settled: () => untilSettled(business.table, () => streams.idle()),
    close: () => running.disposeAsync(),
  };
}

/** On a laptop, lines and metrics are for whoever asks for them, by the variables that Powertools knows. */
function beQuiet(): void {
  if (!process.env.POWERTOOLS_LOG_LEVEL) log.setLogLevel('WARN');
  process.env.POWERTOOLS_METRICS_DISABLED ??= 'true';
}

/** The endpoint of the database: one that the environment names, or one of our own. */
async function startDatabase(started: AsyncDisposableStack, options: FillrateOptions): Promise<string> {
  const { stateDirectory, conflictHoldMs } = options;
  const own = async () => {
    const storage = stateDirectory
      ? { databasePath: join(stateDirectory, 'dynamodb.sqlite') }
      : { temporary: true as const };
    const dynoxide = await startDynoxide(storage);
    started.defer(() => dynoxide.stop());
    void dynoxide.died.then(endLoudly);
    return dynoxide.endpoint;
  };
  const database = process.env.DYNAMODB_ENDPOINT ?? (await own());
  if (conflictHoldMs === undefined) return database;
  const proxy = await startConflictProxy({ target: database, holdMs: conflictHoldMs });
  started.defer(() => proxy.close());
  return proxy.endpoint;
}

/** Without its database nothing here can go on; a new start continues where this one ended. */
function endLoudly(reason: string): void {
  console.error(`The database is gone (${reason}). Start again: what was accepted is kept.`);
  process.exit(1);
}

const WORKFLOW_FUNCTIONS = ['reserve-stock', 'open-task', 'open-backorder', 'release-stock'] as const;

async function startWorkflow({ stateDirectory, ...options }: FillrateOptions): Promise<Engine> {
  const definition = options.definition ?? (await readFile(DEFINITION, 'utf8'));
  const substitutions = {
    ReserveStock: functionArn('reserve-stock'),
    OpenTask: functionArn('open-task'),
    OpenBackorder: functionArn('open-backorder'),
    ReleaseStock: functionArn('release-stock'),
  };
  return startEngine({
    stateMachines: [{ name: WORKFLOW, alias: LIVE, definition, substitutions }],
    ...(stateDirectory && { journalFile: join(stateDirectory, 'executions.jsonl') }),
  });
}

interface TopicArns {
  readonly alerts: string;
  readonly events: string;
}

/** The topic that alerts go to, with the merchant's subscription to it, and the one of the orders' events. */
async function makeTopics({ endpoint }: SnsServer): Promise<TopicArns> {
  const client = new SNSClient(clientConfig(endpoint));
  const { TopicArn: alerts = '' } = await client.send(new CreateTopicCommand({ Name: ALERTS }));
  await client.send(new SubscribeCommand({ TopicArn: alerts, Protocol: 'email', Endpoint: MERCHANT }));
  const Attributes = { FifoTopic: 'true' };
  const { TopicArn: events = '' } = await client.send(new CreateTopicCommand({ Name: EVENTS, Attributes }));
  client.destroy();
  return { alerts, events };
}

/** Lets the SDK clients of the functions find what runs here, by the environment variables that the SDK knows. */
function useEndpoints(
  { dynamodb, stepFunctions, sns }: Pick<Endpoints, 'dynamodb' | 'stepFunctions' | 'sns'>,
  topics: TopicArns,
): void {
  const { region, credentials } = clientConfig(dynamodb);
  Object.assign(process.env, {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
    AWS_ENDPOINT_URL_SFN: stepFunctions,
    AWS_ENDPOINT_URL_SNS: sns,
    TABLE_NAME,
    HANDLING_HOURS: '24',
    PROMISE_TOLERANCE_HOURS: '24',
    STATE_MACHINE_ARN: `${stateMachineArn(WORKFLOW)}:${LIVE}`,
    ALERT_TOPIC_ARN: topics.alerts,
    EVENT_TOPIC_ARN: topics.events,
  });
}

/** The functions read the environment when they are loaded, so they are loaded when it is there. */
async function loadFunctions() {
  return {
    'reserve-stock': (await import('../functions/reserve-stock.ts')).handler,
    'open-task': (await import('../functions/open-task.ts')).handler,
    'open-backorder': (await import('../functions/open-backorder.ts')).handler,
    'release-stock': (await import('../functions/release-stock.ts')).handler,
    'on-stock-change': (await import('../functions/on-stock-change.ts')).handler,
    'on-record': (await import('../functions/on-record.ts')).handler,
    sweep: (await import('../functions/sweep.ts')).handler,
  };
}

function signingKey(stateDirectory: string | undefined): Promise<SigningKey> {
  return stateDirectory ? keepSigningKey(stateDirectory) : newSigningKey();
}

async function serveApi(
  started: AsyncDisposableStack,
  business: Services,
  { port, key }: { port: number; key: SigningKey | undefined },
): Promise<string> {
  const { scopePrefix } = DEVELOPMENT;
  const api = createApi({ services: business, ...(key && { authorization: { scopePrefix } }) });
  const gateway = gatewayTo(api, key && (await authorizerOf(key)));
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, getRequestListener(gateway.fetch));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  started.defer(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
