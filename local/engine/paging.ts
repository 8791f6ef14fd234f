import { ApiError } from './api-error.ts';

/** What the service takes when the caller does not say, or says 0. */
const DEFAULT_PAGE_SIZE = 100;

export interface Page<Item> {
  items: Item[];
  nextToken?: string;
}

/** Cuts one page out of `items`, which are in a stable order. The token is the place where the next page begins. */
export function pageOf<Item>(
  items: Iterable<Item>,
  request: { maxResults?: number | undefined; nextToken?: string | undefined },
): Page<Item> {
  const size = request.maxResults || DEFAULT_PAGE_SIZE;
  const from = request.nextToken === undefined ? 0 : Number(request.nextToken);
  if (!Number.isInteger(from) || from < 0) throw new ApiError('InvalidToken', `Invalid Token: '${request.nextToken}'`);
  const page: Item[] = [];
  let place = 0;
  for (const item of items) {
    if (place >= from + size) return { items: page, nextToken: String(from + size) };
    if (place >= from) page.push(item);
    place += 1;
  }
  return { items: page };
}
