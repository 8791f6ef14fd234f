import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Handler } from '../engine/engine.ts';
import { functionName } from '../engine/names.ts';

/** Lambda's limits on what a call that waits for its answer takes, and on how long it may take. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
const MAX_FUNCTION_MS = 15 * 60 * 1000;
const INVOCATIONS = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

export interface LambdaServer {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Serves the one operation of Lambda's API that somebody outside a running system needs: Invoke, waiting for the answer. */
export async function startLambdaServer(functions: Readonly<Record<string, Handler>>): Promise<LambdaServer> {
  const server = createServer((request, response) => {
    respond(functions, request, response).catch((error: unknown) => {
      send(response, 500, 'ServiceException', { message: String(error) });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeIdleConnections();
      await once(server, 'close');
    },
  };
}

async function respond(
  functions: Readonly<Record<string, Handler>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, encoded] = INVOCATIONS.exec(request.url ?? '') ?? [];
  const payload = await read(request);
  if (request.method !== 'POST' || encoded === undefined) {
    send(response, 404, 'UnknownOperationException', { message: 'only Invoke is answered here' });
    return;
  }
  if (payload === undefined) {
    send(response, 413, 'RequestTooLargeException', { message: `the payload is over ${MAX_PAYLOAD_BYTES} bytes` });
    return;
  }
  const name = functionName(decodeURIComponent(encoded));
  const handler = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (handler === undefined) {
    send(response, 404, 'ResourceNotFoundException', { Message: `Function not found: ${name}` });
    return;
  }
  const { body, hasFailed } = await invoke(name, handler, payload);
  response.writeHead(200, {
    'content-type': 'application/json',
    'x-amz-executed-version': '$LATEST',
    ...(hasFailed && { 'x-amz-function-error': 'Unhandled' }),
  });
  response.end(body);
}

async function invoke(name: string, handler: Handler, payload: string): Promise<{ body: string; hasFailed: boolean }> {
  const deadline = performance.now() + MAX_FUNCTION_MS;
  const context = {
    awsRequestId: randomUUID(),
    functionName: name,
    getRemainingTimeInMillis: () => Math.max(0, deadline - performance.now()),
  };
  try {
    const answer = await handler(JSON.parse(payload || '{}') as never, context);
    return { body: JSON.stringify(answer) ?? 'null', hasFailed: false };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { body: JSON.stringify({ errorType: error.name, errorMessage: error.message }), hasFailed: true };
  }
}

/** Undefined for what is too large. */
async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    // The rest is read and dropped: a client that is still writing would not see the answer.
    if (length <= MAX_PAYLOAD_BYTES) chunks.push(chunk);
  }
  return length <= MAX_PAYLOAD_BYTES ? Buffer.concat(chunks).toString() : undefined;
}

function send(response: ServerResponse, status: number, type: string, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
  response.end(JSON.stringify(body));
}
