const DAYS_A_WEEK = 7;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Units on a day on which so many are usual, when customers come one by one and by chance (Poisson, by Knuth's method). */
function poisson(random: () => number, usual: number): number {
  const end = Math.exp(-usual);
  let units = 0;
  for (let product = random(); product > end; product *= random()) units++;
  return units;
}

/** What is usual on a day, by kind of item. */
const USUAL: Readonly<Record<string, (day: number, days: number) => number>> = {
  steady: () => 5,
  'weekly seasonal': (day) => [2, 3, 4, 5, 7, 11, 3][day % DAYS_A_WEEK] ?? 0,
  trending: (day, days) => 2 + (8 * day) / days,
  dying: (day, days) => (day < days / 2 ? 5 : 5 * Math.exp(-(day - days / 2) / 20)),
};
/** Somebody comes on one day of twelve, and takes some six at once. */
const INTERMITTENT = { share: 1 / 12, usual: 6 };

/** Daily demand of some items of each kind, drawn from a seed. */
export function demandByKind(items: number, days: number, seed = 1): Record<string, number[][]> {
  const drawn = (kind: string, unitsOn: (random: () => number, day: number) => number) =>
    Array.from({ length: items }, (_, item) => {
      const random = randomOf(seed + 1000 * item + kind.length);
      return Array.from({ length: days }, (__, day) => unitsOn(random, day));
    });
  const kinds = Object.entries(USUAL).map(([kind, usual]) => [
    kind,
    drawn(kind, (random, day) => poisson(random, usual(day, days))),
  ]);
  const intermittent = drawn('intermittent', (random) =>
    random() < INTERMITTENT.share ? 1 + poisson(random, INTERMITTENT.usual - 1) : 0,
  );
  return Object.fromEntries([...kinds, ['intermittent', intermittent]]);
}
