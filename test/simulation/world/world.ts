import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, randomUUID } from 'node:crypto';
import { createApi } from '../../../core/http/api.ts';
import { OrderedTopic } from '../../../core/platform/ordered-topic.ts';
import type { Services } from '../../../core/platform/services.ts';
import { Table } from '../../../core/platform/table/table.ts';
import { Topic } from '../../../core/platform/topic.ts';
import { Workflow } from '../../../core/platform/workflow.ts';
import { recordChanged } from '../../../core/reactors/record-changed.ts';
import { stockChanged } from '../../../core/reactors/stock-changed.ts';
import { type Repairs, sweep } from '../../../core/reactors/sweep.ts';
import { type Breach, Ledger } from '../model/ledger.ts';
import { Actor } from './actor.ts';
import type { Commit } from './commits.ts';
import { asDocumentClient, type Command, type Sender } from './document-wire.ts';
import { connectionLost, drawFault, type Fault, type FaultRates, NO_FAULTS, refusal } from './faults.ts';
import { type Call, Gate } from './gate.ts';
import type { FreshTable } from './house.ts';
import { Random } from './random.ts';
import { GOOD_HABITS, type StreamHabits, StreamLanes } from './stream-lanes.ts';
import { Timeline } from './timeline.ts';
import { STATE_MACHINE, WorkflowHost } from './workflow-host.ts';

const START_MS = Date.parse('2026-01-01T00:00:00.000Z');
const ALERTS = 'arn:aws:sns:us-east-1:000000000000:alerts';
const EVENTS = 'arn:aws:sns:us-east-1:000000000000:events.fifo';

export interface Weather {
  readonly faults: FaultRates;
  readonly stream: StreamHabits;
}

export const CALM: Weather = { faults: NO_FAULTS, stream: GOOD_HABITS };

/** What happens in a world, in the order in which it does. */
export interface Witness {
  /** Something that a reader of the story wants to know. */
  tell(at: Date, line: string): void;
  commit(at: Date, commit: Commit): void;
}

export interface WorldOptions {
  readonly seed: string;
  readonly table: FreshTable;
  readonly witness: Witness;
  /** A world that needs more does not come to rest. */
  readonly mostCalls: number;
  /** The faults that may happen; left out, all that are drawn. */
  readonly onlyFaults?: ReadonlySet<string> | undefined;
}

/** A promise was broken. What comes after is of no interest. */
export class PromiseBroken extends Error {
  override name = 'PromiseBroken';
  readonly breaches: readonly Breach[];

  constructor(breaches: readonly Breach[]) {
    super(breaches.map(({ promise, detail }) => `${promise}: ${detail}`).join('\n'));
    this.breaches = breaches;
  }
}

interface OutgoingMessage {
  readonly Message: string;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
}

/** One message, or several in one request. */
interface PublishInput extends OutgoingMessage {
  readonly TopicArn: string;
  readonly PublishBatchRequestEntries?: readonly OutgoingMessage[];
}

/** A message that left the house. */
export interface Published extends OutgoingMessage {
  readonly TopicArn: string;
}

/**
 * All of Fillrate on a clock of its own, where nothing happens but what the seed says: the business, the state machine on its engine, the
 * stream, the sweeper, and the real database, to which one call at a time is let through.
 */
export class World {
  readonly timeline = new Timeline(START_MS);
  readonly random: Random;
  readonly ledger = new Ledger();
  readonly host: WorkflowHost;
  readonly published: Published[] = [];
  /** The faults that have happened. */
  readonly faults: Fault[] = [];
  weather: Weather = CALM;
  calls = 0;
  readonly #options: WorldOptions;
  readonly #gate: Gate<Actor>;
  readonly #lanes: StreamLanes[];
  readonly #hash = createHash('sha256');
  readonly #living = new Set<Actor>();
  #broken: Error | undefined;
  #sweeps = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.random = new Random(options.seed);
    this.#gate = new Gate((call) => this.#plan(call));
    this.host = new WorkflowHost({
      clock: this.timeline,
      random: this.random.fork('engine'),
      invoke: (name, work) => this.act(name, 'workflow', work),
      onFault: (error) => this.fail(error),
    });
    this.#lanes = [this.#lane('on-stock-change'), this.#lane('on-record')];
  }

  get broken(): Error | undefined {
    return this.#broken;
  }

  /** The same for the same seed: every call with its time, its caller and its outcome. */
  get trace(): string {
    return this.#hash.copy().digest('hex');
  }

  get isStreamIdle(): boolean {
    return this.#lanes.every((lane) => lane.isIdle);
  }

  now(): Date {
    return this.timeline.now();
  }

  tell(line: string): void {
    this.#options.witness.tell(this.now(), line);
  }

  /** Ends the world: something that must not happen has happened. */
  fail(error: unknown): void {
    this.#broken ??= error instanceof Error ? error : new Error(String(error));
  }

  breach(breaches: readonly Breach[]): void {
    if (breaches.length > 0) this.fail(new PromiseBroken(breaches));
  }

  /** Lets time pass. @throws whatever has broken the world */
  async pass(ms: number, isOver: () => boolean = () => false): Promise<void> {
    await this.timeline.pass(ms, () => this.#broken !== undefined || isOver());
    if (this.#broken) throw this.#broken;
  }

  /** Somebody does something, and may die of it. @throws Died */
  async act<Answer>(
    name: string,
    role: string,
    work: (services: Services, actor: Actor) => Promise<Answer>,
  ): Promise<Answer> {
    const actor = new Actor(name, this.random.fork(name));
    this.#living.add(actor);
    try {
      return await actor.live(work(this.#services(actor, role), actor));
    } finally {
      this.#living.delete(actor);
    }
  }

  /** A request to the API. @throws Died, or where the connection is lost */
  request(name: string, path: string, init: RequestInit): Promise<Response> {
    return this.act(name, 'api', async (services) => serving.run(services, () => api.request(path, init)));
  }

  /** StartExecution, as another order system calls it. */
  startExecution(name: string, executionName: string, input: object): Promise<boolean> {
    return this.act(name, 'shop', (_, actor) => this.#workflow(actor).start(executionName, input, this.now()));
  }

  async sweep(): Promise<Repairs | undefined> {
    try {
      return await this.act(`sweep #${++this.#sweeps}`, 'sweeper', (services, actor) =>
        sweep(services, this.#workflow(actor)),
      );
    } catch {
      return undefined;
    }
  }

  /** The process that runs the engine and its functions is killed, and started again. */
  kill(lost: number): void {
    for (const actor of this.#living) if (!actor.name.startsWith('request')) actor.die();
    this.host.restart(lost);
  }

  /** Services that nothing happens to, for who looks on from outside. */
  observer(): Services {
    return this.#servicesOn(this.#options.table.client, 'observer', this.random.fork('observer'), async () => {});
  }

  #lane(functionName: 'on-stock-change' | 'on-record'): StreamLanes {
    return new StreamLanes({
      functionName,
      timeline: this.timeline,
      random: this.random.fork(functionName),
      habits: () => this.weather.stream,
      deliver: (name, handle) =>
        this.act(name, 'stream', (services, actor) =>
          handle(
            functionName === 'on-stock-change'
              ? stockChanged(services, this.#workflow(actor))
              : recordChanged(services, this.#topics(actor)),
          ),
        ),
    });
  }

  #workflow(actor: Actor): Workflow {
    return new Workflow(this.#gate.guard(actor, this.host.client) as never, STATE_MACHINE);
  }

  #topics(actor: Actor): Parameters<typeof recordChanged>[1] {
    const outbox: Sender = {
      send: async ({ input }) => {
        const { TopicArn, PublishBatchRequestEntries, ...alone } = input as PublishInput;
        const messages = PublishBatchRequestEntries ?? [alone];
        for (const message of messages) this.published.push({ TopicArn, ...message });
        return {};
      },
    };
    const client = this.#gate.guard(actor, outbox) as never;
    return { alerts: new Topic(client, ALERTS), events: new OrderedTopic(client, EVENTS) };
  }

  #services(actor: Actor, role: string): Services {
    const backOff = (attempt: number) => this.timeline.sleep(actor.random.between(1, 8 * 2 ** Math.min(attempt, 5)));
    return this.#servicesOn(this.#gate.guard(actor, this.#options.table.client), role, actor.random, backOff);
  }

  #servicesOn(client: Sender, actor: string, random: Random, backOff: (attempt: number) => Promise<void>): Services {
    const newId = () => `${this.timeline.nowMs.toString(36).padStart(9, '0')}-${random.hex(10)}`;
    return {
      table: new Table(asDocumentClient(client), this.#options.table.tableName, backOff),
      now: () => this.now(),
      newId,
      newSecret: () => random.hex(32),
      promises: { handlingHours: 24, toleranceHours: 24 },
      actor,
    };
  }

  /** A call takes some milliseconds on its way, now and then many: in which order calls arrive is up to chance. */
  #plan(call: Call<Actor>): void {
    const { random } = call.caller;
    const latencyMs = random.chance(0.03) ? random.between(100, 3000) : random.between(1, 12);
    this.timeline.setTimeout(() => this.#let(call), latencyMs);
  }

  async #let(call: Call<Actor>): Promise<void> {
    const { caller, command, name } = call;
    call.leave();
    if (caller.isDead) return;
    if (++this.calls > this.#options.mostCalls) this.fail(new Error(`the world does not come to rest: ${name}`));
    const drawn = drawFault(caller.random, this.weather.faults, command);
    const { onlyFaults } = this.#options;
    const kind = drawn && (onlyFaults === undefined || onlyFaults.has(name)) ? drawn : undefined;
    if (kind) {
      this.faults.push({ call: name, kind });
      this.tell(`  ! ${kind}: ${name} (${command.constructor.name.replace('Command', '')})`);
    }
    const input = JSON.stringify(command.input).replaceAll(this.#options.table.tableName, 'table');
    const outcome = await this.#make(call, kind);
    this.#hash.update(`${this.timeline.nowMs} ${name} ${kind ?? ''} ${input} ${outcome}\n`);
    await this.#look();
  }

  async #make(call: Call<Actor>, kind: Fault['kind'] | undefined): Promise<string> {
    const { caller, command, answer } = call;
    switch (kind) {
      case 'lost':
        answer.reject(connectionLost());
        return kind;
      case 'throttled':
      case 'conflict':
        answer.reject(refusal(kind, command));
        return kind;
      case 'died-before':
        caller.die();
        return kind;
      case 'answer-lost':
        return settle(call.make(), () => answer.reject(connectionLost()));
      case 'died-after':
        return settle(call.make(), () => caller.die());
      case 'sent-twice':
        identify(command);
        await call.make().catch(() => {});
    }
    const made = call.make();
    return settle(made, () => void made.then(answer.resolve, answer.reject));
  }

  /** Looks at what has been committed, and hands it to the stream. */
  async #look(): Promise<void> {
    for (const commit of await this.#options.table.commits.read()) {
      this.#options.witness.commit(this.now(), commit);
      this.breach(this.ledger.add(commit));
      for (const lane of this.#lanes) lane.add(commit);
    }
  }
}

/** The API is built once, as that takes longer than many a request; each request has services of its own. */
const serving = new AsyncLocalStorage<Services>();
const api = createApi({
  services: new Proxy({} as Services, {
    get: (_, name) => serving.getStore()?.[name as keyof Services],
    ownKeys: () => Reflect.ownKeys(serving.getStore() ?? {}),
    getOwnPropertyDescriptor: (_, name) => Reflect.getOwnPropertyDescriptor(serving.getStore() ?? {}, name),
  }),
});

async function settle(made: Promise<object>, then: () => void): Promise<string> {
  const outcome = await made.then(
    () => 'done',
    (error: Error) => error.name,
  );
  then();
  return outcome;
}

/** The SDK gives a transaction that it sends again the token of the first time. The database remembers tokens of other worlds, too. */
function identify({ constructor: { name }, input }: Command): void {
  if (name === 'TransactWriteCommand') Object.assign(input, { ClientRequestToken: randomUUID() });
}
