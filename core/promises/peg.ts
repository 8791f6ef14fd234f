/** Units that come at a known time, in the order of their arrival. */
export interface Arrival {
  readonly inboundShipmentId: string;
  readonly expectedAt: string;
  readonly quantity: number;
  /** Its day has passed without it: nothing is counted on it. */
  readonly overdue?: true;
}

/** With what a line has its units: what is there already, an arrival, or null, where nothing that is known of covers it. */
export type Peg<Supply extends Arrival> = 'here' | Supply | null;

/**
 * Lays a queue against what is on its way (pegging, https://en.wikipedia.org/wiki/Material_requirements_planning): a line has its
 * units with the first arrival that, with those before it, covers everybody ahead and the line itself.
 *
 * @param waiting the end of the queue, from any place on, in its order
 * @param shortAtEnd units that are missing when all of them are to be served, whoever is ahead included: `backordered - available`.
 *   Serving the head lowers both, so it is the same whether that happens before or after.
 * @returns a peg for each of those who wait, in their order
 */
export function peg<Supply extends Arrival>(
  waiting: readonly { readonly quantity: number }[],
  shortAtEnd: number,
  supply: readonly Supply[],
): Peg<Supply>[] {
  const arrivals = supply.filter(({ overdue }) => !overdue).values();
  let arrival = arrivals.next();
  let arrived = arrival.value?.quantity ?? 0;
  let short = waiting.reduce((units, { quantity }) => units - quantity, shortAtEnd);
  return waiting.map(({ quantity }) => {
    short += quantity;
    if (short <= 0) return 'here';
    while (!arrival.done && arrived < short) {
      arrival = arrivals.next();
      arrived += arrival.value?.quantity ?? 0;
    }
    return arrival.value ?? null;
  });
}
