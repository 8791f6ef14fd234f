import { type AslState, type Flow, InvalidDefinition } from './asl.ts';

/**
 * Checks what a schema cannot: that every transition leads somewhere, that a state has one way out, that names are
 * unique in the whole machine, and that no inner flow assigns a variable of a flow around it (Step Functions forbids it).
 * @throws InvalidDefinition with every fault
 */
export function checkFlow(machine: Flow): void {
  const faults: string[] = [];
  visit(machine, { names: new Set(), outer: new Set(), faults });
  if (faults.length > 0) throw new InvalidDefinition(faults.join('; '));
}

interface Visit {
  names: Set<string>;
  outer: ReadonlySet<string>;
  faults: string[];
}

function visit(flow: Flow, { names, outer, faults }: Visit): void {
  if (!Object.hasOwn(flow.States, flow.StartAt)) faults.push(`StartAt: there is no state "${flow.StartAt}"`);
  const own = new Set<string>();
  for (const [name, state] of Object.entries(flow.States)) {
    if (names.has(name)) faults.push(`${name}: the name is used twice`);
    names.add(name);
    for (const target of targets(state)) {
      if (!Object.hasOwn(flow.States, target)) faults.push(`${name}: there is no state "${target}" to go to`);
    }
    for (const variable of assigned(state)) {
      own.add(variable);
      if (outer.has(variable)) faults.push(`${name}.Assign: "${variable}" is a variable of the flow around this one`);
    }
    faults.push(...stateFaults(name, state));
  }
  const visible = new Set([...outer, ...own]);
  for (const inner of Object.values(flow.States).flatMap(innerFlows)) visit(inner, { names, outer: visible, faults });
}

function stateFaults(name: string, state: AslState): string[] {
  const faults: string[] = [];
  if ('Next' in state || 'End' in state) {
    if (state.Next !== undefined && state.End !== undefined) faults.push(`${name}: has both Next and End`);
  } else if (!['Choice', 'Succeed', 'Fail'].includes(state.Type)) faults.push(`${name}: has neither Next nor End`);
  if (state.Type === 'Wait' && (state.Seconds === undefined) === (state.Timestamp === undefined)) {
    faults.push(`${name}: a Wait has either Seconds or Timestamp`);
  }
  const handlers: { ErrorEquals: string[] }[][] = 'Retry' in state ? [state.Retry, state.Catch] : [];
  for (const { ErrorEquals } of handlers.flatMap((list) => list.slice(0, -1))) {
    if (ErrorEquals.includes('States.ALL')) faults.push(`${name}: States.ALL must come last`);
  }
  for (const { ErrorEquals } of handlers.flat()) {
    if (ErrorEquals.includes('States.ALL') && ErrorEquals.length > 1)
      faults.push(`${name}: States.ALL must stand alone`);
  }
  return faults;
}

function targets(state: AslState): string[] {
  const ways = [
    'Next' in state ? state.Next : undefined,
    ...('Catch' in state ? state.Catch.map((catcher) => catcher.Next) : []),
    ...(state.Type === 'Choice' ? [...state.Choices.map((rule) => rule.Next), state.Default] : []),
  ];
  return ways.filter((way) => way !== undefined);
}

function assigned(state: AslState): string[] {
  const exits = [state, ...('Catch' in state ? state.Catch : []), ...(state.Type === 'Choice' ? state.Choices : [])];
  return exits.flatMap((exit) => ('Assign' in exit ? Object.keys(exit.Assign ?? {}) : []));
}

function innerFlows(state: AslState): Flow[] {
  if (state.Type === 'Parallel') return state.Branches;
  return state.Type === 'Map' ? [state.ItemProcessor] : [];
}
