import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeldItems, itemsTouched } from './held-items.ts';

const CONFLICT_MESSAGE = 'Transaction is ongoing for the item';

export interface ConflictProxyOptions {
  /** The DynamoDB that does the work. */
  target: string;
  /** How long a write is in flight at least. DynamoDB takes about 5 ms for a write and 10 to 20 ms for a transaction. */
  holdMs: number;
}

export interface ConflictProxy {
  endpoint: string;
  /** How many requests were refused so far. */
  conflicts(): number;
  close(): Promise<void>;
}

/**
 * Stands before a DynamoDB that knows no contention and refuses what DynamoDB would refuse: a write that touches an item while a
 * transaction on it is in flight, and a transaction that touches an item while any write to it is.
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
export async function startConflictProxy({ target, holdMs }: ConflictProxyOptions): Promise<ConflictProxy> {
  const held = new HeldItems();
  const agent = new Agent({ keepAlive: true });
  let refused = 0;

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse) {
    const body = await buffer(incoming);
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    const touched = itemsTouched(operation, body.toString());
    if (!touched) return reply(outgoing, await forward(incoming, body));

    const conflicts = held.conflicts(touched);
    if (conflicts.includes(true)) {
      refused++;
      return refuse(outgoing, touched.isTransaction ? transactionCanceled(conflicts) : transactionConflict());
    }
    const release = held.hold(touched);
    const answered = await Promise.all([forward(incoming, body), sleep(holdMs)]).finally(release);
    // Let go before the answer, so that the writer does not meet itself with its next write.
    reply(outgoing, answered[0]);
  }

  async function forward(incoming: IncomingMessage, body: Buffer) {
    const { method, headers, url } = incoming;
    const outgoing = request(new URL(url ?? '/', target), { ...(method && { method }), headers, agent });
    outgoing.end(body);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 502, headers: response.headers, body: await buffer(response) };
  }

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: Error) => outgoing.destroy(error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    conflicts: () => refused,
    close: async () => {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await once(server, 'close');
    },
  };
}

type Answer = { status: number; headers: IncomingMessage['headers']; body: Buffer };

function reply(outgoing: ServerResponse, { status, headers, body }: Answer) {
  outgoing.writeHead(status, headers).end(body);
}

function refuse(outgoing: ServerResponse, error: object) {
  outgoing.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(error));
}

function transactionConflict() {
  return { __type: 'com.amazonaws.dynamodb.v20120810#TransactionConflictException', message: CONFLICT_MESSAGE };
}

function transactionCanceled(conflicts: boolean[]) {
  const reasons = conflicts.map((isConflict) =>
    isConflict ? { Code: 'TransactionConflict', Message: CONFLICT_MESSAGE } : { Code: 'None' },
  );
  const codes = reasons.map((reason) => reason.Code).join(', ');
  return {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons,
  };
}
