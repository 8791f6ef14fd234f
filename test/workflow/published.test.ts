import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as errors from '../../core/orders/workflow-errors.ts';
import { caughtBy } from './error-names.ts';

const PUBLISHED = 'statemachines/published';
const CURRENT = 'statemachines/order-fulfillment.asl.json';

const nameFor = (definition: string) =>
  `${createHash('sha256').update(definition).digest('hex').slice(0, 12)}.asl.json`;

describe('a definition that executions may still be running on', () => {
  const files = readdirSync(PUBLISHED);

  it('is kept, and so is the one that new executions begin with', () => {
    const wanted = join(PUBLISHED, nameFor(readFileSync(CURRENT, 'utf8')));
    const advice = `the definition has changed: cp ${CURRENT} ${wanted}, and read docs/operations/changing.md`;
    expect(files, advice).toContain(nameFor(readFileSync(CURRENT, 'utf8')));
  });

  it.each(files)('%s is never changed itself', (file) => {
    expect(nameFor(readFileSync(join(PUBLISHED, file), 'utf8'))).toBe(file);
  });

  it.each(files)('%s catches every error that today’s code throws or tells', (file) => {
    const told = Object.values(errors).map((error) => (typeof error === 'string' ? error : new error('').name));
    expect([...caughtBy(join(PUBLISHED, file))]).toEqual(expect.arrayContaining(told));
  });
});
