import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as errors from '../../core/orders/workflow-errors.ts';

it('names in ErrorEquals just the errors that the code throws and tells', () => {
  const thrown = Object.values(errors).map((error) => (typeof error === 'string' ? error : new error('').name));
  const definition = readFileSync('statemachines/order-fulfillment.asl.json', 'utf8');
  const caught = [...definition.matchAll(/"ErrorEquals": \[([^\]]*)\]/g)].flatMap(([, names = '']) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name]) => name),
  );
  expect(new Set(caught.filter((name) => !name?.startsWith('States.')))).toEqual(new Set(thrown));
});

it('gives each error the name of its class, which minified bundles would lose', () => {
  for (const [name, error] of Object.entries(errors)) {
    if (typeof error === 'function') expect(new error('').name).toBe(name);
  }
});
