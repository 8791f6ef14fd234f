export interface Throttle {
  readonly ratePerSecond: number;
  /** How many may come at once. */
  readonly burst: number;
}

/** Lets a number of requests pass a second, and some more at once when it was quiet before: API Gateway throttles so. */
export class TokenBucket {
  readonly #throttle: Throttle;
  readonly #milliseconds: () => number;
  #tokens: number;
  #filledAt: number;

  /** @param milliseconds a clock that never goes back */
  constructor(throttle: Throttle, milliseconds: () => number = () => performance.now()) {
    this.#throttle = throttle;
    this.#milliseconds = milliseconds;
    this.#tokens = throttle.burst;
    this.#filledAt = milliseconds();
  }

  /** Zero, and one request may pass; or after how many seconds one may. */
  take(): number {
    const { ratePerSecond, burst } = this.#throttle;
    const now = this.#milliseconds();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) / 1000) * ratePerSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) return (1 - this.#tokens) / ratePerSecond;
    this.#tokens -= 1;
    return 0;
  }
}
