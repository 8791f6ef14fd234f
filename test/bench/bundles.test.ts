import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Assembly } from '../../bench/deployed/assembly.ts';
import { budgetOf, measureBundle } from '../../bench/deployed/bundles.ts';
import manifest from '../../package.json' with { type: 'json' };

const assembly = await Assembly.synthesize();
afterAll(() => assembly[Symbol.asyncDispose]());
const functions = assembly.functions.map((deployed) => ({ name: deployed.name, deployed }));

/** Of the machine that makes the stack, not of the functions in it. */
const NEVER_DEPLOYED = [...Object.keys(manifest.devDependencies), 'aws-cdk-lib', 'constructs'];

it('looks at every function that there is', () => {
  const files = readdirSync(new URL('../../functions/', import.meta.url)).filter((file) => file.endsWith('.ts'));
  expect(functions.map(({ name }) => `${name}.ts`)).toEqual(files.sort());
});

describe.each(functions)('the bundle of $name', ({ name, deployed }) => {
  const { kilobytes, loadMs } = budgetOf(name);

  it(`has at most ${kilobytes} KB and is loaded in ${loadMs} ms`, { timeout: 60_000 }, async () => {
    const bundle = await measureBundle(deployed, { attempts: 20, enoughMs: loadMs });
    expect(bundle.bytes).toBeLessThanOrEqual(kilobytes * 1000);
    expect(bundle.loadMs).toBeLessThanOrEqual(loadMs);
    expect(bundle.packages.filter((name) => NEVER_DEPLOYED.includes(name))).toEqual([]);
    const server = bundle.packages.filter((name) => /hono|openapi/.test(name));
    expect(server, 'only the API answers HTTP').toEqual(name === 'api' ? server : []);
  });

  it('holds nothing but the business, its own file and packages', () => {
    const strays = deployed.sources.filter((source) => !/^(core|functions|node_modules)\//.test(source));
    expect(strays).toEqual([]);
  });
});

it('takes no messages of zod in other languages along, but for the API, whose OpenAPI package needs all of zod', () => {
  const speaking = functions.filter(({ deployed }) =>
    deployed.sources.some((source) => /zod.*locales\/de\./.test(source)),
  );
  expect(speaking.map(({ name }) => name)).toEqual(['api']);
});
