import { readFileSync } from 'node:fs';
import { GetExecutionHistoryCommand, SendTaskFailureCommand, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { functionArn, type Handler } from '../../local/engine/engine.ts';
import { type Harness, startHarness, until } from '../local/engine/harness.ts';
import { ManualClock } from '../local/engine/manual-clock.ts';

const definition = readFileSync(new URL('../../statemachines/order-fulfillment.asl.json', import.meta.url), 'utf8');
const substitutions = {
  ReserveStock: functionArn('reserve-stock'),
  OpenTask: functionArn('open-task'),
  OpenBackorder: functionArn('open-backorder'),
  ReleaseStock: functionArn('release-stock'),
};

export interface Task {
  shipmentId: string;
  stage: 'backorder' | 'pick' | 'pack' | 'ship';
  token: string;
}

/** An error that a function throws by name, which is all that the workflow sees of it. */
export class Refusal extends Error {
  constructor(name: string, message = 'as the test wants it') {
    super(message);
    this.name = name;
  }
}

/** The workflow of a shipment with functions that answer as a test says, on a clock that a test moves. */
export class ShipmentWalk {
  readonly clock = new ManualClock('2026-11-24T08:00:00.000Z');
  /** Every task that was opened, in order. */
  readonly tasks: Task[] = [];
  /** What ReleaseStock was called with, where it did not fail. */
  readonly released: object[] = [];
  reserve: (event: { executionName: string; input: object }) => object = () => ({});
  openTask: (task: Task) => void | Promise<void> = () => {};
  openBackorder: () => object = () => ({ openedShipmentId: 'A1-2' });
  release: (event: { end: string }) => object = (event) => ({ status: event.end });
  local!: Harness;

  async start(): Promise<void> {
    const functions: Record<string, Handler> = {
      'reserve-stock': async (event: { executionName: string; input: object }) => this.reserve(event),
      'open-task': async (task: Task) => {
        this.tasks.push(task);
        await this.openTask(task);
      },
      'open-backorder': async () => this.openBackorder(),
      'release-stock': async (event: { end: string }) => {
        const answer = this.release(event);
        this.released.push(event);
        return answer;
      },
    };
    // Half of each delay: full jitter would allow anything from 0.
    const random = { fraction: () => 0.5, uuid: () => crypto.randomUUID() };
    const stateMachines = [{ name: 'orders', definition, substitutions }];
    this.local = await startHarness({ stateMachines, clock: this.clock, random }, functions);
  }

  /** Has ReserveStock answer so, for a shipment that may wait six days. */
  reserves(outcome: string): void {
    this.reserve = () => ({ outcome, shipmentId: 'A1-1', waitUntil: '2026-11-30T08:00:00.000Z' });
  }

  place(input: object = { shipment: { shipmentId: 'A1-1', orderId: 'A1' } }): Promise<string> {
    return this.local.start('A1-1', input);
  }

  /** Waits until there have been `count` tasks of a stage. */
  async taskOf(stage: Task['stage'], count = 1): Promise<Task> {
    const opened = () => this.tasks.filter((task) => task.stage === stage);
    await until(() => opened().length === count);
    return opened().at(-1) as Task;
  }

  confirm(task: Task): Promise<unknown> {
    return this.local.client.send(new SendTaskSuccessCommand({ taskToken: task.token, output: '{}' }));
  }

  refuse(task: Task, error: string): Promise<unknown> {
    const cause = 'so it was said';
    return this.local.client.send(new SendTaskFailureCommand({ taskToken: task.token, error, cause }));
  }

  async walk(...stages: Task['stage'][]): Promise<void> {
    for (const stage of stages) await this.confirm(await this.taskOf(stage));
  }

  async statesOf(executionArn: string): Promise<string[]> {
    const command = new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 });
    const { events = [] } = await this.local.client.send(command);
    return events.flatMap((event) => event.stateEnteredEventDetails?.name ?? []);
  }

  async lastEvent(executionArn: string): Promise<string | undefined> {
    const command = new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 });
    return (await this.local.client.send(command)).events?.[0]?.type;
  }

  /** Lets the time of every retry come, until the execution ends. */
  async exhaustRetries(arn: string) {
    while ((await this.local.describe(arn)).status === 'RUNNING') {
      if (['TaskFailed', 'EvaluationFailed'].includes((await this.lastEvent(arn)) ?? '')) this.clock.advance(300);
    }
    return this.local.describe(arn);
  }
}
