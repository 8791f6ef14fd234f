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

/** A cursor holds its list too: where a page of one list ended says nothing of another. */
export function encodeCursor(list: string, sortKey: string): string {
  return Buffer.from(`${list}\n${sortKey}`, 'utf8').toString('base64url');
}

export function decodeCursor(cursor: string, list: string, prefix: string): string {
  const [, sortKey = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split('\n');
  const isKey = sortKey.startsWith(prefix) && /^[\x20-\x7e]+$/.test(sortKey);
  if (!isKey || encodeCursor(list, sortKey) !== cursor) {
    throw new InvalidCursor('the cursor was not given out by this list');
  }
  return sortKey;
}
