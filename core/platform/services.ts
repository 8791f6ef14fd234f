import type { Clock, NewId } from './clock.ts';
import type { Table } from './table/table.ts';

/** What every part of the business works with. */
export interface Services {
  readonly table: Table;
  readonly now: Clock;
  readonly newId: NewId;
  /** Who acts, as movements and the timeline record it: `workflow`, `stream`, or an API client's name. */
  readonly actor: string;
}
