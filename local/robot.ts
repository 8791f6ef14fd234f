import { setTimeout as sleep } from 'node:timers/promises';
import { forEachConcurrently } from '../core/platform/concurrently.ts';
import type { WorkStage } from '../core/warehouse/schema.ts';
import type { ApiClient, WorkItem } from './api-client.ts';
import { ApiProblem } from './api-errors.ts';
import { packCartons } from './cartons.ts';

const CONFIRMATIONS_AT_ONCE = 8;
/** Of each stage before the next one's turn: work moves on evenly. */
const TASKS_A_TURN = 24;
/** Between two looks at the lists when the last found nothing to do. */
const PAUSE_MS = 100;
/** What is nearly done first: so orders leave while others come in. */
const STAGES: readonly WorkStage[] = ['ship', 'pack', 'pick'];
const CARRIER = 'Robot Post';

/**
 * A warehouse that does all that there is to do: it looks for open work through the API and confirms that everything was picked, packed
 * and handed to the carrier. When the API goes out of reach it stops, and whoever waits for it hears of that.
 */
export class Robot {
  /** Confirmations so far. */
  readonly confirmed: Record<WorkStage, number> = { pick: 0, pack: 0, ship: 0 };
  readonly #api: ApiClient;
  readonly #onRefused: (why: string) => void;
  readonly #stopping = new AbortController();
  /** What the API refused once, such as a shipment that was cancelled meanwhile, is not tried again. */
  readonly #refused = new Set<string>();
  /** Those who wait for a round in which there was nothing to do. */
  #waiting: (() => void)[] = [];
  /** Resolves when the robot has been stopped and the confirmations under way are through; rejects when the API is out of reach. */
  readonly stopped: Promise<void>;

  /** Begins at once. `onRefused` hears of each confirmation that the API did not take. */
  constructor(api: ApiClient, onRefused: (why: string) => void = () => {}) {
    this.#api = api;
    this.#onRefused = onRefused;
    this.stopped = this.#work();
    // Whoever asks hears of it; until somebody does, it is no unhandled rejection.
    this.stopped.catch(() => {});
  }

  /** Resolves when a look at all lists that began after the call has found nothing to do, or when the robot was stopped. */
  idle(): Promise<void> {
    const nothingToDo = new Promise<void>((resolve) => this.#waiting.push(resolve));
    return Promise.race([nothingToDo, this.stopped]);
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    return this.stopped;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const asked = this.#waiting.splice(0);
      if (await this.#round()) {
        this.#waiting.push(...asked);
        continue;
      }
      for (const resolve of asked) resolve();
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** Works off each list as it is now; says whether there was anything to do. */
  async #round(): Promise<boolean> {
    let wasBusy = false;
    for (const stage of STAGES) {
      await forEachConcurrently(this.#todo(stage), CONFIRMATIONS_AT_ONCE, async (item) => {
        wasBusy = true;
        await this.#confirm(stage, item);
      });
    }
    return wasBusy;
  }

  async *#todo(stage: WorkStage): AsyncGenerator<WorkItem> {
    let left = TASKS_A_TURN;
    for await (const item of this.#api.work(stage, TASKS_A_TURN)) {
      if (this.#stopping.signal.aborted) return;
      if (this.#refused.has(taskOf(stage, item))) continue;
      yield item;
      if (--left === 0) return;
    }
  }

  async #confirm(stage: WorkStage, item: WorkItem): Promise<void> {
    try {
      await this.#send(stage, item);
      this.confirmed[stage]++;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (error.status < 500) this.#refused.add(taskOf(stage, item));
      this.#onRefused(`${taskOf(stage, item)}: ${error.message}`);
    }
  }

  /** The same shipment is always confirmed with the same words, so that a repeat is known as one. */
  #send(stage: WorkStage, { shipmentId, lines }: WorkItem): Promise<unknown> {
    switch (stage) {
      case 'pick':
        return this.#api.confirmPick(shipmentId, {
          lines: lines.map(({ sku, quantity }) => ({ sku, picked: quantity })),
        });
      case 'pack':
        return this.#api.confirmPack(shipmentId, { cartons: packCartons(lines) });
      case 'ship':
        return this.#api.confirmShip(shipmentId, { carrier: CARRIER, trackingNumber: `RP-${shipmentId}` });
    }
  }
}

function taskOf(stage: WorkStage, { shipmentId }: WorkItem): string {
  return `${stage} ${shipmentId}`;
}
