import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { functionArn } from '../../../local/engine/engine.ts';
import { loadMachine } from '../../../local/engine/machine.ts';
import { invoke, machine } from './harness.ts';

const load = (definition: string, substitutions: Record<string, string> = {}) =>
  loadMachine({ name: 'm', definition, substitutions });
const states = (only: Record<string, unknown>) => machine({ Only: only });
const pass = { Type: 'Pass', End: true };

describe('a definition', () => {
  it('may be the order fulfillment of this repository', () => {
    const file = new URL('../../../statemachines/order-fulfillment.asl.json', import.meta.url);
    const names = ['ReserveStock', 'OpenTask', 'OpenBackorder', 'ReleaseStock'];
    const substitutions = Object.fromEntries(names.map((name) => [name, functionArn(name)]));
    expect(load(readFileSync(file, 'utf8'), substitutions).flow.startAt).toBe('ReserveStock');
  });

  it.each([
    ['is not JSON', '{', /not JSON/],
    ['is a JSONPath machine', JSON.stringify({ StartAt: 'A', States: { A: pass } }), /QueryLanguage: only JSONata/],
    ['says JSONPath', machine({ A: pass }, { QueryLanguage: 'JSONPath' }), /only JSONata/],
    ['has a misspelled field', states({ Type: 'Pass', Nxt: 'B', End: true }), /States\.Only: .*"Nxt"/],
    ['has a field of JSONPath', states({ ...pass, ResultPath: '$.a' }), /"ResultPath"/],
    ['has a state of no known type', states({ Type: 'Pause', End: true }), /States\.Only\.Type/],
    ['starts nowhere', machine({ A: pass }, { StartAt: 'B' }), /there is no state "B"/],
    ['goes nowhere', states({ Type: 'Pass', Next: 'B' }), /Only: there is no state "B"/],
    ['ends nowhere', states({ Type: 'Pass' }), /neither Next nor End/],
    ['goes on after its end', machine({ A: { ...pass, Next: 'B' }, B: pass }), /both Next and End/],
    [
      'has broken JSONata',
      states({ ...pass, Output: { a: '{% 1 + %}' } }),
      /Only\.Output\.a: not a JSONata expression/,
    ],
    [
      'waits for two things',
      states({ Type: 'Wait', Seconds: 1, Timestamp: 'x', End: true }),
      /either Seconds or Timestamp/,
    ],
    [
      'calls what is not here',
      states({ Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', End: true }),
      /sqs/,
    ],
    [
      'calls with a misspelled argument',
      states({ ...invoke('f', {}), Arguments: { FunctionNam: 'f' } }),
      /FunctionNam/,
    ],
    [
      'catches everything too early',
      states(invoke('f', {}, { End: true, Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['A'] }] })),
      /must come last/,
    ],
    [
      'assigns a variable of the flow around it',
      machine({
        A: { Type: 'Pass', Assign: { v: 1 }, Next: 'B' },
        B: {
          Type: 'Parallel',
          Branches: [{ StartAt: 'C', States: { C: { ...pass, Assign: { v: 2 } } } }],
          End: true,
        },
      }),
      /"v" is a variable of the flow around/,
    ],
    [
      'uses a name twice',
      machine({ A: { Type: 'Parallel', Branches: [{ StartAt: 'A', States: { A: pass } }], End: true } }),
      /used twice/,
    ],
  ])('that %s is refused with the place', (_, definition, message) => {
    expect(() => load(definition)).toThrow(message);
    expect(() => load(definition)).toThrow(/state machine "m"/);
  });
});

describe('a substitution', () => {
  const token = (name: string) => ['$', `{${name}}`].join('');
  const definition = states({ ...pass, Output: { to: token('Target') } });

  it('replaces its token, whatever is in it', () => {
    const { definition: substituted } = load(definition, { Target: 'a"b\\c' });
    expect(JSON.parse(substituted).States.Only.Output).toEqual({ to: 'a"b\\c' });
  });

  it('must be there for every token, and every one must be used', () => {
    expect(() => load(definition)).toThrow(/no substitution is given for .*Target/);
    expect(() => load(definition, { Target: 'a', Other: 'b' })).toThrow(/nothing uses the substitution of Other/);
  });
});
