import { type Key, kindOf } from '../platform/table/keys.ts';

/** One change of one item, as the stream tells of it. Images are as the table held them. */
export interface Change extends Key {
  readonly isNew: boolean;
  readonly before: object | undefined;
  readonly after: object | undefined;
  readonly sequenceNumber: string;
}

/** Handles changes of one item, oldest first. It has to bear repeats. */
export type Reaction = (changesOfOneItem: readonly Change[]) => Promise<void>;

/** What tells an item from others. */
export function itemOf({ pk, sk }: Key): string {
  return `${pk}\n${sk}`;
}

/** Items of one lane are handled one after the other, and none after one that failed: what happened to an order is told in its order. */
export function laneOf(key: Key): string {
  return kindOf(key) === 'event' ? key.pk : itemOf(key);
}
