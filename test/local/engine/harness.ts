import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import {
  type Engine,
  type EngineOptions,
  functionArn,
  type Handler,
  startEngine,
} from '../../../local/engine/engine.ts';

export interface Harness {
  engine: Engine;
  client: SFNClient;
  start(name: string, input?: unknown, machine?: string): Promise<string>;
  describe(arn: string): Promise<DescribeExecutionOutput>;
  /** Waits until an execution has ended. */
  ended(arn: string): Promise<DescribeExecutionOutput>;
  close(): Promise<void>;
}

/** An engine with its functions, and the real client of the service. */
export async function startHarness(options: EngineOptions, functions: Record<string, Handler> = {}): Promise<Harness> {
  const engine = await startEngine(options);
  for (const [name, handler] of Object.entries(functions)) engine.registerFunction(name, handler);
  engine.run();
  const client = clientOf(engine.endpoint);
  const [first] = options.stateMachines;
  const describe = (executionArn: string) => client.send(new DescribeExecutionCommand({ executionArn }));
  return {
    engine,
    client,
    describe,
    async start(name, input = {}, machine = first?.name ?? '') {
      const stateMachineArn = engine.stateMachineArn(machine);
      const started = await client.send(
        new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
      );
      return started.executionArn as string;
    },
    async ended(arn) {
      await until(async () => (await describe(arn)).status !== 'RUNNING');
      return describe(arn);
    },
    async close() {
      client.destroy();
      await engine.close();
    },
  };
}

export const clientOf = (endpoint: string): SFNClient =>
  new SFNClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });

/** Waits for a condition; the test's own time limit ends the wait. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

/** A machine of a few states, as JSON. */
export const machine = (states: Record<string, unknown>, rest: Record<string, unknown> = {}): string =>
  JSON.stringify({ QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states, ...rest });

/** Runs one machine on one input to its end. */
export async function runOnce(
  definition: string,
  { input = {}, functions = {}, ...options }: RunOptions = {},
): Promise<DescribeExecutionOutput & { result: unknown }> {
  const local = await startHarness({ stateMachines: [{ name: 'once', definition }], ...options }, functions);
  try {
    const ended = await local.ended(await local.start('run', input));
    return { ...ended, result: ended.output === undefined ? undefined : JSON.parse(ended.output) };
  } finally {
    await local.close();
  }
}

type RunOptions = { input?: unknown; functions?: Record<string, Handler> } & Omit<EngineOptions, 'stateMachines'>;

/** A Task that calls a function, as a definition has it. */
export const invoke = (name: string, payload: unknown, rest: Record<string, unknown> = { End: true }) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: functionArn(name), Payload: payload },
  ...rest,
});
