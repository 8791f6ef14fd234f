import { audit } from '../../core/audit/audit.ts';
import { Accounts } from './model/accounts.ts';
import type { Evidence } from './model/evidence.ts';
import { judge, judgeEnd } from './model/judge.ts';
import { perform } from './perform.ts';
import { type Action, LOCATIONS, type Scenario, VIOLENT } from './scenario.ts';
import type { Row } from './world/commits.ts';
import type { Fault } from './world/faults.ts';
import type { House } from './world/house.ts';
import { CALM, type Witness, World } from './world/world.ts';

const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;

export interface Outcome {
  /** What went wrong; undefined where nothing did. */
  readonly broken: Error | undefined;
  /** The same for the same scenario. */
  readonly trace: string;
  readonly faults: readonly Fault[];
  readonly orders: number;
  readonly calls: number;
  readonly days: number;
}

interface RunOptions {
  readonly witness?: Witness;
  readonly onlyFaults?: ReadonlySet<string> | undefined;
  readonly through?: 'socket' | 'sdk';
}

/** Some five times as many as worlds take. */
function mostCallsOf({ actions }: Scenario): number {
  return 5_000 + 120 * actions.length;
}

const NOBODY: Witness = { tell: () => {}, commit: () => {} };

/** Lets a scenario happen, in a world of its own, and compares the books at each checkpoint and at the end. */
export async function run(
  house: House,
  scenario: Scenario,
  { witness = NOBODY, onlyFaults, through }: RunOptions = {},
): Promise<Outcome> {
  const table = await house.freshTable(through);
  const world = new World({ seed: scenario.seed, table, witness, onlyFaults, mostCalls: mostCallsOf(scenario) });
  const startMs = world.timeline.nowMs;
  const play = new Run(world, scenario);
  try {
    await play.toTheEnd();
  } catch (error) {
    world.fail(error);
  }
  world.host.stop();
  await table.drop();
  const { broken, trace, faults, calls } = world;
  const days = Math.round((world.timeline.nowMs - startMs) / DAY_MS);
  return { broken, trace, faults, orders: play.accounts.orders.length, calls, days };
}

class Run {
  readonly world: World;
  readonly accounts = new Accounts();
  readonly #scenario: Scenario;
  readonly #underWay = new Set<Action>();
  #isHealthy: boolean;

  constructor(world: World, scenario: Scenario) {
    this.world = world;
    this.#scenario = scenario;
    this.#isHealthy = scenario.weather === CALM && !scenario.actions.some(({ kind }) => VIOLENT.has(kind));
  }

  async toTheEnd(): Promise<void> {
    const { world } = this;
    const { weather, actions } = this.#scenario;
    world.weather = weather;
    for (const action of actions) {
      await world.pass(action.afterMs);
      if (action.kind === 'checkpoint') await this.#checkpoint();
      else this.#begin(action);
      world.weather = weather;
    }
    await this.#checkpoint();
    world.breach(judgeEnd(await this.#finish()));
    if (world.broken) throw world.broken;
  }

  #begin(action: Action): void {
    this.#underWay.add(action);
    perform(this, action)
      .catch((error) => this.world.fail(error))
      .finally(() => this.#underWay.delete(action));
  }

  /** The warehouse works off what it can. Who then still waits does so for up to a year, and who is picked instead is given up after a month. */
  async #finish(): Promise<Evidence> {
    const stages = ['pick', 'pack', 'ship'] as const;
    let id = 1_000_000;
    for (let round = 0; round < 3; round++) {
      for (const stage of stages) {
        for (const location of LOCATIONS)
          this.#begin({ kind: 'work', stage, location, short: 0, id: id++, afterMs: 0 });
        await this.world.pass(HOUR_MS, () => false);
      }
    }
    await this.world.pass(400 * DAY_MS);
    return this.#checkpoint();
  }

  async #checkpoint(): Promise<Evidence> {
    const { world } = this;
    world.weather = CALM;
    await this.#calmDown();
    world.tell('— all is quiet: the books are compared');
    for (let sweeps = 0; sweeps < 3; sweeps++) {
      let repairs = 0;
      void world.sweep().then((done) => {
        repairs = Object.values(done ?? {}).reduce((sum, count) => sum + count, 0);
      });
      await world.pass(HOUR_MS);
      if (repairs > 0 && this.#isHealthy) throw new Error(`the sweeper repaired ${repairs} things in a healthy world`);
      if (repairs === 0) break;
    }
    const rows = await this.#rows();
    const { violations } = await this.#audit(rows);
    world.breach(violations.map(({ promise, subject, detail }) => ({ promise, detail: `${subject}: ${detail}` })));
    const evidence = this.#evidence(rows);
    world.breach(judge(evidence));
    if (world.broken) throw world.broken;
    return evidence;
  }

  /** Time passes until everybody is done, and for some hours after. */
  async #calmDown(): Promise<void> {
    const { world } = this;
    for (let hours = 0; hours < 48; hours++) {
      await world.pass(HOUR_MS);
      if (hours >= 3 && this.#underWay.size === 0 && world.isStreamIdle) return;
    }
    throw new Error(`not all comes to rest: ${[...this.#underWay].map(({ kind, id }) => `${kind}-${id}`).join(', ')}`);
  }

  async #rows(): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const row of this.world.observer().table.scan<Row>()) rows.push(row);
    return rows;
  }

  /** Audits what was read: reading everything takes longer than anything else. */
  #audit(rows: readonly Row[]) {
    const { table, now } = this.world.observer();
    const scan = async function* () {
      yield* rows;
    };
    return audit({ now, table: { scan, get: (key) => table.get(key) } });
  }

  #evidence(rows: readonly Row[]): Evidence {
    const { world, accounts } = this;
    return { rows, accounts, ledger: world.ledger, executions: world.host.executions(), published: world.published };
  }
}
