import { fewest } from './fewest.ts';
import { type Outcome, run } from './run.ts';
import type { Action, Scenario } from './scenario.ts';
import type { Commit } from './world/commits.ts';
import type { House } from './world/house.ts';
import { GOOD_HABITS } from './world/stream-lanes.ts';
import { PromiseBroken, type Witness } from './world/world.ts';

/** Shrinks a scenario that fails to the few actions and faults that it takes, and tells what happens then. */
export async function explain(house: House, scenario: Scenario, { broken }: Outcome): Promise<string> {
  const failure = kindOf(broken);
  const failsAs = async (candidate: Scenario, onlyFaults?: ReadonlySet<string>) =>
    kindOf((await run(house, candidate, { onlyFaults })).broken) === failure;
  const withActions = (actions: readonly Action[]): Scenario => ({ ...scenario, actions: inTime(scenario, actions) });

  let shrunk = withActions(await fewest(scenario.actions, (actions) => failsAs(withActions(actions))));
  const withoutHabits = { ...shrunk, weather: { ...shrunk.weather, stream: GOOD_HABITS } };
  if (await failsAs(withoutHabits)) shrunk = withoutHabits;
  const faults = (await run(house, shrunk)).faults.map(({ call }) => call);
  const needed = new Set(await fewest(faults, (some) => failsAs(shrunk, new Set(some))));

  const lines: string[] = [];
  const { broken: again } = await run(house, shrunk, { witness: storyteller(lines), onlyFaults: needed });
  return [
    `${shrunk.actions.length} of ${scenario.actions.length} actions and ${needed.size} faults are enough:`,
    ...lines,
    '',
    again instanceof PromiseBroken ? again.message : (again?.stack ?? 'and this time nothing broke'),
  ].join('\n');
}

/** The time between two actions stays as long as it was, whoever was in between. */
function inTime({ actions }: Scenario, kept: readonly Action[]): Action[] {
  let skipped = 0;
  const left = new Set(kept);
  return actions.flatMap((action) => {
    skipped += action.afterMs;
    if (!left.has(action)) return [];
    const afterMs = skipped;
    skipped = 0;
    return [{ ...action, afterMs }];
  });
}

/** Another failure than the one that is looked into does not count. */
function kindOf(broken: Error | undefined): string | undefined {
  return broken instanceof PromiseBroken ? broken.breaches[0]?.promise : broken?.name;
}

function storyteller(lines: string[]): Witness {
  const tell = (at: Date, line: string) => lines.push(`${at.toISOString().slice(0, 23)}  ${line}`);
  return { tell, commit: (at, commit) => void linesOf(commit).map((line) => tell(at, `    ${line}`)) };
}

/** Which levels a commit moves and which statuses, in a word each. */
function linesOf(commit: Commit): string[] {
  return commit.flatMap(({ sk, before, after }) => {
    if (sk.startsWith('MOVE#') && after) {
      const deltas = ['available', 'allocated', 'backordered', 'incoming']
        .filter((counter) => after[counter] !== 0)
        .map((counter) => `${counter} ${after[counter] > 0 ? '+' : ''}${after[counter]}`);
      return [`${after.sku}: ${after.type} ${deltas.join(', ')} ${after.shipmentId ?? after.reference ?? ''}`];
    }
    if (!sk.startsWith('SHIPMENT#') || before?.status === after?.status) return [];
    return [`${after.shipmentId}: ${before?.status ?? 'new'} → ${after.status}`];
  });
}
