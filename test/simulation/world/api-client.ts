import { Died } from './actor.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** What a client of the API knows in the end. */
export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the body of any route.
  readonly body: any;
}

const MOST_TRIES = 6;

/** A client that keeps trying with the same key, as documented, and gives up at last: then it knows nothing. */
export class ApiClient {
  readonly #world: World;
  readonly #name: string;
  readonly #random: Random;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
    this.#random = world.random.fork(name);
  }

  get(path: string): Promise<Answer | undefined> {
    return this.#send('GET', path, undefined, undefined);
  }

  /** A write with an idempotency key: the client's name, and a word for requests of which it makes several. */
  write(method: string, path: string, body?: unknown, word = ''): Promise<Answer | undefined> {
    return this.#send(method, path, body, `${this.#name}${word}`);
  }

  async #send(method: string, path: string, body: unknown, key: string | undefined): Promise<Answer | undefined> {
    const headers = {
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(key !== undefined && { 'Idempotency-Key': key }),
    };
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    for (let tries = 1; tries <= MOST_TRIES; tries++) {
      const answer = await this.#try(`request ${this.#name} ${method} ${path} try ${tries}`, path, init);
      if (answer && answer.status < 500) {
        this.#world.tell(`${this.#name}: ${method} ${path} ${init.body ?? ''} → ${answer.status}`);
        return answer;
      }
      await this.#world.timeline.sleep(this.#random.between(200, 5000) * tries);
    }
    this.#world.tell(`${this.#name}: ${method} ${path} → gave up`);
    return undefined;
  }

  async #try(name: string, path: string, init: RequestInit): Promise<Answer | undefined> {
    const answer = await this.#world.request(name, path, init).then(
      async (response) => ({ status: response.status, body: await response.json() }),
      (error: Error) => {
        if (error instanceof Died) return undefined;
        throw error;
      },
    );
    const isExcused = this.#world.weather.faults.lost > 0;
    if (answer && answer.status >= 500 && !isExcused) {
      this.#world.fail(new Error(`${name} was answered ${answer.status}: ${JSON.stringify(answer.body)}`));
    }
    // On the way back, too, a connection can break.
    return this.#random.chance(this.#world.weather.faults['answer-lost']) ? undefined : answer;
  }
}
