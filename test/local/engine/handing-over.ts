import { setImmediate } from 'node:timers/promises';
import { type Engine, functionArn } from '../../../local/engine/engine.ts';
import { machine } from './harness.ts';

export interface HandedOver {
  name: string;
  state: string;
  token?: string;
}

const payload = { name: '{% $states.context.Execution.Name %}', state: '{% $states.context.State.Name %}' };

/** A machine with a function that answers, one that hands a token over, and one that answers again. */
const definition = machine({
  Reserve: {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: functionArn('do'), Payload: payload },
    Assign: { reserved: '{% $states.result.Payload.name %}' },
    Next: 'Wait',
  },
  Wait: {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: {
      FunctionName: functionArn('do'),
      Payload: { ...payload, token: '{% $states.context.Task.Token %}' },
    },
    TimeoutSeconds: 86_400,
    Next: 'Ship',
  },
  Ship: {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: functionArn('do'), Payload: payload },
    Output: { shipped: '{% $reserved %}' },
    End: true,
  },
});

export const handingOver = {
  source: { name: 'handing-over', definition },
  /** The one function tells of its call, takes a moment, and answers with what it was given. */
  register(engine: Engine, onCall: (call: HandedOver) => void): void {
    engine.registerFunction('do', async (call: HandedOver) => {
      onCall(call);
      await setImmediate();
      return call;
    });
  },
};
