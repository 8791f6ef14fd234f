/** One change of one item, as the stream tells of it. Images are as the table held them. */
export interface Change {
  readonly pk: string;
  readonly sk: string;
  readonly isNew: boolean;
  readonly before: object | undefined;
  readonly after: object | undefined;
  readonly sequenceNumber: string;
}

/** Handles changes of one item, oldest first. It has to bear repeats. */
export type Reaction = (changesOfOneItem: readonly Change[]) => Promise<void>;
