import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scope } from '../../core/http/scopes.ts';
import { DevelopmentIssuer, type TokenSource } from '../access/issuer.ts';
import { keptSigningKey } from '../access/signing-key.ts';
import type { Endpoints } from '../fillrate.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost']);

/**
 * Tokens for a command that calls the API at a URL: of FILLRATE_TOKEN, else made with the key in the state directory if the API
 * is the one that keeps its state there. Nobody else is sent a token that was not given for them.
 */
export async function ownTokens(
  url: string,
  stateDirectory: string,
  { client, scopes }: { client: string; scopes: readonly Scope[] },
): Promise<TokenSource | undefined> {
  const { FILLRATE_TOKEN: given } = process.env;
  if (given) return async () => given;
  if (!(await isApiOf(stateDirectory, new URL(url)))) return undefined;
  const key = await keptSigningKey(stateDirectory);
  return key && new DevelopmentIssuer(key).source(client, scopes);
}

async function isApiOf(stateDirectory: string, { hostname, port }: URL): Promise<boolean> {
  const kept = await readFile(join(stateDirectory, 'endpoints.json'), 'utf8').catch(() => undefined);
  if (kept === undefined) return false;
  const { api } = JSON.parse(kept) as Endpoints;
  return LOOPBACK.has(hostname) && port === new URL(api).port;
}
