import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const PROJECT = join(import.meta.dirname, '../..');

/** What is measured is what customers wait for. */
const STAGE = 'prod';

const Resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.object({ 'aws:asset:path': z.string().optional() }).default({}),
});
type Resource = z.infer<typeof Resource>;

const Template = z.object({ Resources: z.record(z.string(), Resource) });

const FunctionProperties = z.object({
  MemorySize: z.int().default(128),
  ReservedConcurrentExecutions: z.int().optional(),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).default({ Variables: {} }),
});

const SourceMap = z.object({ sources: z.array(z.string()) });

/** A function of ours as the stack deploys it. */
export interface DeployedFunction {
  /** The file in `functions/`, without its ending. */
  readonly name: string;
  readonly memoryMegabytes: number;
  /** How many calls at once it has to itself, and no more than those; nothing where it shares the account's. */
  readonly reservedConcurrency: number | undefined;
  /** What the template sets. What only AWS knows, such as a table's name, is a placeholder. */
  readonly environment: Readonly<Record<string, string>>;
  /** The one file that Lambda loads. */
  readonly bundle: string;
  /** Every file that left something in it, as a path of the project. */
  readonly sources: readonly string[];
}

/** What `cdk synth` makes, bundles included. It is gone when this is disposed of. */
export class Assembly implements AsyncDisposable {
  readonly functions: readonly DeployedFunction[];
  readonly #directory: string;
  readonly #resources: readonly Resource[];

  private constructor(directory: string, functions: readonly DeployedFunction[], resources: readonly Resource[]) {
    this.#directory = directory;
    this.functions = functions;
    this.#resources = resources;
  }

  /** Runs the CDK app as the CDK's command line does. Takes some seconds: each function is bundled. */
  static async synthesize(): Promise<Assembly> {
    const directory = await mkdtemp(join(tmpdir(), 'fillrate-assembly-'));
    try {
      const { context } = JSON.parse(await readFile(join(PROJECT, 'cdk.json'), 'utf8'));
      const CDK_CONTEXT_JSON = JSON.stringify({ ...context, stage: STAGE, 'aws:cdk:enable-asset-metadata': true });
      const env = { ...process.env, CDK_OUTDIR: directory, CDK_CONTEXT_JSON };
      await promisify(execFile)(process.execPath, ['bin/fillrate.ts'], { cwd: PROJECT, env });
      const [template = ''] = (await readdir(directory)).filter((file) => file.endsWith('.template.json'));
      const { Resources } = Template.parse(JSON.parse(await readFile(join(directory, template), 'utf8')));
      const resources = Object.values(Resources);
      const found = await Promise.all(
        resources
          .filter(({ Type }) => Type === 'AWS::Lambda::Function')
          .map(({ Properties, Metadata }) => readFunction(directory, Metadata['aws:asset:path'], Properties)),
      );
      const functions = found.filter((one) => one !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
      return new Assembly(directory, functions, resources);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** The properties of each resource of a type, such as `AWS::CloudWatch::Alarm`. */
  propertiesOf(type: string): Readonly<Record<string, unknown>>[] {
    return this.#resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Nothing for a function that is not from `functions/`, such as CDK's own. */
async function readFunction(
  directory: string,
  asset: string | undefined,
  properties: unknown,
): Promise<DeployedFunction | undefined> {
  const bundle = join(directory, asset ?? '', 'index.js');
  const map = await readFile(`${bundle}.map`, 'utf8').catch(() => undefined);
  if (asset === undefined || map === undefined) return undefined;
  const sources = SourceMap.parse(JSON.parse(map)).sources.map((source) =>
    relative(PROJECT, resolve(directory, asset, source)),
  );
  const [name] = sources.flatMap((source) => /^functions\/([^/]+)\.ts$/.exec(source)?.slice(1) ?? []);
  if (name === undefined) return undefined;
  const { MemorySize, ReservedConcurrentExecutions, Environment } = FunctionProperties.parse(properties);
  const variables = Object.entries(Environment.Variables);
  const environment = Object.fromEntries(
    variables.map(([key, value]) => [key, typeof value === 'string' ? value : 'placeholder']),
  );
  return {
    name,
    memoryMegabytes: MemorySize,
    reservedConcurrency: ReservedConcurrentExecutions,
    environment,
    bundle,
    sources,
  };
}
