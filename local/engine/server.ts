import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError } from './api-error.ts';
import type { Perform } from './operations.ts';

/** The service takes requests up to this size. */
const MAX_BODY_BYTES = 1024 * 1024;
const TARGET_PREFIX = 'AWSStepFunctions.';

export interface WireServer {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Serves the operations on loopback in the AWS JSON 1.0 protocol. */
export async function serve(perform: Perform, port: number): Promise<WireServer> {
  const server = createServer((request, response) => {
    handle(request, perform).then(
      (body) => send(response, 200, body),
      (error: unknown) => sendError(response, error),
    );
  });
  await listen(server, port);
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });

async function handle(request: IncomingMessage, perform: Perform): Promise<object> {
  const target = String(request.headers['x-amz-target'] ?? '');
  const body = await read(request);
  if (!target.startsWith(TARGET_PREFIX)) {
    throw new ApiError('UnknownOperationException', `the local engine has no operation "${target}"`);
  }
  return perform(target.slice(TARGET_PREFIX.length), parse(body));
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is read and dropped: an answer to a client that is still writing would be lost.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES) throw new ApiError('ValidationException', `the request is over ${MAX_BODY_BYTES} bytes`);
  return Buffer.concat(chunks).toString();
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new ApiError('SerializationException', 'the request is not JSON');
  }
}

function sendError(response: ServerResponse, error: unknown): void {
  if (error instanceof ApiError) send(response, 400, { __type: error.name, message: error.message });
  else send(response, 500, { __type: 'InternalFailure', message: String(error) });
}

function send(response: ServerResponse, status: number, body: object): void {
  const json = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(json),
    'x-amzn-requestid': randomUUID(),
  });
  response.end(json);
}
