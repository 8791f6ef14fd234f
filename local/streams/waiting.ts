/** Wakes everybody who waits for something to change. Check the condition, then wait, in one go: nothing is missed. */
export class Signal {
  #next = Promise.withResolvers<void>();

  wait(): Promise<void> {
    return this.#next.promise;
  }

  raise(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }
}

/** Sleep that can be cut short. Being woken while awake makes the next sleep end at once. */
export class Sleeper {
  #wakeUp: (() => void) | undefined;
  #isWoken = false;

  async sleep(ms: number): Promise<void> {
    if (!this.#isWoken) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      this.#wakeUp = resolve;
      await promise;
      clearTimeout(timer);
      this.#wakeUp = undefined;
    }
    this.#isWoken = false;
  }

  wake(): void {
    this.#isWoken = true;
    this.#wakeUp?.();
  }
}
