import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ExplainedError } from '../explained-error.ts';
import { emulatedConfig } from './emulator.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const CDK = fileURLToPath(import.meta.resolve('aws-cdk/bin/cdk'));
const LINES_OF_A_FAILURE = 40;

/** Runs the CDK's own command, as who deploys would. */
export class Cdk {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #signal: AbortSignal;

  constructor(endpoint: string, signal: AbortSignal) {
    this.#environment = dummyAws(endpoint);
    this.#signal = signal;
  }

  /**
   * Answers what it printed.
   *
   * @throws ExplainedError with the end of what it printed, where it failed.
   */
  async run(...arguments_: string[]): Promise<string> {
    const child = spawn(process.execPath, [CDK, ...arguments_, '--no-notices', '--no-color'], {
      cwd: PROJECT,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: this.#signal,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    const [exitCode] = await once(child, 'close');
    if (exitCode === 0) return output;
    const end = output.trimEnd().split('\n').slice(-LINES_OF_A_FAILURE).join('\n');
    throw new ExplainedError(`cdk ${arguments_.join(' ')} failed:\n\n${end}\n`);
  }
}

/**
 * The environment of this process with the emulator in the place of AWS. Nothing of an account that the developer is signed in to is
 * left in it, so that even a call that went past the emulator could do nothing.
 */
function dummyAws(endpoint: string): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_') && !name.startsWith('CDK_'));
  const { region, credentials } = emulatedConfig(endpoint);
  return {
    ...Object.fromEntries(others),
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
}
