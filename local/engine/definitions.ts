import type { Execution } from './execution.ts';
import type { Executions } from './executions.ts';
import type { Journal } from './journal.ts';
import { loadMachine, type Machine } from './machine.ts';

/** What an ARN names: a machine as a version has it, and which version that is. */
export interface Published {
  readonly machine: Machine;
  readonly version: number;
}

/**
 * The state machines as they are given now, and as they were when executions began that still run. A definition that has changed since the
 * journal was written last is published as the next version; the alias, like the bare ARN, always means the newest.
 */
export class Definitions {
  readonly #current = new Map<string, Published>();
  /** Compiled versions that are not current, as `name:version`. */
  readonly #earlier = new Map<string, Machine>();
  readonly #executions: Executions;

  /** @throws InvalidDefinition for a version that somebody runs on and that cannot be run any more. */
  constructor(machines: readonly Machine[], executions: Executions, journal: Journal, now: Date) {
    this.#executions = executions;
    for (const machine of machines) {
      const version = publish(machine, executions, journal, now);
      this.#current.set(machine.name, { machine, version });
    }
    for (const execution of executions.all) if (execution.running !== undefined) this.of(execution);
  }

  /** The machine as an execution began with it; undefined where it is not given any more. */
  of({ machine: name, version }: Execution): Machine | undefined {
    const current = this.#current.get(name);
    return current === undefined || version === undefined || version === current.version
      ? current?.machine
      : this.#earlierVersion(current.machine, version);
  }

  all(): Iterable<Published> {
    return this.#current.values();
  }

  /** What an ARN means that may end with a version or the machine's alias. */
  named(arn: string): Published | undefined {
    for (const current of this.#current.values()) {
      const { machine } = current;
      if (arn === machine.arn || (machine.alias !== undefined && arn === `${machine.arn}:${machine.alias}`)) {
        return current;
      }
      if (!arn.startsWith(`${machine.arn}:`)) continue;
      const version = Number(arn.slice(machine.arn.length + 1));
      if (version === current.version) return current;
      const isThere = this.#executions.definitionOf(machine.name, version) !== undefined;
      return isThere ? { machine: this.#earlierVersion(machine, version), version } : undefined;
    }
    return undefined;
  }

  #earlierVersion({ name, roleArn }: Machine, version: number): Machine {
    const key = `${name}:${version}`;
    const known = this.#earlier.get(key);
    if (known !== undefined) return known;
    const definition = this.#executions.definitionOf(name, version);
    if (definition === undefined) throw new Error(`the journal has lost version ${version} of "${name}"`);
    const machine = loadMachine({ name, definition, roleArn });
    this.#earlier.set(key, machine);
    return machine;
  }
}

/** Keeps a machine's definition in the journal, unless the newest there is the same. @returns its version */
function publish({ name, definition }: Machine, executions: Executions, journal: Journal, now: Date): number {
  const newest = executions.newestVersion(name);
  if (newest > 0 && executions.definitionOf(name, newest) === definition) return newest;
  const version = newest + 1;
  const record = { kind: 'published', machine: name, version, definition, at: now.getTime(), execution: -1 } as const;
  executions.apply(record);
  journal.append(undefined, record);
  return version;
}
