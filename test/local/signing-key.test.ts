import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { keepSigningKey, keptSigningKey } from '../../local/access/signing-key.ts';
import { fileWith } from '../support/served-api.ts';

const folder = async () => dirname(await fileWith('', 'other'));

it('is made once and kept', async () => {
  const state = await folder();
  expect(await keptSigningKey(state)).toBeUndefined();

  const made = await keepSigningKey(state);

  expect(await keepSigningKey(state)).toEqual(made);
  expect(await keptSigningKey(state)).toEqual(made);
  expect((await readdir(state)).sort()).toEqual(['other', 'token-key.json']);
});

it.each([
  ['an empty file', ''],
  ['half of one', '{"kty":"RSA","n":"x'],
  ['a public key', '{"kty":"RSA","kid":"k","n":"x","e":"AQAB"}'],
  ['a list', '[]'],
])('that is %s is said to be none, with what to do', async (_, content) => {
  const state = await folder();
  await writeFile(join(state, 'token-key.json'), content);

  await expect(keptSigningKey(state)).rejects.toThrow(/token-key\.json is none: delete it/);
});
