import { readFileSync } from 'node:fs';
import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MAX_WAIT_DAYS } from '../../core/orders/schema.ts';
import { ofType, synthesize } from './synthesized.ts';

const Retrier = z.object({
  ErrorEquals: z.array(z.string()),
  MaxAttempts: z.number(),
  JitterStrategy: z.string().optional(),
  MaxDelaySeconds: z.number().optional(),
});
const State = z.object({
  Type: z.string(),
  Resource: z.string().optional(),
  TimeoutSeconds: z.union([z.number(), z.string()]).optional(),
  Retry: z.array(Retrier).default([]),
  Catch: z.array(z.object({ ErrorEquals: z.array(z.string()), Next: z.string() })).default([]),
});
const Definition = z.object({ QueryLanguage: z.string(), States: z.record(z.string(), State) });

const source: unknown = JSON.parse(
  readFileSync(new URL('../../statemachines/order-fulfillment.asl.json', import.meta.url), 'utf8'),
);
const definition = Definition.parse(source);
const taskStates = Object.entries(definition.States).filter(([, { Type }]) => Type === 'Task');

/** The definition as CloudFormation hands it to Step Functions, with an ARN in the place of each name. */
function deployed(): unknown {
  const [machine] = ofType(synthesize().resources, 'AWS::StepFunctions::StateMachine');
  const { DefinitionString, DefinitionSubstitutions } = z
    .object({ DefinitionString: z.string(), DefinitionSubstitutions: z.record(z.string(), z.unknown()) })
    .parse(machine?.Properties);
  const names = Object.keys(DefinitionSubstitutions);
  return JSON.parse(
    names.reduce(
      (text, name) => text.replaceAll(`\${${name}}`, `arn:aws:lambda:eu-central-1:123456789012:function:${name}`),
      DefinitionString,
    ),
  );
}

describe('the workflow of a shipment', () => {
  it('is a valid state machine without dangling or unreachable states', () => {
    const definition = deployed();
    expect(JSON.stringify(definition)).not.toContain('${');
    const verdict = validate(definition);

    expect(verdict.errorsText('\n')).toBe('');
    expect(verdict.isValid).toBe(true);
  });

  it('says itself that its expressions are JSONata', () => {
    expect(definition.QueryLanguage).toBe('JSONata');
  });

  it('leaves the warehouse all its time after the longest wait, before Step Functions ends the execution', () => {
    const warehouse = ['Pick', 'Pack', 'Ship'].map((name) => Number(definition.States[name]?.TimeoutSeconds));
    const days = warehouse.reduce((sum, seconds) => sum + seconds / (24 * 3600), MAX_WAIT_DAYS);

    expect(days).toBeLessThan(365);
  });

  describe.each(taskStates)('%s', (_name, state) => {
    it('never waits forever', () => {
      expect(state.TimeoutSeconds).toBeDefined();
    });

    it('tries again with full jitter what can pass, for a limited time', () => {
      const repeating = state.Retry.filter(({ MaxAttempts }) => MaxAttempts > 0);

      expect(repeating).not.toHaveLength(0);
      for (const retrier of repeating) {
        expect(retrier).toMatchObject({ JitterStrategy: 'FULL', MaxDelaySeconds: expect.any(Number) });
      }
    });

    it('has a way on from every error', () => {
      expect(state.Catch.at(-1)?.ErrorEquals).toEqual(['States.ALL']);
    });
  });
});
