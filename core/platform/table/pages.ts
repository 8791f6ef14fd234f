export interface PageRequest {
  /** How many rows at the most. */
  readonly limit: number;
  /** Where the page before ended, as it was given out there. */
  readonly cursor?: string;
}

export interface Page<Item> {
  readonly items: Item[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/** The cursor was not given out by the list that it was handed to. */
export class InvalidCursor extends Error {
  override name = 'InvalidCursor';
}

export function encodeCursor(sortKey: string): string {
  return Buffer.from(sortKey, 'utf8').toString('base64url');
}

export function decodeCursor(cursor: string, prefix: string): string {
  const sortKey = Buffer.from(cursor, 'base64url').toString('utf8');
  if (sortKey === '' || !sortKey.startsWith(prefix) || encodeCursor(sortKey) !== cursor) {
    throw new InvalidCursor('the cursor was not given out by this list');
  }
  return sortKey;
}
