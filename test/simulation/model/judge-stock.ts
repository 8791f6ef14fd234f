import { type Evidence, lost, sum } from './evidence.ts';
import type { Breach } from './ledger.ts';

/** Units that were received are there once. */
export function receipts({ rows, accounts }: Evidence): Breach[] {
  return accounts.receipts.flatMap(({ reference, units, accepted }) => {
    const booked = rows.filter((row) => row.sk.startsWith('MOVE#') && row.reference === reference);
    const isRight = booked.length <= 1 && (booked.length === 1 || !accepted);
    if (isRight && booked.every(({ available }) => available === units.quantity)) return [];
    const detail = `${units.quantity} of ${units.sku} were received (${reference}) and booked ${booked.length} times`;
    return [{ promise: 'never lost, never doubled', detail }];
  });
}

/** Of an inbound shipment there is as much as was acknowledged, and at most as much as was tried. */
export function arrivals({ rows, accounts }: Evidence): Breach[] {
  return rows
    .filter(({ sk }) => sk === 'INBOUND')
    .flatMap(({ inboundShipmentId: reference, lines }) => {
      const own = accounts.arrivals.filter((arrival) => arrival.reference === reference && !arrival.isRefused);
      const units = (some: typeof own) => some.reduce((total, arrival) => total + arrival.quantity, 0);
      const received = sum(Object.values(lines), 'received');
      const booked = sum(
        rows.filter((row) => row.sk.startsWith('MOVE#') && row.reference === reference),
        'available',
      );
      const least = units(own.filter(({ accepted }) => accepted));
      if (received >= least && received <= units(own) && booked === received) return [];
      return [lost(`${reference}: ${least} to ${units(own)} units came, ${received} are received, ${booked} booked`)];
    });
}

/** The merchant hears of low stock at most as often as a level has come down to its reorder point. */
export function crossings({ rows, ledger }: Evidence): Breach[] {
  return ledger.levels.flatMap(({ where, crossings }) => {
    const told = rows.filter(({ kind, sku, location }) => kind === 'low-stock' && where === `${sku} at ${location}`);
    if (told.length <= crossings) return [];
    return [
      { promise: 'always told', detail: `${where} was low ${crossings} times, and reported ${told.length} times` },
    ];
  });
}
