import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { log } from '../../core/platform/log.ts';
import { SnsError } from './errors.ts';
import { FifoLog, type FifoMessage } from './fifo.ts';
import { operations, type Services } from './operations.ts';
import { Outbox, type OutboxPage } from './outbox.ts';
import { Topics } from './topics.ts';
import { errorXml, parseForm, responseXml } from './wire.ts';

/** A message of the largest size has up to three times as many bytes in a form. */
const MAX_BODY_BYTES = 1024 * 1024;

export interface SnsServerOptions {
  /** Where the outbox is kept; without it, in memory. */
  stateDirectory?: string;
  now?: () => Date;
}

export interface SnsServer {
  endpoint: string;
  /** What was published, newest first. */
  outbox(page?: { limit?: number; cursor?: string | undefined }): OutboxPage;
  /** What was published to FIFO topics, oldest first: the last few thousand. */
  events(): readonly FifoMessage[];
  close(): Promise<void>;
}

/** Serves SNS on a loopback port: topics, e-mail subscriptions with filter policies, and an outbox instead of the mail. */
export async function startSnsServer({ stateDirectory, now }: SnsServerOptions = {}): Promise<SnsServer> {
  const outbox = await Outbox.open(stateDirectory && join(stateDirectory, 'outbox.jsonl'));
  const events = await FifoLog.open(stateDirectory && join(stateDirectory, 'events.jsonl'));
  const services: Services = { topics: new Topics(), outbox, events, now: now ?? (() => new Date()) };
  const server = createServer((request, response) => {
    void respond(services, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    outbox: (page) => outbox.page(page),
    events: () => events.messages(),
    close: async () => {
      server.close();
      server.closeIdleConnections();
      await once(server, 'close');
    },
  };
}

async function respond(services: Services, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomUUID();
  const { status, xml } = await answer(services, request, requestId).then(
    (xml) => ({ status: 200, xml }),
    (error: unknown) => toFailure(error, requestId),
  );
  response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }).end(xml);
}

async function answer(services: Services, request: IncomingMessage, requestId: string): Promise<string> {
  const form = parseForm(await read(request));
  const action = String(form.Action);
  const operation = operations.get(action);
  if (!operation) throw new SnsError('InvalidAction', `The action ${action} is not valid for this endpoint.`);
  return responseXml(action, await operation(services, form), requestId);
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    // The rest is read and dropped: a client that is still writing would not see the answer.
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (length > MAX_BODY_BYTES) throw new SnsError('InvalidParameter', 'Invalid parameter: Message too long');
  return Buffer.concat(chunks).toString();
}

function toFailure(error: unknown, requestId: string) {
  if (error instanceof SnsError) {
    const { code, message, httpStatus: status } = error;
    return { status, xml: errorXml({ code, message, isSender: true }, requestId) };
  }
  log.error('the local SNS failed', { error });
  return { status: 500, xml: errorXml({ code: 'InternalError', message: String(error), isSender: false }, requestId) };
}
