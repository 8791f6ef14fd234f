import type { Command, Sender } from './document-wire.ts';

/** Somebody who makes calls: a request to the API, an invocation of a function, a delivery of the stream. */
export interface Caller {
  readonly name: string;
}

const READS = new Set(['GetCommand', 'BatchGetCommand', 'QueryCommand', 'ScanCommand']);

/** A call that waits to be let through. */
export interface Call<Who extends Caller = Caller> {
  /** The caller's name, with the number of the call. */
  readonly name: string;
  readonly isRead: boolean;
  readonly caller: Who;
  readonly command: Command;
  /** Makes the call, and hands its answer or its error to the caller. */
  pass(): Promise<void>;
  /** Makes the call, and hands the answer to whoever asks. Can be done twice. */
  make(): Promise<object>;
  /** Hands the caller the answer that another way has brought. */
  readonly answer: Pick<PromiseWithResolvers<object>, 'resolve' | 'reject'>;
  /** Takes it off the list of those that wait. */
  leave(): void;
}

/**
 * Lets calls to the database, or to anything else with a `send`, through one at a time. A caller that has to wait for anything else than
 * such a call must not be behind a gate: between two calls everything that can happen happens, before the next is let through.
 */
export class Gate<Who extends Caller = Caller> {
  readonly #waiting: Call<Who>[] = [];
  readonly #calls = new WeakMap<Who, number>();
  readonly #onArrival: (call: Call<Who>) => void;

  /** `onArrival` hears of each call that comes to wait. */
  constructor(onArrival: (call: Call<Who>) => void = () => {}) {
    this.#onArrival = onArrival;
  }

  /** The calls that wait, in the order of their coming. */
  get waiting(): readonly Call<Who>[] {
    return this.#waiting;
  }

  #count(caller: Who): number {
    const calls = (this.#calls.get(caller) ?? 0) + 1;
    this.#calls.set(caller, calls);
    return calls;
  }

  /** The client with the gate before it. */
  guard<Sent extends Command>(caller: Who, client: Sender<Sent>): Sender<Sent> {
    return {
      send: (command) => {
        const answer = Promise.withResolvers<object>();
        const call: Call<Who> = {
          name: `${caller.name} ${this.#count(caller)}`,
          isRead: READS.has(command.constructor.name),
          caller,
          command,
          answer,
          leave: () => void this.#waiting.splice(this.#waiting.indexOf(call), 1),
          make: () => client.send(command),
          pass: async () => {
            call.leave();
            await call.make().then(answer.resolve, answer.reject);
          },
        };
        this.#waiting.push(call);
        this.#onArrival(call);
        return answer.promise;
      },
    };
  }
}

/** Resolves when everything that needs nothing from outside has happened: all callers wait at a gate, or are done. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
