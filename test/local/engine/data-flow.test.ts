import { describe, expect, it } from 'vitest';
import { functionArn } from '../../../local/engine/engine.ts';
import { invoke, machine, runOnce } from './harness.ts';
import { ManualClock } from './manual-clock.ts';

const pass = (rest: Record<string, unknown>) => machine({ Only: { Type: 'Pass', End: true, ...rest } });
const output = async (template: unknown, input: unknown = {}) =>
  (await runOnce(pass({ Output: template }), { input })).result;

describe('what a state makes of its input', () => {
  it('passes the input through where nothing is said', async () => {
    expect((await runOnce(pass({}), { input: { a: [1, 'é'] } })).result).toEqual({ a: [1, 'é'] });
  });

  it('evaluates expressions anywhere in a template and leaves other strings alone', async () => {
    const template = { a: ['{% $states.input.n + 1 %}', 'plain', { b: "{% 'x' & $states.input.n %}" }], c: null };
    expect(await output(template, { n: 1 })).toEqual({ a: [2, 'plain', { b: 'x1' }], c: null });
  });

  it('gives lists as plain lists, and a list of one as what JSONata makes of it', async () => {
    const input = { lines: [{ sku: 'A' }, { sku: 'B' }] };
    expect(await output('{% $states.input.lines.sku %}', input)).toEqual(['A', 'B']);
    expect(await output("{% $states.input.lines[sku='A'].sku %}", input)).toBe('A');
    expect(await output("{% [$states.input.lines[sku='A'].sku] %}", input)).toEqual(['A']);
  });

  it.each([
    [
      'yields nothing',
      '{% $states.input.missing %}',
      /missing' specified for the field 'Only.Output.*returned nothing/,
    ],
    ['yields a function', '{% function($x) { $x } %}', /returned a function/],
    ['fails', "{% 1 + 'a' %}", /T2002/],
    ['names an unknown function', "{% $eval('1') %}", /T1006/],
    ['reads the whole document', '{% $ %}', /returned nothing/],
  ])('fails with States.QueryEvaluationError where an expression %s', async (_, expression, cause) => {
    const ended = await runOnce(pass({ Output: { a: expression } }));
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(ended.cause).toMatch(cause);
  });

  it('keeps what is assigned for later states, and shows Assign and Output the variables as they were', async () => {
    const definition = machine({
      First: { Type: 'Pass', Assign: { a: 1, b: '{% $states.input.b %}' }, Next: 'Second' },
      Second: { Type: 'Pass', Assign: { a: '{% $a + 1 %}', c: '{% $a %}' }, Output: '{% $a %}', Next: 'Third' },
      Third: {
        Type: 'Pass',
        Output: { a: '{% $a %}', b: '{% $b %}', c: '{% $c %}', in: '{% $states.input %}' },
        End: true,
      },
    });
    expect((await runOnce(definition, { input: { b: 'x' } })).result).toEqual({ a: 2, b: 'x', c: 1, in: 1 });
  });

  it('tells expressions about the execution, the state and the machine', async () => {
    const clock = new ManualClock('2026-11-24T08:00:00.000Z');
    const { result } = await runOnce(pass({ Output: '{% $states.context %}' }), { input: { a: 1 }, clock });
    expect(result).toEqual({
      Execution: {
        Id: 'arn:aws:states:us-east-1:000000000000:execution:once:run',
        Input: { a: 1 },
        Name: 'run',
        RoleArn: 'arn:aws:iam::000000000000:role/local',
        StartTime: '2026-11-24T08:00:00.000Z',
      },
      State: { EnteredTime: '2026-11-24T08:00:00.000Z', Name: 'Only', RetryCount: 0 },
      StateMachine: { Id: 'arn:aws:states:us-east-1:000000000000:stateMachine:once', Name: 'once' },
    });
  });

  it('fails with States.DataLimitExceeded over 256 KiB, which States.ALL does not catch', async () => {
    const task = invoke('big', {}, { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }], End: true });
    const big = async () => 'é'.repeat(140_000);
    const ended = await runOnce(machine({ Big: task, Caught: { Type: 'Succeed' } }), { functions: { big } });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    const named = { ...task, Catch: [{ ErrorEquals: ['States.DataLimitExceeded'], Next: 'Caught' }] };
    const caught = await runOnce(machine({ Big: named, Caught: { Type: 'Succeed' } }), { functions: { big } });
    expect(caught.status).toBe('SUCCEEDED');
  });

  it('chooses the first rule that holds, with its own Assign and Output, and otherwise the Default with the state’s', async () => {
    const definition = machine({
      Choose: {
        Type: 'Choice',
        Choices: [
          { Condition: '{% $states.input.n > 10 %}', Assign: { size: 'big' }, Output: { from: 'rule' }, Next: 'Tell' },
          { Condition: '{% $states.input.n > 5 %}', Next: 'Tell' },
        ],
        Assign: { size: 'small' },
        Output: { from: 'default' },
        Default: 'Tell',
      },
      Tell: {
        Type: 'Pass',
        Output: { in: '{% $states.input %}', size: "{% $exists($size) ? $size : 'none' %}" },
        End: true,
      },
    });
    const tell = async (n: number) => (await runOnce(definition, { input: { n } })).result;
    expect(await tell(11)).toEqual({ in: { from: 'rule' }, size: 'big' });
    expect(await tell(6)).toEqual({ in: { n: 6 }, size: 'none' });
    expect(await tell(1)).toEqual({ in: { from: 'default' }, size: 'small' });
  });

  it('fails a choice that has no answer, or one that is neither true nor false', async () => {
    const choose = (condition: string) =>
      runOnce(
        machine({
          Choose: { Type: 'Choice', Choices: [{ Condition: condition, Next: 'End' }] },
          End: { Type: 'Succeed' },
        }),
      );
    expect(await choose('{% false %}')).toMatchObject({ error: 'States.NoChoiceMatched' });
    expect(await choose('{% 1 %}')).toMatchObject({ error: 'States.QueryEvaluationError' });
  });

  it('hands functions a copy, and gives their answer with its status or, for a bare ARN, alone', async () => {
    const given = { nested: { n: 1 } };
    const definition = machine({
      Invoke: invoke('echo', '{% $states.input %}', { Next: 'Direct', Assign: { first: '{% $states.result %}' } }),
      Direct: { Type: 'Task', Resource: functionArn('echo'), Arguments: { n: 2 }, Next: 'Tell' },
      Tell: { Type: 'Pass', Output: ['{% $first %}', '{% $states.input %}'], End: true },
    });
    const echo = async (event: { n?: number; nested?: { n: number } }) => {
      if (event.nested) event.nested.n += 1;
      return { event, none: undefined };
    };
    expect((await runOnce(definition, { input: given, functions: { echo } })).result).toEqual([
      { ExecutedVersion: '$LATEST', Payload: { event: { nested: { n: 2 } } }, StatusCode: 200 },
      { event: { n: 2 } },
    ]);
  });

  it('ends with the Error and Cause of a Fail state', async () => {
    const fail = { Type: 'Fail', Error: "{% 'Err' & $states.input.n %}", Cause: 'because' };
    expect(await runOnce(machine({ Fail: fail }), { input: { n: 1 } })).toMatchObject({
      status: 'FAILED',
      error: 'Err1',
      cause: 'because',
    });
  });
});

describe('the functions that Step Functions adds to JSONata', () => {
  it.each([
    ['$partition([1..5], 2)', [[1, 2], [3, 4], [5]]],
    ['$range(0, 10, 5)', [0, 5, 10]],
    ['$range(3, 1, -1)', [3, 2, 1]],
    ["$hash('abc', 'SHA-1')", 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ["$hash('abc', 'MD5')", '900150983cd24fb0d6963f7d28e17f72'],
    ['$random(7) = $random(7)', true],
    ['$random() < 1', true],
    ['$parse(\'{"a":[1]}\').a', [1]],
    ['$length($uuid())', 36],
    ["$fromMillis($millis(), '[Y0001]')", '2026'],
    ['$now()', '2026-11-24T08:00:00.000Z'],
    ["$now('[H01]:[m01]')", '08:00'],
  ])('%s', async (expression, expected) => {
    const clock = new ManualClock('2026-11-24T08:00:00.000Z');
    const { result } = await runOnce(pass({ Output: `{% ${expression} %}` }), { clock });
    expect(result).toEqual(expected);
  });

  it.each(['$partition([1], 0)', '$range(0, 1000000, 1)', "$hash('a', 'CRC')", "$parse('{')"])(
    '%s fails',
    async (bad) => {
      const ended = await runOnce(pass({ Output: `{% ${bad} %}` }));
      expect(ended).toMatchObject({ error: 'States.QueryEvaluationError' });
    },
  );
});
