import type { Options } from './options.ts';
import type { Percentiles } from './percentiles.ts';
import type { Memory } from './process-usage.ts';
import type { Usage } from './usage.ts';

/** What the audit says of the table when all is done. */
export interface AuditResult {
  readonly orders: number;
  readonly rows: number;
  readonly violations: readonly string[];
}

/** From the run that is timed: nothing stands between the system and its database, unless conflicts are wanted. */
export interface Speed {
  readonly orders: number;
  readonly seconds: number;
  readonly ordersPerSecond: number;
  readonly placingMs: Percentiles;
  readonly placedToShippedMs: Percentiles;
  /** Nothing where the operating system does not tell. */
  readonly processorMsPerOrder: { readonly system: number; readonly database: number } | undefined;
  readonly memory: { readonly system: Memory | undefined; readonly database: Memory | undefined };
  /** Requests that the database refused for a conflict; nothing where conflicts were not wanted. */
  readonly conflicts: number | undefined;
  readonly refusedConfirmations: number;
  readonly audit: AuditResult;
}

/** From a run of its own, slowed down by counting. Everything but the first and the last is per order. */
export interface Cost {
  readonly orders: number;
  readonly requests: Usage;
  readonly requestsByOperation: Record<string, Usage>;
  readonly requestsByClient: Record<string, Usage>;
  /** Of the robot's looks at the lists of open work, which are not among the above. */
  readonly workList: Usage;
  readonly transitions: number;
  readonly transitionsByState: Record<string, number>;
  readonly audit: AuditResult;
}

/** From the run in which everybody waits. */
export interface Waiting {
  readonly orders: number;
  readonly placedInSeconds: number;
  readonly memoryWhileWaiting: { readonly system: Memory | undefined; readonly database: Memory | undefined };
  readonly restart: { readonly ms: number; readonly executions: number; readonly memory: Memory | undefined };
  /** How many orders a receipt after the restart was for, and in how many seconds they had shipped. */
  readonly served: { readonly orders: number; readonly seconds: number };
  readonly audit: AuditResult;
}

/** From the run in which dates move. */
export interface Dates {
  readonly lines: number;
  readonly runs: readonly DatesRun[];
  readonly audit: AuditResult;
}

/** One computation of the dates of a whole queue, or of its end. */
export interface DatesRun {
  readonly what: string;
  readonly seconds: number;
  /** Lines whose date was another one before. */
  readonly moved: number;
  readonly requests: Usage;
  readonly requestsByOperation: Record<string, Usage>;
}

export interface Machine {
  readonly processors: string;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
}

export type Results = { readonly startedAt: string; readonly machine: Machine; readonly options: Options } & (
  | { readonly speed: Speed; readonly cost: Cost }
  | { readonly waiting: Waiting }
  | { readonly dates: Dates }
);
