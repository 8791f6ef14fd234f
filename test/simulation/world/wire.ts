import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';

const HEADERS = [
  'Host: localhost',
  'Content-Type: application/x-amz-json-1.0',
  'X-Amz-Date: 20260101T000000Z',
  // The local database wants a signature, and does not check it.
  'Authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none',
].join('\r\n');

export interface WireAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: DynamoDB's JSON, as deep as an item.
  readonly body: any;
}

/** One connection to a local DynamoDB, one request at a time: an eighth of what a call costs through the SDK. */
export class Wire {
  readonly #socket: Socket;
  readonly #received: Buffer[] = [];
  #answered: PromiseWithResolvers<WireAnswer> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#answered?.reject(error));
    socket.on('close', () => this.#answered?.reject(new Error('the database closed the connection')));
  }

  static async connect(endpoint: string): Promise<Wire> {
    const { hostname, port } = new URL(endpoint);
    const socket = createConnection({ host: hostname, port: Number(port) });
    await once(socket, 'connect');
    return new Wire(socket);
  }

  /** `target` is the API and the operation, such as `DynamoDB_20120810.GetItem`. */
  request(target: string, input: object): Promise<WireAnswer> {
    if (this.#answered) throw new Error('a request is under way already');
    const body = JSON.stringify(input);
    const length = Buffer.byteLength(body);
    this.#answered = Promise.withResolvers<WireAnswer>();
    this.#socket.write(
      `POST / HTTP/1.1\r\n${HEADERS}\r\nX-Amz-Target: ${target}\r\nContent-Length: ${length}\r\n\r\n${body}`,
    );
    return this.#answered.promise;
  }

  close(): void {
    this.#socket.removeAllListeners('close').destroy();
  }

  #take(chunk: Buffer): void {
    this.#received.push(chunk);
    const all = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    const headEnd = all.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = all.toString('latin1', 0, headEnd);
    const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (all.length < headEnd + 4 + length) return;
    this.#received.length = 0;
    const answered = this.#answered;
    this.#answered = undefined;
    const text = all.toString('utf8', headEnd + 4, headEnd + 4 + length);
    answered?.resolve({ status: Number(head.slice(9, 12)), body: text === '' ? {} : JSON.parse(text) });
  }
}
