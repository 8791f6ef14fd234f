import type { Choose } from './every-order.ts';
import { type Gate, quiet } from './world/gate.ts';

/**
 * Lets the calls of several callers through their gate, one at a time, as is chosen, until all are done. Says in which order that was;
 * nothing where it was not tried to the end.
 */
export async function throughGate(
  gate: Gate,
  choose: Choose,
  callers: readonly Promise<unknown>[],
): Promise<string | undefined> {
  const done = Promise.all(callers);
  let isDone = false;
  done.then(
    () => (isDone = true),
    () => (isDone = true),
  );
  const path: string[] = [];
  for (await quiet(); !isDone; await quiet()) {
    if (gate.waiting.length === 0) throw new Error('nobody makes a call, and yet not all is done');
    const next = choose(gate.waiting);
    if (!next) return undefined;
    path.push(next.caller.name);
    await next.pass();
  }
  await done;
  return path.join(', ');
}
