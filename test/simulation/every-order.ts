/** What can come next. It keeps its name until it has come. */
export interface Option {
  readonly name: string;
  /** It changes nothing, so that two of them may as well come the other way round. */
  readonly isRead: boolean;
}

/** Picks what comes next; nothing where all that follows has been tried in another order that comes to the same. */
export type Choose = <Next extends Option>(options: readonly Next[]) => Next | undefined;

/**
 * Runs something once for each order in which its options can come, but for orders that differ in neighboring reads only; says how
 * often. What is run has to behave the same when the same is chosen.
 *
 * Orders are left out by sleep sets: P. Godefroid, Partial-Order Methods for the Verification of Concurrent Systems, 1996, chapter 5.
 */
export async function everyOrder(run: (choose: Choose) => Promise<void>): Promise<number> {
  let orders = 0;
  for (let path: number[] | undefined = []; path; ) {
    const taken: number[] = path;
    const counts: number[] = [];
    let asleep: readonly string[] = [];
    let isNew = true;
    await run((options) => {
      const awake = options.filter(({ name }) => !asleep.includes(name));
      const index = taken[counts.length] ?? 0;
      const chosen = awake[index];
      isNew = chosen !== undefined;
      if (!chosen) return undefined;
      counts.push(awake.length);
      const tried = [...options.filter(({ name }) => asleep.includes(name)), ...awake.slice(0, index)];
      asleep = tried.filter(({ isRead }) => isRead && chosen.isRead).map(({ name }) => name);
      return chosen;
    });
    if (isNew) orders++;
    path = following(taken, counts);
  }
  return orders;
}

/** The next path of choices, last choice first; none where all have been taken. */
function following(taken: readonly number[], counts: readonly number[]): number[] | undefined {
  const path = counts.map((_, i) => taken[i] ?? 0);
  for (let last = path.length - 1; last >= 0; last--) {
    const next = (path[last] ?? 0) + 1;
    if (next < (counts[last] ?? 0)) return [...path.slice(0, last), next];
  }
  return undefined;
}
