/**
 * Works on the items in their order, at most `limit` of them at once. When one fails, no further one is begun; those under way end
 * first, then the first failure is thrown.
 */
export async function forEachConcurrently<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const source = fromEither(items);
  const failures: unknown[] = [];
  const worker = async () => {
    while (failures.length === 0) {
      const next = await source.next();
      if (next.done) return;
      await work(next.value);
    }
  };
  const workers = Array.from({ length: limit }, () => worker().catch((error: unknown) => void failures.push(error)));
  await Promise.all(workers);
  await source.return(undefined);
  if (failures.length > 0) throw failures[0];
}

async function* fromEither<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
  yield* items;
}
