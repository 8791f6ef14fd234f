import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stages } from '../../../lib/stages.ts';
import { adaptAssembly } from '../../../local/rehearsal/assembly.ts';
import { synthesize } from '../../infrastructure/synthesized.ts';

const synthesized = synthesize(stages.trial).template.toJSON();
const HASH = 'a'.repeat(64);
const strict = { endpoint: 'http://127.0.0.1:4566', name: 'an emulator', enforcesIam: true };
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fillrate-adapted-'));
  const assets = { files: { [HASH]: { source: { path: 'Fillrate-trial.template.json' }, objectKey: `${HASH}.json` } } };
  const manifest = { templateUrl: `s3://bucket/${HASH}.json`, assumeRoleArn: 'arn:role', lookupRole: {} };
  await writeFile(join(directory, 'Fillrate-trial.template.json'), JSON.stringify(synthesized));
  await writeFile(join(directory, 'Fillrate-trial.assets.json'), JSON.stringify(assets));
  await writeFile(join(directory, 'manifest.json'), JSON.stringify(manifest));
});
afterEach(() => rm(directory, { recursive: true }));

const read = async (file: string) => JSON.parse(await readFile(join(directory, file), 'utf8'));

it('leaves the stack as it is, but for what it says that it changed', async () => {
  const { changes, template: adapted, aliases } = await adaptAssembly(directory, 'Fillrate-trial', strict);
  expect(changes).toHaveLength(9);
  const isPublished = (logicalId: string) => /StateMachine(Version|Alias)$/.test(synthesized.Resources[logicalId].Type);
  const others = Object.keys(synthesized.Resources).filter((logicalId) => !isPublished(logicalId));
  expect(Object.keys(adapted.Resources)).toEqual(others);
  expect(aliases).toEqual(['live']);

  const text = JSON.stringify(adapted);
  expect(text).not.toContain('ProviderURL');
  expect(text).not.toContain('"aws:SecureTransport":"false"');
  expect(text).not.toMatch(/TimeoutSeconds\\": ?\\"\{%/);
  expect(await read('Fillrate-trial.template.json')).toEqual(adapted);
});

it('gives the changed template a name of its own, so that no older one is taken for it', async () => {
  await adaptAssembly(directory, 'Fillrate-trial', strict);
  const [hash = ''] = Object.keys((await read('Fillrate-trial.assets.json')).files);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(hash).not.toBe(HASH);
  expect(await read('manifest.json')).toEqual({ templateUrl: `s3://bucket/${hash}.json` });
});

it('keeps roles, permissions and TLS where the emulator can do with them', async () => {
  const lenient = { ...strict, endpoint: 'https://127.0.0.1:4566', enforcesIam: false };
  const { changes, template: adapted } = await adaptAssembly(directory, 'Fillrate-trial', lenient);
  expect(changes).toHaveLength(4);
  expect(JSON.stringify(adapted)).not.toContain('sns:PublishBatch');
  expect(await read('manifest.json')).toHaveProperty('assumeRoleArn');
});
