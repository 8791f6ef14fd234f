import { readFileSync } from 'node:fs';
import { ExecutionAlreadyExists, InvalidToken, TaskDoesNotExist, TaskTimedOut } from '@aws-sdk/client-sfn';
import { OpenBackorder, openBackorder } from '../../../core/backorders/split.ts';
import { OpenTask, openTask } from '../../../core/orders/tasks.ts';
import type { Services } from '../../../core/platform/services.ts';
import { ReleaseStock, releaseStock } from '../../../core/reservations/release.ts';
import { ReserveStock, reserveStock } from '../../../core/reservations/reserve.ts';
import { task } from '../../../functions/support/task.ts';
import { assemble } from '../../../local/engine/assemble.ts';
import type { Clock, Handler } from '../../../local/engine/engine.ts';
import { functionArn, stateMachineArn } from '../../../local/engine/engine.ts';
import { Executions } from '../../../local/engine/executions.ts';
import { loadMachine } from '../../../local/engine/machine.ts';
import { executionArn } from '../../../local/engine/names.ts';
import type { Command, Sender } from './document-wire.ts';
import type { Random } from './random.ts';
import { RecordingJournal } from './recording-journal.ts';

const WORKFLOW = 'order-fulfillment';
export const STATE_MACHINE = stateMachineArn(WORKFLOW);

/** Compiled once: it holds nothing of any execution. */
const machine = loadMachine({
  name: WORKFLOW,
  definition: readFileSync(new URL('../../../statemachines/order-fulfillment.asl.json', import.meta.url), 'utf8'),
  substitutions: {
    ReserveStock: functionArn('reserve-stock'),
    OpenTask: functionArn('open-task'),
    OpenBackorder: functionArn('open-backorder'),
    ReleaseStock: functionArn('release-stock'),
  },
});

/** The workflow's functions, as `functions/` has them, on services that are handed in. */
const FUNCTIONS: Record<string, (services: Services) => (event: unknown) => Promise<unknown>> = {
  'reserve-stock': (services) => task(ReserveStock, (input) => reserveStock(services, input)),
  'open-task': (services) => task(OpenTask, (input) => openTask(services, input)),
  'open-backorder': (services) => task(OpenBackorder, (input) => openBackorder(services, input)),
  'release-stock': (services) => task(ReleaseStock, (input) => releaseStock(services, input)),
};

/** Calls a function for somebody of this name, who may die of it. */
type Invoke = (name: string, work: (services: Services) => Promise<unknown>) => Promise<unknown>;

interface HostOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly invoke: Invoke;
  readonly onFault: (error: unknown) => void;
}

/** The real state machine on the real engine, which can be killed and comes back from its journal. */
export class WorkflowHost {
  readonly #options: HostOptions;
  readonly #journal = new RecordingJournal();
  readonly #calls = new Map<string, number>();
  #executions = new Executions();
  #engine: ReturnType<typeof assemble>;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#engine = this.#start();
  }

  /** Executions by name, with the status and, of those that run, the state that they are in. */
  executions(): { name: string; status: string; state: string | undefined }[] {
    return this.#executions.all.map(({ name, status, running }) => ({ name, status, state: running?.root.state }));
  }

  /** Step Functions' client, in the same process. */
  readonly client: Sender = {
    send: async (command: Command) => {
      const operation = command.constructor.name.replace(/Command$/, '');
      try {
        const { startDate, ...answer } = (await this.#engine.perform(operation, command.input)) as {
          startDate?: number;
        };
        return { ...answer, ...(startDate !== undefined && { startDate: new Date(startDate * 1000) }) };
      } catch (error) {
        throw asSdkError(error as Error);
      }
    },
  };

  async stopExecution(name: string): Promise<void> {
    await this.#engine.perform('StopExecution', { executionArn: executionArn(WORKFLOW, name) });
  }

  /** Kills the engine, with what it had not yet made durable, and starts it again. */
  restart(lost: number): void {
    this.#engine.stop();
    this.#executions = this.#journal.recover(Math.min(lost, this.#journal.unflushed));
    this.#engine = this.#start();
  }

  stop(): void {
    this.#engine.stop();
  }

  #start(): ReturnType<typeof assemble> {
    const { clock, random, onFault } = this.#options;
    const engine = assemble({
      machines: [machine],
      journal: this.#journal,
      executions: this.#executions,
      clock,
      random: { fraction: () => random.fraction(), uuid: () => random.hex(32) },
      onFault,
    });
    for (const [name, make] of Object.entries(FUNCTIONS)) engine.registerFunction(name, this.#handler(name, make));
    engine.run();
    return engine;
  }

  #handler(name: string, make: (services: Services) => (event: unknown) => Promise<unknown>): Handler {
    return (event: { shipmentId?: string; executionName?: string; stage?: string }) => {
      const about = `${name} ${event.stage ?? ''} ${event.shipmentId ?? event.executionName}`.replace('  ', ' ');
      const calls = (this.#calls.get(about) ?? 0) + 1;
      this.#calls.set(about, calls);
      return this.#options.invoke(`${about} #${calls}`, (services) => make(services)(event));
    };
  }
}

const ERRORS = { ExecutionAlreadyExists, InvalidToken, TaskDoesNotExist, TaskTimedOut };

function asSdkError(error: Error): Error {
  const { name, message } = error;
  const SdkError = Object.hasOwn(ERRORS, name) ? ERRORS[name as keyof typeof ERRORS] : undefined;
  return SdkError ? new SdkError({ message, $metadata: {} }) : error;
}
