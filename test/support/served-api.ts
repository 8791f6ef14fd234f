import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { onTestFinished } from 'vitest';
import { createApi } from '../../core/http/api.ts';
import type { Services } from '../../core/platform/services.ts';

/** Serves something on loopback until the test ends; answers the URL. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The API on a real server, without the workflow behind it. */
export function serveApi(services: Services): Promise<string> {
  return serve(apiListener(services));
}

export function apiListener(services: Services): RequestListener {
  return getRequestListener(createApi({ services }).fetch);
}

/** A file that is gone after the test; answers its path. */
export async function fileWith(content: string | Uint8Array, name = 'file.csv'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fillrate-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}
