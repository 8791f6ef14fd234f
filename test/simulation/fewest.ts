/**
 * Takes away what is not needed for something to fail, until nothing more can be taken away one by one: delta debugging, A. Zeller and
 * R. Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002.
 *
 * @param fails tried at most `most` times; all the items have to fail
 */
export async function fewest<Item>(
  items: readonly Item[],
  fails: (items: readonly Item[]) => Promise<boolean>,
  most = 300,
): Promise<readonly Item[]> {
  let left = items;
  let tries = 0;
  const stillFails = async (candidate: readonly Item[]) => ++tries <= most && (await fails(candidate));
  if (items.length > 0 && (await stillFails([]))) return [];
  for (let parts = 2; left.length > 1; ) {
    const size = Math.ceil(left.length / parts);
    const found = await first(left, size, stillFails);
    if (found) {
      left = found;
      parts = Math.max(2, parts - 1);
    } else if (size === 1) break;
    else parts = Math.min(left.length, parts * 2);
  }
  return left;
}

/** The first list that fails without a part of so many items. */
async function first<Item>(
  items: readonly Item[],
  size: number,
  fails: (items: readonly Item[]) => Promise<boolean>,
): Promise<readonly Item[] | undefined> {
  for (let from = 0; from < items.length; from += size) {
    const without = [...items.slice(0, from), ...items.slice(from + size)];
    if (await fails(without)) return without;
  }
  return undefined;
}
