import { lookup } from 'node:dns/promises';
import { BlockList } from 'node:net';
import { clientConfig } from '../client-config.ts';
import { ExplainedError } from '../explained-error.ts';

const REACHABLE_WITHIN_MS = 5_000;

/** What answers at an endpoint in the place of AWS. */
export interface Emulator {
  readonly endpoint: string;
  /** Its name and version, as far as it says. */
  readonly name: string;
  /** Whether it refuses what a role's policies do not allow. */
  readonly enforcesIam: boolean;
}

/** Where only this machine and its neighbors are. Link-local is left out: that is where a cloud gives out credentials. */
const PRIVATE = new BlockList();
PRIVATE.addSubnet('127.0.0.0', 8);
PRIVATE.addSubnet('10.0.0.0', 8);
PRIVATE.addSubnet('172.16.0.0', 12);
PRIVATE.addSubnet('192.168.0.0', 16);
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');

const AWS_DOMAINS = /(^|\.)(amazonaws\.com|amazonaws\.com\.cn|api\.aws|aws\.dev|on\.aws|amazoncognito\.com)\.?$/i;

/**
 * The endpoint, where it may be rehearsed against: its host is this machine or a private address, or one that the caller trusts by name.
 *
 * @throws ExplainedError where it is AWS, or may be.
 */
export async function safeEndpoint(given: string, trustedHost: string | undefined): Promise<string> {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ExplainedError(`AWS_ENDPOINT_URL is '${given}': expected a URL such as http://127.0.0.1:4566.`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (AWS_DOMAINS.test(host)) {
    throw new ExplainedError(
      `${host} is AWS itself. A rehearsal makes things up and deletes them: only on an emulator.`,
    );
  }
  // Under a name, the SDK would put the name of a bucket before it, and few machines resolve that.
  if (host === 'localhost') url.hostname = '127.0.0.1';
  else if (host !== trustedHost && !(await isPrivate(host))) {
    const hint = 'if it is an emulator all the same, say so with --trust-host';
    throw new ExplainedError(`${host} is neither this machine nor a private address; ${hint} ${host}.`);
  }
  return url.href.replace(/\/+$/, '');
}

async function isPrivate(host: string): Promise<boolean> {
  const addresses = await lookup(host, { all: true }).catch(() => []);
  // A name that leads nowhere leads to no AWS either, and is found not to answer.
  return addresses.every(({ address, family }) => PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4'));
}

/** What answers there, or nothing. */
export async function findEmulator(endpoint: string): Promise<Emulator | undefined> {
  try {
    const answer = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(REACHABLE_WITHIN_MS) });
    if (!answer.ok) return { endpoint, name: 'an emulator that is not MiniStack', enforcesIam: false };
    const { version, auth } = (await answer.json()) as { version?: string; auth?: string };
    return { endpoint, name: `MiniStack ${version ?? ''}`.trim(), enforcesIam: auth === 'enabled' };
  } catch {
    return undefined;
  }
}

/** What emulators take for the account's own key, and no account of AWS has. */
const EMULATED_KEY = { accessKeyId: 'test', secretAccessKey: 'test' };

/** What an SDK client needs to talk to an emulator as the one who owns all of it. */
export function emulatedConfig(endpoint: string) {
  return { ...clientConfig(endpoint), credentials: EMULATED_KEY };
}
