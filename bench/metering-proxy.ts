import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import { addUp, Meter, type RequestKind, type RequestUsage } from './usage.ts';

/** What is billed by capacity. Reads of the stream are not among it: Lambda makes them free of charge, as often as it sees fit. */
const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'TransactWriteItems', 'BatchWriteItem']);

const Units = z.object({ CapacityUnits: z.number() });
const Consumed = Units.extend({ GlobalSecondaryIndexes: z.record(z.string(), Units).optional() });
const Answer = z.looseObject({ ConsumedCapacity: z.union([Consumed, z.array(Consumed)]).optional() });

export interface MeteringProxy {
  readonly endpoint: string;
  readonly meter: Meter;
  close(): Promise<void>;
}

/**
 * Stands before a DynamoDB, asks on behalf of each request what it consumes, and adds that up. The capacity of a request that is
 * refused is not told by DynamoDB, though it is billed; such requests are counted apart. Changes requests, so it serves only a
 * DynamoDB that does not check signatures.
 */
export async function startMeteringProxy(target: string): Promise<MeteringProxy> {
  const meter = new Meter();
  const agent = new Agent({ keepAlive: true });

  async function forward(incoming: IncomingMessage, body: Buffer) {
    const headers = { ...incoming.headers, 'content-length': String(body.length) };
    const outgoing = request(new URL(incoming.url ?? '/', target), { method: 'POST', headers, agent });
    outgoing.end(body);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 502, headers: response.headers, body: await buffer(response) };
  }

  async function metered(incoming: IncomingMessage, body: Buffer) {
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    if (!READS.has(operation) && !WRITES.has(operation)) return forward(incoming, body);
    const input = JSON.parse(body.toString()) as { IndexName?: string };
    const asking = Buffer.from(JSON.stringify({ ...input, ReturnConsumedCapacity: 'INDEXES' }));
    const answer = await forward(incoming, asking);
    const kind: RequestKind = { operation, index: input.IndexName, client: clientOf(incoming) };
    meter.add(kind, usageOf(operation, answer));
    return answer;
  }

  const server = createServer((incoming, outgoing) => {
    buffer(incoming)
      .then((body) => metered(incoming, body))
      .then(({ status, headers, body }) => outgoing.writeHead(status, headers).end(body))
      .catch((error: Error) => outgoing.destroy(error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    meter,
    close: async () => {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await once(server, 'close');
    },
  };
}

function usageOf(operation: string, { status, body }: { status: number; body: Buffer }): RequestUsage {
  if (status >= 400) return { requests: 1, refused: 1, readUnits: 0, writeUnits: 0, writeUnitsByIndex: {} };
  const { ConsumedCapacity = [] } = Answer.parse(JSON.parse(body.toString()));
  const consumed = [ConsumedCapacity].flat();
  const units = consumed.reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
  if (READS.has(operation)) return { requests: 1, refused: 0, readUnits: units, writeUnits: 0, writeUnitsByIndex: {} };
  const writeUnitsByIndex = consumed.reduce<Record<string, number>>(
    (sums, { GlobalSecondaryIndexes = {} }) => addUp(sums, mapValues(GlobalSecondaryIndexes)),
    {},
  );
  return { requests: 1, refused: 0, readUnits: 0, writeUnits: units, writeUnitsByIndex };
}

function mapValues(indexes: Record<string, { CapacityUnits: number }>): Record<string, number> {
  return Object.fromEntries(Object.entries(indexes).map(([name, { CapacityUnits }]) => [name, CapacityUnits]));
}

/** Who asks, as the SDK's user agent says by the app id of the client. */
function clientOf({ headers }: IncomingMessage): string {
  const [, appId = 'other'] = / app\/(\S+)/.exec(` ${headers['user-agent']} ${headers['x-amz-user-agent']}`) ?? [];
  return appId;
}
