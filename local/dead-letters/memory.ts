import type { DeadLetter, DeadLetters } from './dead-letter.ts';
import { keyOf } from './directory.ts';

/** Dead letters that end with the process. */
export class DeadLetterMemory implements DeadLetters {
  readonly description = 'memory';
  readonly #letters = new Map<string, string>();

  async add(functionName: string, letter: DeadLetter): Promise<void> {
    this.#letters.set(keyOf(functionName, letter), JSON.stringify(letter));
  }

  async *keys(): AsyncIterable<string> {
    yield* [...this.#letters.keys()];
  }

  async read(key: string): Promise<string | undefined> {
    return this.#letters.get(key);
  }

  async remove(key: string): Promise<void> {
    this.#letters.delete(key);
  }
}
