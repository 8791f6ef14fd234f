import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { z } from 'zod';
import { ExplainedError } from '../explained-error.ts';

/** The one that every issuer has and that API Gateway takes: it knows RSA signatures only. */
export const ALGORITHM = 'RS256';
const FILE = 'token-key.json';
/** Whoever reads the key may call the API as anybody. */
const OWNER_ONLY = 0o600;

const text = z.string().min(1);
const RsaKey = z.object({ kty: z.literal('RSA'), kid: text, n: text, e: text, d: text });

/** A private key and its id, by which a token names it. */
export type SigningKey = JWK & { readonly kid: string };

export async function newSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const key = await exportJWK(privateKey);
  return { ...key, alg: ALGORITHM, kid: await calculateJwkThumbprint(key) };
}

/** The key that is kept in a directory; one is made where there is none. Only whoever holds the directory's lock may call it. */
export async function keepSigningKey(stateDirectory: string): Promise<SigningKey> {
  const kept = await keptSigningKey(stateDirectory);
  if (kept) return kept;
  const key = await newSigningKey();
  const path = join(stateDirectory, FILE);
  // Renamed into place, so that a process that is ended here leaves no half of a key.
  await writeFile(`${path}.new`, `${JSON.stringify(key)}\n`, { mode: OWNER_ONLY });
  await rename(`${path}.new`, path);
  return key;
}

/**
 * The key that is kept in a directory, if there is one.
 *
 * @throws ExplainedError where what is kept is no key.
 */
export async function keptSigningKey(stateDirectory: string): Promise<SigningKey | undefined> {
  const path = join(stateDirectory, FILE);
  let kept: string;
  try {
    kept = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ExplainedError(`The key in ${path} cannot be read: ${String(error)}`, { cause: error });
  }
  try {
    const key = JSON.parse(kept);
    RsaKey.parse(key);
    return key;
  } catch (cause) {
    const hint = 'delete it, and "npm start -- --auth" makes another; tokens of the old one end with it';
    throw new ExplainedError(`The key in ${path} is none: ${hint}.`, { cause });
  }
}
