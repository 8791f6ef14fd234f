import { readFileSync } from 'node:fs';

/** The errors of ours that a definition catches or retries by name. */
export function caughtBy(path: string): Set<string> {
  const definition = readFileSync(path, 'utf8');
  const lists = [...definition.matchAll(/"ErrorEquals": \[([^\]]*)\]/g)].map(([, names = '']) => names);
  const names = lists.flatMap((list) => [...list.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name));
  return new Set(names.filter((name) => !/^(States|Lambda)\./.test(name)));
}
