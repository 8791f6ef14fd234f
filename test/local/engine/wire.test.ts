import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { functionArn } from '../../../local/engine/engine.ts';
import { type Harness, machine, startHarness, until } from './harness.ts';

const definition = machine({
  Ask: {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: { FunctionName: functionArn('ask'), Payload: { token: '{% $states.context.Task.Token %}' } },
    TimeoutSeconds: 3600,
    Next: 'Tell',
  },
  Tell: { Type: 'Pass', End: true },
});

describe('the local Step Functions, over the real client', () => {
  let local: Harness;
  let client: SFNClient;
  let tokens: string[];
  let stateMachineArn: string;

  beforeEach(async () => {
    tokens = [];
    local = await startHarness(
      { stateMachines: [{ name: 'asking', definition }] },
      { ask: async ({ token }: { token: string }) => void tokens.push(token) },
    );
    client = local.client;
    stateMachineArn = local.engine.stateMachineArn('asking');
  });
  afterEach(() => local.close());

  const waiting = async (name: string, input: unknown = {}) => {
    const before = tokens.length;
    const arn = await local.start(name, input);
    await until(() => tokens.length > before);
    return { arn, token: tokens[before] as string };
  };

  it('runs an execution to its end with what SendTaskSuccess brings', async () => {
    const { arn, token } = await waiting('first', { a: 1 });
    await client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{"answer":42}' }));
    const ended = await local.ended(arn);
    expect(ended).toMatchObject({ status: 'SUCCEEDED', input: '{"a":1}', output: '{"answer":42}', name: 'first' });
    expect(ended.startDate?.getTime()).toBeLessThanOrEqual(ended.stopDate?.getTime() ?? 0);
  });

  it('answers a repeated start of a running execution with the same execution, and counts it once', async () => {
    const first = await client.send(new StartExecutionCommand({ stateMachineArn, name: 'twice', input: '{"a":1}' }));
    const second = await client.send(new StartExecutionCommand({ stateMachineArn, name: 'twice', input: '{"a":1}' }));
    expect(second.executionArn).toBe(first.executionArn);
    expect(second.startDate).toEqual(first.startDate);
    expect(local.engine.counts().executions.RUNNING).toBe(1);
  });

  it('refuses a taken name with another input, and for ever after the end', async () => {
    const { token, arn } = await waiting('taken', { a: 1 });
    const again = (input: string) => client.send(new StartExecutionCommand({ stateMachineArn, name: 'taken', input }));
    await expect(again('{"a":2}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' }));
    await local.ended(arn);
    await expect(again('{"a":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it.each(['', 'a b', 'a/b', 'a:b', 'a{b', 'a#b', 'a'.repeat(81), 'tab\t'])('refuses the name %j', async (name) => {
    const started = client.send(new StartExecutionCommand({ stateMachineArn, name }));
    await expect(started).rejects.toMatchObject({ name: 'InvalidName' });
  });

  it('takes a name of 80 characters, and makes one up when none is given', async () => {
    await client.send(new StartExecutionCommand({ stateMachineArn, name: 'a'.repeat(80) }));
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));
    const described = await local.describe(executionArn as string);
    expect(described).toMatchObject({ input: '{}', name: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });

  it.each([
    ['no JSON', '{'],
    ['more than 256 KiB', JSON.stringify('x'.repeat(256 * 1024))],
  ])('refuses an input of %s', async (_, input) => {
    const started = client.send(new StartExecutionCommand({ stateMachineArn, input }));
    await expect(started).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
  });

  it('names what does not exist', async () => {
    const nobody = stateMachineArn.replace('asking', 'nobody');
    const executionArn = `${nobody.replace(':stateMachine:', ':execution:')}:x`;
    await expect(client.send(new StartExecutionCommand({ stateMachineArn: nobody }))).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
    });
    await expect(client.send(new DescribeStateMachineCommand({ stateMachineArn: nobody }))).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
    });
    await expect(client.send(new DescribeExecutionCommand({ executionArn }))).rejects.toMatchObject({
      name: 'ExecutionDoesNotExist',
    });
  });

  it('refuses tokens: used ones as timed out, unknown ones as unknown, others as invalid', async () => {
    const { token } = await waiting('tokens');
    const success = (taskToken: string, output = '{}') =>
      client.send(new SendTaskSuccessCommand({ taskToken, output }));
    await expect(success(token, '{')).rejects.toMatchObject({ name: 'InvalidOutput' });
    await success(token);
    await expect(success(token)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await expect(client.send(new SendTaskFailureCommand({ taskToken: token }))).rejects.toMatchObject({
      name: 'TaskTimedOut',
    });
    await expect(client.send(new SendTaskHeartbeatCommand({ taskToken: token }))).rejects.toMatchObject({
      name: 'TaskTimedOut',
    });
    await expect(success(token.replace(/^AQC0\./, 'AQC99.'))).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
    await expect(success('nonsense')).rejects.toMatchObject({ name: 'InvalidToken' });
  });

  it('fails the execution with what SendTaskFailure says', async () => {
    const { arn, token } = await waiting('failing');
    await client.send(
      new SendTaskFailureCommand({ taskToken: token, error: 'OrderCancelled', cause: 'by the customer' }),
    );
    const ended = await local.ended(arn);
    expect(ended).toMatchObject({ status: 'FAILED', error: 'OrderCancelled', cause: 'by the customer' });
    expect(ended.output).toBeUndefined();
  });

  it('stops an execution, whose token is then of no use', async () => {
    const { arn, token } = await waiting('stopped');
    const stopped = await client.send(
      new StopExecutionCommand({ executionArn: arn, error: 'Enough', cause: 'said so' }),
    );
    expect(stopped.stopDate).toBeInstanceOf(Date);
    expect(await local.describe(arn)).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'said so' });
    const late = client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' }));
    await expect(late).rejects.toMatchObject({ name: 'TaskTimedOut' });
    expect((await client.send(new StopExecutionCommand({ executionArn: arn }))).stopDate).toEqual(stopped.stopDate);
  });

  it('lists executions newest first, by status and page by page', async () => {
    for (const name of ['one', 'two', 'three', 'four']) await waiting(name);
    await client.send(new SendTaskSuccessCommand({ taskToken: tokens[1] as string, output: '{}' }));
    await until(() => local.engine.counts().executions.SUCCEEDED === 1);
    const page = await client.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 2 }),
    );
    expect(page.executions?.map((e) => e.name)).toEqual(['four', 'three']);
    const rest = await client.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 2, nextToken: page.nextToken }),
    );
    expect(rest.executions?.map((e) => e.name)).toEqual(['one']);
    expect(rest.nextToken).toBeUndefined();
  });

  it('describes and lists its state machines', async () => {
    const described = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(described).toMatchObject({ name: 'asking', status: 'ACTIVE', type: 'STANDARD' });
    expect(described.definition).toContain(functionArn('ask'));
    const listed = await client.send(new ListStateMachinesCommand({}));
    expect(listed.stateMachines?.map((m) => m.stateMachineArn)).toEqual([stateMachineArn]);
  });

  it('tells the history of an execution, page by page and backwards', async () => {
    const { arn, token } = await waiting('told');
    await client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{"answer":42}' }));
    await local.ended(arn);
    const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn: arn }));
    expect(events.map((event) => event.type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ]);
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
    const last = await client.send(
      new GetExecutionHistoryCommand({ executionArn: arn, reverseOrder: true, maxResults: 1 }),
    );
    expect(last.events?.[0]).toMatchObject({
      type: 'ExecutionSucceeded',
      executionSucceededEventDetails: { output: '{"answer":42}' },
    });
    expect(last.nextToken).toBeDefined();
  });

  it('answers requests that no client would send with an error of the protocol', async () => {
    const post = async (target: string, body: string) => {
      const headers = { 'x-amz-target': `AWSStepFunctions.${target}` };
      const response = await fetch(local.engine.endpoint, { method: 'POST', body, headers });
      return { status: response.status, ...((await response.json()) as object) };
    };
    expect(await post('Nonsense', '{}')).toMatchObject({ status: 400, __type: 'UnknownOperationException' });
    expect(await post('toString', '{}')).toMatchObject({ status: 400, __type: 'UnknownOperationException' });
    expect(await post('StartExecution', '{')).toMatchObject({ status: 400, __type: 'SerializationException' });
    expect(await post('StartExecution', '{}')).toMatchObject({ status: 400, __type: 'ValidationException' });
    expect(await post('StartExecution', JSON.stringify('x'.repeat(2 ** 21)))).toMatchObject({
      status: 400,
      __type: 'ValidationException',
    });
  });
});
