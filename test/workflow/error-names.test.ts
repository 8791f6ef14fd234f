import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import * as tasks from '../../core/orders/tasks.ts';
import * as errors from '../../core/orders/workflow-errors.ts';
import { caughtBy } from './error-names.ts';

it('names in ErrorEquals just the errors that the code throws and tells', () => {
  const thrown = Object.values(errors).map((error) => (typeof error === 'string' ? error : new error('').name));
  expect(caughtBy('statemachines/order-fulfillment.asl.json')).toEqual(new Set(thrown));
});

it('gives each error the name of its class, which minified bundles would lose', () => {
  for (const [name, error] of Object.entries(errors)) {
    if (typeof error === 'function') expect(new error('').name).toBe(name);
  }
});

it('says them to a waiting task in the minified code that is deployed, too', async () => {
  const entry = fileURLToPath(new URL('../../core/orders/tasks.ts', import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
  });
  const [file] = outputFiles;
  const deployed: typeof tasks = await import(
    `data:text/javascript;base64,${file?.contents && Buffer.from(file.contents).toString('base64')}`
  );
  const waiting = { shipmentId: 'SO-1-1', status: 'cancelled', taskStage: 'pick' } as const;

  expect(deployed.signalFor(waiting)).toMatchObject({ error: 'OrderCancelled' });
  expect(deployed.signalFor(waiting)).toEqual(tasks.signalFor(waiting));
});
