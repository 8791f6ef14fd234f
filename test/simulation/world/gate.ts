import type { Command, Sender } from './document-wire.ts';

/** Somebody who makes calls: a request to the API, an invocation of a function, a delivery of the stream. */
export interface Caller {
  readonly name: string;
}

const READS = new Set(['GetCommand', 'BatchGetCommand', 'QueryCommand', 'ScanCommand']);

/** A call that waits to be let through. */
export interface Call {
  /** The caller's name, with the number of the call. */
  readonly name: string;
  readonly isRead: boolean;
  readonly caller: Caller;
  readonly command: Command;
  /** Makes the call, and hands its answer or its error to the caller. Resolves when the caller has it. */
  pass(): Promise<void>;
  /** Hands the caller something else. `after` says whether the call is made before. */
  fail(error: Error, when: 'before' | 'after'): Promise<void>;
}

/**
 * Lets calls to the database, or to anything else with a `send`, through one at a time. A caller that has to wait for anything else than
 * such a call must not be behind a gate: between two calls everything that can happen happens, before the next is let through.
 */
export class Gate {
  readonly #waiting: Call[] = [];
  readonly #onArrival: (call: Call) => void;

  /** `onArrival` hears of each call that comes to wait. */
  constructor(onArrival: (call: Call) => void = () => {}) {
    this.#onArrival = onArrival;
  }

  /** The calls that wait, in the order of their coming. */
  get waiting(): readonly Call[] {
    return this.#waiting;
  }

  /** The client with the gate before it. */
  guard<Sent extends Command>(caller: Caller, client: Sender<Sent>): Sender<Sent> {
    let calls = 0;
    return {
      send: (command) => {
        const answer = Promise.withResolvers<object>();
        const leave = () => this.#waiting.splice(this.#waiting.indexOf(call), 1);
        const call: Call = {
          name: `${caller.name} ${++calls}`,
          isRead: READS.has(command.constructor.name),
          caller,
          command,
          pass: async () => {
            leave();
            await client.send(command).then(answer.resolve, answer.reject);
          },
          fail: async (error, when) => {
            leave();
            if (when === 'after') await client.send(command).catch(() => {});
            answer.reject(error);
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
