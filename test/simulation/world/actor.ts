import type { Random } from './random.ts';

/** Its time was up, or its process is gone. What it called may have happened. */
export class Died extends Error {
  override name = 'Sandbox.Timedout';
}

/** One call of a function, one request to the API, one delivery of the stream: it lives until it is done, or dies on the way. */
export class Actor {
  readonly name: string;
  readonly random: Random;
  readonly #death = Promise.withResolvers<never>();
  isDead = false;

  constructor(name: string, random: Random) {
    this.name = name;
    this.random = random;
    this.#death.promise.catch(() => {});
  }

  die(): void {
    if (this.isDead) return;
    this.isDead = true;
    this.#death.reject(new Died(`${this.name} timed out`));
  }

  /** @throws Died */
  live<Answer>(work: Promise<Answer>): Promise<Answer> {
    work.catch(() => {});
    return Promise.race([work, this.#death.promise]);
  }
}
