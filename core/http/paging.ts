import * as z from 'zod';
import type { Page, PageRequest } from '../platform/table/pages.ts';
import { Location } from '../stock/schema.ts';

const MAX_PAGE = 100;
const DEFAULT_PAGE = 50;
/** A cursor holds a sort key and the name of its list, which are far shorter. */
const MAX_CURSOR_LENGTH = 512;

const expected = `expected a whole number from 1 to ${MAX_PAGE}`;

/** The parameters of every list. */
export const PageQuery = z.strictObject({
  limit: z.coerce
    .number(expected)
    .int(expected)
    .min(1, expected)
    .max(MAX_PAGE, expected)
    .default(DEFAULT_PAGE)
    .describe('How many items a page holds at the most.'),
  cursor: z
    .string()
    .min(1)
    .max(MAX_CURSOR_LENGTH)
    .optional()
    .describe('`nextCursor` of the page before, as it came. Left out: the first page.'),
});
export type PageQuery = z.infer<typeof PageQuery>;

/** The parameters of the lists of one location. */
export const LocationPageQuery = PageQuery.extend({ location: Location.default('main') });

export function pageRequest({ limit, cursor }: PageQuery): PageRequest {
  return { limit, ...(cursor && { cursor }) };
}

/** The answer of every list. A page may hold fewer items than its limit and yet not be the last. */
export function pageOf<Item extends z.ZodType>(id: string, item: Item) {
  const nextCursor = z.string().optional().describe('Where the next page begins. Absent on the last page.');
  return z.object({ items: z.array(item), nextCursor }).meta({ id });
}

/** The same page, of what the API says of each item. */
export function mapPage<From, To>({ items, nextCursor }: Page<From>, say: (item: From) => To): Page<To> {
  return { items: items.map((item) => say(item)), ...(nextCursor && { nextCursor }) };
}
