import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const rehearse = (AWS_ENDPOINT_URL: string | undefined, ...arguments_: string[]) =>
  promisify(execFile)(process.execPath, ['bin/rehearse.ts', ...arguments_], {
    env: { ...process.env, AWS_ENDPOINT_URL },
  });

it('says that it skips, and why, where there is no emulator', async () => {
  expect((await rehearse(undefined)).stdout).toBe(
    'Skipped, nothing was rehearsed: AWS_ENDPOINT_URL names no emulator. How to get an emulator: docs/rehearsal.md\n',
  );
  expect((await rehearse('http://127.0.0.1:1')).stdout).toContain('nothing answers at http://127.0.0.1:1');
});

it('touches nothing that may be AWS', async () => {
  await expect(rehearse('https://dynamodb.us-east-1.amazonaws.com')).rejects.toMatchObject({ code: 1, stdout: '' });
  await expect(rehearse('http://127.0.0.1:1', '--force')).rejects.toMatchObject({ code: 2, stdout: '' });
});
