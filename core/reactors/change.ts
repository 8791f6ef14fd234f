/** One change of one item, as the stream tells of it. Images are as the table held them. */
export interface Change {
  readonly pk: string;
  readonly sk: string;
  readonly isNew: boolean;
  readonly before: object | undefined;
  readonly after: object | undefined;
  readonly sequenceNumber: string;
}

/** Handles changes of one item, or of one order's timeline, oldest first. It has to bear repeats. */
export type Reaction = (changes: readonly Change[]) => Promise<void>;
