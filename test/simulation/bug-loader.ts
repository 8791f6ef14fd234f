import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { BUGS } from './bugs.ts';

/** Loaded before everything else, it makes the mistake that the environment names, in the code as it is loaded. */
const bug = BUGS.find(({ name }) => name === process.env.SEEDED_BUG);
if (!bug) throw new Error(`there is no bug "${process.env.SEEDED_BUG}"`);
const { href } = new URL(`../../${bug.file}`, import.meta.url);

registerHooks({
  load(url, context, nextLoad) {
    if (url !== href) return nextLoad(url, context);
    return { format: 'module-typescript', source: mistaken(readFileSync(new URL(url), 'utf8')), shortCircuit: true };
  },
});

function mistaken(source: string): string {
  const { was, becomes, file } = bug as (typeof BUGS)[number];
  const [before, after, ...more] = source.split(was);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${file} does not say exactly once: ${was}`);
  }
  return `${before}${becomes}${after}`;
}
