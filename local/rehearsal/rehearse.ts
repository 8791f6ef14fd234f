import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatCount } from '../text.ts';
import { adaptAssembly, type Template } from './assembly.ts';
import { Cdk } from './cdk.ts';
import { Deployment } from './deployment.ts';
import type { Emulator } from './emulator.ts';
import { journey } from './journey.ts';

/** The stage that leaves nothing behind. */
const STAGE = 'trial';
const STACK = `Fillrate-${STAGE}`;

export interface Check {
  /** A sentence about the stack. */
  readonly name: string;
  /** Why it is not true, where it is not. */
  readonly failure?: string;
  /** What the emulator lacks to find out, where it was not. */
  readonly lacks?: string;
}

export interface Rehearsal {
  readonly checks: readonly Check[];
  /** What was changed so that the emulator takes the stack. */
  readonly changes: readonly string[];
  readonly template: Template;
}

/**
 * Deploys a stage on an emulator with the CDK's own commands, walks the journey through it, and removes it again. What failed is left
 * standing, to be looked at.
 *
 * @param onCheck is told of each check when it is done, and `onPhase` of what is being done.
 * @throws ExplainedError where the stack cannot be deployed.
 */
export async function rehearse(
  emulator: Emulator,
  { onPhase, onCheck, signal }: { onPhase(what: string): void; onCheck(check: Check): void; signal: AbortSignal },
): Promise<Rehearsal> {
  const checks: Check[] = [];
  const note = (check: Check) => {
    checks.push(check);
    onCheck(check);
  };
  const check = async (name: string, isTrue: () => Promise<unknown>) => {
    signal.throwIfAborted();
    const failure = await isTrue().then(() => undefined, reasonOf);
    note({ name, ...(failure !== undefined && { failure }) });
  };
  const cdk = new Cdk(emulator.endpoint, signal);
  const directory = await mkdtemp(join(tmpdir(), 'fillrate-rehearsal-'));
  try {
    onPhase(`synthesizing the stage ${STAGE}`);
    await cdk.run('synth', '-c', `stage=${STAGE}`, '--output', directory, '--no-version-reporting', '--quiet');
    const { template, changes, aliases } = await adaptAssembly(directory, STACK, emulator);

    const outputs = join(directory, 'outputs.json');
    const app = ['--app', directory];
    onPhase('deploying');
    await cdk.run('bootstrap', ...app);
    await cdk.run('deploy', ...app, '--require-approval', 'never', '--outputs-file', outputs);
    {
      const { [STACK]: said } = JSON.parse(await readFile(outputs, 'utf8')) as Record<string, unknown>;
      await using deployment = await Deployment.open(emulator.endpoint, STACK, said);
      for (const alias of aliases) await deployment.publishWorkflow(alias);
      await checkDeployment({ check, note }, deployment, template);
    }
    await check('changes nothing when it is deployed again', async () => {
      assert.match(await cdk.run('deploy', ...app, '--require-approval', 'never'), /\(no changes\)/);
    });
    if (checks.every(({ failure }) => failure === undefined)) {
      await check('is gone when it is destroyed', () => cdk.run('destroy', ...app, '--force'));
    }
    return { checks, changes, template };
  } finally {
    await rm(directory, { recursive: true });
  }
}

interface Checking {
  check(name: string, isTrue: () => Promise<unknown>): Promise<void>;
  note(check: Check): void;
}

async function checkDeployment({ check, note }: Checking, deployment: Deployment, template: Template): Promise<void> {
  const logicalIds = Object.keys(template.Resources);
  await check(`has all ${formatCount(logicalIds.length)} resources of its template`, async () => {
    const missing = logicalIds.filter((logicalId) => !deployment.made.has(logicalId));
    assert.deepEqual(missing, []);
  });
  await check('answers whoever asks for its health', async () => {
    assert.equal(await statusOf(deployment, '/healthz'), 200);
  });
  await check('lets nobody in without a token', async () => {
    assert.equal(await statusOf(deployment, '/orders'), 401);
    assert.equal(await statusOf(deployment, '/orders', 'no.real.token'), 401);
  });
  await check('lets a client do what its scopes allow, and nothing else', async () => {
    assert.equal(await statusOf(deployment, '/orders', await deployment.token('OrderSystem')), 200);
    const counted = { method: 'POST', body: '{}' };
    assert.equal(await statusOf(deployment, '/stock/MUG/counts', await deployment.token('OrderSystem'), counted), 403);
  });

  const mark = `R${Date.now().toString(36).toUpperCase()}`;
  const passesErrorNamesOn = await deployment.passesErrorNamesOn();
  for (const { name, needsErrorNames, walk } of journey(await deployment.journeySystem(mark), mark)) {
    if (needsErrorNames && !passesErrorNamesOn) note({ name, lacks: 'the names of the errors that functions throw' });
    else await check(name, walk);
  }

  for (const logicalId of scheduledFunctions(template)) {
    await check(`runs ${logicalId} as its schedule does`, () => deployment.runScheduled(logicalId));
  }
  await check('keeps its promises, as the audit of its table finds', async () => {
    const { violations, rows } = await deployment.audit();
    assert.deepEqual(violations, []);
    assert.ok(rows > 0, 'the table is empty');
  });
}

async function statusOf(deployment: Deployment, path: string, token?: string, request: RequestInit = {}) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${deployment.apiUrl}${path}`, { ...request, headers });
  await answer.body?.cancel();
  return answer.status;
}

/** The logical ids of the functions that schedules run. */
function scheduledFunctions({ Resources }: Template): string[] {
  const functions = Object.keys(Resources).filter(
    (logicalId) => Resources[logicalId]?.Type === 'AWS::Lambda::Function',
  );
  const schedules = JSON.stringify(Object.values(Resources).filter(({ Type }) => Type === 'AWS::Scheduler::Schedule'));
  return functions.filter((logicalId) => schedules.includes(`"${logicalId}"`));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
