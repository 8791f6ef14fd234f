/**
 * cfn-lint over the template of every stage: a second opinion next to the validation that CDK does while it synthesizes.
 * It is a Python program, so it is skipped, and says so, where it cannot be installed: no check may need more than Node.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FillrateApp } from '../../lib/fillrate-app.ts';
import { stages } from '../../lib/stages.ts';
import { appProps } from './synthesized.ts';

const VERSION = '1.58.0';

/** What cfn-lint is wrong about here. */
const IGNORED = [
  // Knows no JSONata in a workflow's numbers; asl-validator does, and reads the same definition in the tests.
  'E3601',
  // "Dependency already enforced": CDK has every function wait for all of its role's policy, and says some of it twice.
  'W3005',
];

const CACHE = join(import.meta.dirname, '../../node_modules/.cache');
const ENVIRONMENT = join(CACHE, `cfn-lint-${VERSION}`);
const PROGRAMS = join(ENVIRONMENT, process.platform === 'win32' ? 'Scripts' : 'bin');

/** Installs cfn-lint, once; answers with why it cannot. */
function install(): string | undefined {
  const lint = join(PROGRAMS, 'cfn-lint');
  if (existsSync(lint)) return;
  console.log(`Installing cfn-lint ${VERSION} into node_modules/.cache`);
  const made = spawnSync('python3', ['-m', 'venv', ENVIRONMENT], { encoding: 'utf8' });
  if (made.error) return 'there is no python3';
  const failed = made.status !== 0 ? made : pip('install', `cfn-lint==${VERSION}`);
  if (failed.status === 0) return;
  rmSync(ENVIRONMENT, { recursive: true, force: true });
  return `it could not be installed: ${lastLine(failed)}`;
}

function pip(command: string, ...packages: string[]) {
  const patience = ['--timeout', '15', '--retries', '1', '--disable-pip-version-check', '--quiet'];
  return spawnSync(join(PROGRAMS, 'pip'), [command, ...patience, ...packages], { encoding: 'utf8' });
}

function lastLine({ stdout, stderr }: SpawnSyncReturns<string>) {
  return `${stdout}\n${stderr}`.trim().split('\n').at(-1) ?? '';
}

const obstacle = install();
if (obstacle) {
  console.log(`Skipped cfn-lint: ${obstacle}. CDK has validated the templates while it synthesized them.`);
} else {
  const templates = Object.keys(stages).map((stage) => {
    const assembly = new FillrateApp(stages, appProps(join(CACHE, 'templates', stage), stage)).synth();
    return assembly.getStackByName(`Fillrate-${stage}`).templateFullPath;
  });
  const ignored = IGNORED.flatMap((rule) => ['--ignore-checks', rule]);
  const linted = spawnSync(join(PROGRAMS, 'cfn-lint'), [...ignored, '--', ...templates], { stdio: 'inherit' });
  if (linted.error) throw linted.error;
  if (linted.status === 0) console.log(`cfn-lint finds nothing in the templates of ${Object.keys(stages).join(', ')}.`);
  process.exitCode = linted.status ?? 1;
}
