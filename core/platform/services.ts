import type { Clock, NewId } from './clock.ts';
import type { Table } from './table/table.ts';

/** What the merchant has set for promises of a date. */
export interface PromisePolicy {
  /** From the units being there to their leaving the house. */
  readonly handlingHours: number;
  /** A date that moves by no more than this is not worth a message. */
  readonly toleranceHours: number;
}

/** What every part of the business works with. */
export interface Services {
  readonly table: Table;
  readonly now: Clock;
  readonly newId: NewId;
  /** Makes a word that nobody guesses: 128 random bits or more, safe in a URL. */
  readonly newSecret: () => string;
  readonly promises: PromisePolicy;
  /** Who acts, as movements and the timeline record it: `workflow`, `stream`, or an API client's name. */
  readonly actor: string;
}
