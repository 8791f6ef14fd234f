import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BUGS } from './bugs.ts';

it.each(BUGS)('can still make the mistake that $name', ({ file, was }) => {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

  expect(source.split(was)).toHaveLength(2);
});
