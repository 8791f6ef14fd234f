import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, it } from 'vitest';
import { stateMachineArn } from '../../../local/engine/engine.ts';
import { handingOver } from './handing-over.ts';
import { clientOf, startHarness } from './harness.ts';

/** In blocks of 512 bytes: how large a file the engine may write before the system refuses. */
const LIMIT_BLOCKS = 200;

it('accepts nothing more when the disk is full, and loses nothing that it has accepted', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'full-'));
  const journalFile = join(directory, 'journal');
  const script = new URL('./crash-child.ts', import.meta.url).pathname;
  const limited = `trap '' XFSZ; ulimit -f ${LIMIT_BLOCKS}; exec "$0" "$@"`;
  const args = [process.execPath, script, journalFile, '/dev/null'];
  const child = spawn('sh', ['-c', limited, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [endpoint] = await once(child.stdout, 'data');
  const client = clientOf(String(endpoint).trim());
  const accepted: string[] = [];
  const start = async (name: string) => {
    await client.send(new StartExecutionCommand({ stateMachineArn: stateMachineArn('handing-over'), name }));
    accepted.push(name);
  };
  const refused = async () => {
    for (let count = 0; ; count += 1) await start(`order-${count}`);
  };
  await expect(refused()).rejects.toMatchObject({ name: 'InternalFailure', $metadata: { httpStatusCode: 500 } });
  await expect(start('one-more')).rejects.toMatchObject({ name: 'InternalFailure' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  client.destroy();
  expect(statSync(journalFile).size).toBe(LIMIT_BLOCKS * 512);
  expect(accepted.length).toBeGreaterThan(5);

  const answering = { do: async (call: object) => call };
  const local = await startHarness({ stateMachines: [handingOver.source], journalFile }, answering);
  for (const name of accepted) {
    const arn = `${stateMachineArn('handing-over').replace(':stateMachine:', ':execution:')}:${name}`;
    expect((await local.describe(arn)).status).toBe('RUNNING');
  }
  await local.close();
  rmSync(directory, { recursive: true });
});
