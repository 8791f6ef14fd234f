import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Emulator } from './emulator.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type JsonObject = { [name: string]: Json };

interface Resource {
  Type: string;
  Properties?: JsonObject;
  DependsOn?: string[];
}

export interface Template {
  Resources: Record<string, Resource>;
}

/** Something that an emulator cannot take as it is. */
interface Adaptation {
  readonly what: string;
  isNeeded(emulator: Emulator): boolean;
  /** What takes the place of an object, or the object itself. */
  adapt(object: JsonObject): Json;
}

const COMPUTED_TIMEOUT = /("TimeoutSeconds"\s*:\s*)"\{%[^"]*%\}"/g;
const YEAR_SECONDS = 365 * 24 * 3600;

const IN_TEMPLATE: readonly Adaptation[] = [
  {
    what: "the user pool's issuer is put together from its id: the emulator has no attribute ProviderURL",
    isNeeded: () => true,
    adapt: (object) => {
      const [pool, attribute] = Array.isArray(object['Fn::GetAtt']) ? object['Fn::GetAtt'] : [];
      if (attribute !== 'ProviderURL' || pool === undefined) return object;
      return { 'Fn::Join': ['', ['https://cognito-idp.', { Ref: 'AWS::Region' }, '.amazonaws.com/', { Ref: pool }]] };
    },
  },
  {
    what: 'what is denied without TLS is allowed: the emulator is called by plain HTTP',
    isNeeded: ({ endpoint }) => endpoint.startsWith('http:'),
    adapt: (object) =>
      object['aws:SecureTransport'] === 'false' ? { ...object, 'aws:SecureTransport': 'true' } : object,
  },
  {
    what: 'sns:Publish is allowed as sns:PublishBatch too: AWS has one action for both, the emulator two',
    isNeeded: ({ enforcesIam }) => enforcesIam,
    adapt: (object) => {
      const actions = [object.Action].flat();
      return actions.includes('sns:Publish') ? { ...object, Action: [...actions, 'sns:PublishBatch'] as Json } : object;
    },
  },
  {
    what: 'states:SendTask* is allowed on everything: AWS asks whose task it is, the emulator does not know',
    isNeeded: ({ enforcesIam }) => enforcesIam,
    adapt: (object) => {
      const isAboutTasks = [object.Action].flat().some((action) => String(action).startsWith('states:SendTask'));
      return isAboutTasks ? { ...object, Resource: '*' } : object;
    },
  },
  {
    what: 'states:StartExecution is allowed by any alias: AWS asks for the workflow and its qualifier, the emulator for the alias',
    isNeeded: ({ enforcesIam }) => enforcesIam,
    adapt: (object) => {
      if (![object.Action].flat().includes('states:StartExecution')) return object;
      const workflows = [object.Resource].flat().filter((resource) => resource !== undefined);
      const aliases = workflows.map((workflow) => ({ 'Fn::Join': ['', [workflow, ':*']] }));
      const { Condition: _, ...statement } = object;
      return { ...statement, Resource: [...workflows, ...aliases] };
    },
  },
  {
    what: 'alarms on a computed metric watch one that nobody sends: the emulator takes no metric math',
    isNeeded: () => true,
    adapt: (object) => {
      if (!Array.isArray(object.Metrics) || object.ComparisonOperator === undefined) return object;
      const { Metrics: _, ...alarm } = object;
      return { ...alarm, Namespace: 'Fillrate/Rehearsal', MetricName: 'Computed', Statistic: 'Sum', Period: 300 };
    },
  },
  {
    what: 'how long a task may wait is a year, not what its order says: the emulator does not compute TimeoutSeconds',
    isNeeded: () => true,
    adapt: (object) =>
      typeof object.DefinitionString === 'string'
        ? { ...object, DefinitionString: object.DefinitionString.replace(COMPUTED_TIMEOUT, `$1${YEAR_SECONDS}`) }
        : object,
  },
];

/** Who deploys in AWS; the emulator does not let these roles into the bucket that they are for. */
const DEPLOYING_ROLES = ['assumeRoleArn', 'assumeRoleExternalId', 'cloudFormationExecutionRoleArn', 'lookupRole'];
const WITHOUT_ROLES: Adaptation = {
  what: "the caller deploys, not the roles of CDK's bootstrap: the emulator does not let them into their bucket",
  isNeeded: ({ enforcesIam }) => enforcesIam,
  adapt: (object) => Object.fromEntries(Object.entries(object).filter(([name]) => !DEPLOYING_ROLES.includes(name))),
};

export interface AdaptedAssembly {
  readonly template: Template;
  /** What was changed, for people. */
  readonly changes: readonly string[];
  /** The names under which a version of the workflow is to be published, as the template would have done. */
  readonly aliases: readonly string[];
}

/** Changes a synthesized cloud assembly in place, so far that the emulator takes it. */
export async function adaptAssembly(directory: string, stack: string, emulator: Emulator): Promise<AdaptedAssembly> {
  const changes = new Set<string>();
  const changed = (json: Json, adaptations: readonly Adaptation[]): Json => {
    if (Array.isArray(json)) return json.map((item) => changed(item, adaptations));
    if (json === null || typeof json !== 'object') return json;
    const inside: JsonObject = Object.fromEntries(
      Object.entries(json).map(([name, value]) => [name, changed(value, adaptations)]),
    );
    return adaptations.reduce<Json>((before, { what, isNeeded, adapt }) => {
      if (!isNeeded(emulator) || before === null || typeof before !== 'object' || Array.isArray(before)) return before;
      const after = adapt(before);
      if (JSON.stringify(after) !== JSON.stringify(before)) changes.add(what);
      return after;
    }, inside);
  };

  const templateFile = `${stack}.template.json`;
  const templatePath = join(directory, templateFile);
  const adapted = changed(JSON.parse(await readFile(templatePath, 'utf8')), IN_TEMPLATE) as unknown as Template;
  const { template, aliases } = withoutVersions(adapted);
  if (aliases.length > 0) changes.add(WITHOUT_VERSIONS);
  const templateText = JSON.stringify(template);
  await writeFile(templatePath, templateText);

  const assetsPath = join(directory, `${stack}.assets.json`);
  const assetsText = await readFile(assetsPath, 'utf8');
  const { files } = JSON.parse(assetsText) as { files: Record<string, { source: { path: string } }> };
  const oldHash = Object.keys(files).find((hash) => files[hash]?.source.path === templateFile);
  if (!oldHash) throw new Error(`${assetsPath} does not name ${templateFile}`);
  // Under its old name, a template that the emulator has from another rehearsal would be taken for this one.
  const newHash = createHash('sha256').update(templateText).digest('hex');
  for (const path of [assetsPath, join(directory, 'manifest.json')]) {
    const renamed = (await readFile(path, 'utf8')).replaceAll(oldHash, newHash);
    await writeFile(path, JSON.stringify(changed(JSON.parse(renamed), [WITHOUT_ROLES])));
  }
  return { template, changes: [...changes], aliases };
}

const WITHOUT_VERSIONS =
  "the workflow's version and alias are made by its API: the emulator's CloudFormation does not know them, Step Functions there does";

function withoutVersions(template: Template): Pick<AdaptedAssembly, 'template' | 'aliases'> {
  const isKept = ([, { Type }]: [string, Resource]) => !/^AWS::StepFunctions::StateMachine(Version|Alias)$/.test(Type);
  const kept = Object.entries(template.Resources).filter(isKept);
  const names = new Set(kept.map(([logicalId]) => logicalId));
  const Resources = Object.fromEntries(
    kept.map(([logicalId, { DependsOn, ...resource }]) => [
      logicalId,
      DependsOn ? { ...resource, DependsOn: [DependsOn].flat().filter((name) => names.has(name)) } : resource,
    ]),
  );
  const aliases = Object.values(template.Resources).filter(
    ({ Type }) => Type === 'AWS::StepFunctions::StateMachineAlias',
  );
  return { template: { ...template, Resources }, aliases: aliases.map(({ Properties }) => String(Properties?.Name)) };
}
