import type { Row } from '../world/commits.ts';
import type { Published, World } from '../world/world.ts';
import type { Accounts } from './accounts.ts';
import type { Breach, Ledger } from './ledger.ts';

const OPEN = ['placed', 'backordered', 'reserved', 'picking', 'packing', 'shipping'];
const DAY_MS = 24 * 3600 * 1000;
const LEFT = ['shipped', 'delivered'];
/** Where the execution of an open shipment waits when all is quiet. */
const STATE_OF: Record<string, string> = {
  backordered: 'BackorderWait',
  picking: 'Pick',
  packing: 'Pack',
  shipping: 'Ship',
};

export interface Evidence {
  readonly rows: readonly Row[];
  readonly accounts: Accounts;
  readonly ledger: Ledger;
  readonly executions: ReturnType<World['host']['executions']>;
  readonly published: readonly Published[];
}

/**
 * Compares what the table says in a quiet moment with what those outside were told, and with what the workflow does. The rows are looked
 * through again and again: slow, and too simple to be wrong.
 */
export function judge(evidence: Evidence): Breach[] {
  return [
    ...orders(evidence),
    ...receipts(evidence),
    ...arrivals(evidence),
    ...returns(evidence),
    ...steps(evidence),
    ...executions(evidence),
    ...timelines(evidence),
    ...alerts(evidence),
    ...events(evidence),
    ...dates(evidence),
    ...pegs(evidence),
    ...crossings(evidence),
  ];
}

/** At the very end: everything has come to an end, and the shelves hold what nobody wants. */
export function judgeEnd({ rows, ledger }: Evidence): Breach[] {
  const open = shipmentsIn(rows).filter(({ status }) => OPEN.includes(status));
  const held = ledger.levels.filter(({ allocated, backordered }) => allocated !== 0 || backordered !== 0);
  return [
    ...open.map(({ shipmentId, status }) => lost(`${shipmentId} is ${status} for ever`)),
    ...held.map(({ where }) => lost(`${where} is held, and everything has ended`)),
    ...ledger.queue.map(({ shipmentId }) => lost(`${shipmentId} is in a queue, and everything has ended`)),
  ];
}

function orders({ rows, accounts }: Evidence): Breach[] {
  const shipments = shipmentsIn(rows);
  const there = new Set(rows.filter(({ sk }) => sk === 'ORDER').map(({ orderId }) => orderId));
  const strangers = [...there].filter((orderId) => !accounts.orders.some((account) => account.orderId === orderId));
  return [
    ...strangers.map((orderId) => lost(`${orderId} was never placed`)),
    ...accounts.orders.flatMap((account) => {
      const { orderId, accepted, lines, cancelled } = account;
      const own = shipments.filter((shipment) => shipment.orderId === orderId);
      if (own.length === 0) return accepted ? [lost(`${orderId} was accepted and is not there`)] : [];
      return [...quantities(orderId, lines, own), ...(cancelled ? cancellation(orderId, cancelled, own) : [])];
    }),
  ];
}

/** Nothing of what was ordered is forgotten or made up. */
function quantities(
  orderId: string,
  lines: readonly { sku: string; quantity: number }[],
  own: readonly Row[],
): Breach[] {
  const skus = new Set(lines.map(({ sku }) => sku));
  return [...skus].flatMap((sku) => {
    const ordered = sum(
      lines.filter((line) => line.sku === sku),
      'quantity',
    );
    const kept = sum(
      linesIn(own).filter((line) => line.sku === sku),
      'quantity',
    );
    return ordered === kept ? [] : [lost(`${orderId}: ${ordered} of ${sku} were ordered, its shipments say ${kept}`)];
  });
}

/** What was said of a cancellation stays so: nothing leaves after it. */
function cancellation(
  orderId: string,
  said: { unitsCancelled: number; unitsShipped: number },
  own: readonly Row[],
): Breach[] {
  const shipped = sum(linesIn(own), 'shipped');
  const cancelled = sum(linesIn(own), 'cancelled');
  const open = own.filter(({ status }) => OPEN.includes(status));
  if (shipped === said.unitsShipped && cancelled === said.unitsCancelled && open.length === 0) return [];
  return [
    lost(
      `${orderId}: ${said.unitsCancelled} units were said to be cancelled and ${said.unitsShipped} shipped; it is ${cancelled} and ${shipped}, with ${open.length} shipments open`,
    ),
  ];
}

/** Units that were received are there once. */
function receipts({ rows, accounts }: Evidence): Breach[] {
  return accounts.receipts.flatMap(({ reference, units, accepted }) => {
    const booked = rows.filter((row) => row.sk.startsWith('MOVE#') && row.reference === reference);
    const isRight = booked.length <= 1 && (booked.length === 1 || !accepted);
    if (isRight && booked.every(({ available }) => available === units.quantity)) return [];
    const detail = `${units.quantity} of ${units.sku} were received (${reference}) and booked ${booked.length} times`;
    return [{ promise: 'never lost, never doubled', detail }];
  });
}

/** Of an inbound shipment there is as much as was acknowledged, and at most as much as was tried. */
function arrivals({ rows, accounts }: Evidence): Breach[] {
  return rows
    .filter(({ sk }) => sk === 'INBOUND')
    .flatMap(({ inboundShipmentId: reference, lines }) => {
      const own = accounts.arrivals.filter((arrival) => arrival.reference === reference && !arrival.isRefused);
      const units = (some: typeof own) => some.reduce((total, arrival) => total + arrival.units.quantity, 0);
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

/** What came back is noted once. */
function returns({ rows, accounts }: Evidence): Breach[] {
  return shipmentsIn(rows).flatMap(({ shipmentId, lines }) => {
    const own = accounts.returns.filter((back) => back.shipmentId === shipmentId && !back.isRefused);
    const noted = sum(Object.values(lines), 'returned');
    const least = own.filter(({ accepted }) => accepted).length;
    if (noted >= least && noted <= own.length) return [];
    return [lost(`${shipmentId}: ${least} to ${own.length} units came back, ${noted} are noted`)];
  });
}

/** What the warehouse was told to be done is done. */
function steps({ rows, accounts }: Evidence): Breach[] {
  const after = { pack: ['shipping', ...LEFT, 'cancelled', 'failed'], ship: LEFT, deliver: ['delivered'] };
  return accounts.steps.flatMap(({ shipmentId, step }) => {
    const shipment = shipmentsIn(rows).find((row) => row.shipmentId === shipmentId);
    if (after[step].includes(shipment?.status)) return [];
    return [lost(`${shipmentId}: ${step} was confirmed, and it is ${shipment?.status}`)];
  });
}

/** The workflow is where the table is. */
function executions({ rows, executions: all }: Evidence): Breach[] {
  return shipmentsIn(rows).flatMap(({ shipmentId, status, executionName, openShard }) => {
    const execution = all.find(({ name }) => name === executionName);
    if (!OPEN.includes(status)) {
      // Cancelled before its execution was started: then there is nobody to be told.
      if (!execution && status === 'cancelled') return [];
      const isOver = execution && execution.status !== 'RUNNING' && openShard === undefined;
      const isTrue = execution?.status === (status === 'failed' ? 'FAILED' : 'SUCCEEDED');
      if (isOver && isTrue) return [];
      return [
        lost(`${shipmentId} is ${status}, its execution is ${execution?.status} in ${execution?.state} (${openShard})`),
      ];
    }
    if (execution?.status === 'RUNNING' && execution.state === STATE_OF[status]) return [];
    return [
      {
        promise: 'never stranded',
        detail: `${shipmentId} is ${status}, its execution is ${execution?.status} in ${execution?.state}`,
      },
    ];
  });
}

/** Every end is told once, and no other. */
function timelines({ rows }: Evidence): Breach[] {
  const events = rows.filter(({ sk }) => sk.startsWith('EVENT#'));
  return shipmentsIn(rows).flatMap(({ shipmentId, status }) => {
    const ends = events.filter(
      (event) =>
        event.shipmentId === shipmentId &&
        ['shipped', 'rejected', 'cancelled', 'expired', 'failed'].includes(event.type),
    );
    const expected = OPEN.includes(status) ? [] : [status === 'delivered' ? 'shipped' : status];
    const told = ends.map(({ type }) => type);
    if (told.join() === expected.join()) return [];
    return [{ promise: 'always told', detail: `${shipmentId} is ${status}, and its timeline says ${told.join(', ')}` }];
  });
}

/** An alert that was decided has been sent; a level that is low is known to be. */
function alerts({ rows, published }: Evidence): Breach[] {
  return rows
    .filter(({ pk }) => pk.startsWith('ALERT#'))
    .filter(({ alertId, sentAt }) => !sentAt || !published.some(({ Message }) => Message.includes(alertId)))
    .map(({ alertId }) => ({ promise: 'always told', detail: `the alert ${alertId} was not sent` }));
}

const PUBLISHED = ['placed', 'backordered', 'promised', 'promise-moved', 'shipped', 'cancelled', 'expired', 'rejected'];

/** What happened is told to the outside, an order's events in their order at first. */
function events({ rows, published }: Evidence): Breach[] {
  const told = new Set(published.map(({ MessageDeduplicationId }) => MessageDeduplicationId));
  return rows
    .filter(({ sk, type }) => sk.startsWith('EVENT#') && PUBLISHED.includes(type))
    .filter(({ sk }) => !told.has(sk.split('#')[2]))
    .map(({ shipmentId, type }) => ({ promise: 'always told', detail: `nobody was told: ${shipmentId} ${type}` }));
}

/** Each message that a date has moved goes on from the message before, and the last one says what the shipment says. */
function dates({ rows }: Evidence): Breach[] {
  const timeline = rows.filter(({ sk }) => sk.startsWith('EVENT#')).sort((a, b) => (a.sk < b.sk ? -1 : 1));
  return shipmentsIn(rows).flatMap(({ shipmentId, status, toldPromisedAt = null }) => {
    let told: string | null = null;
    const breaches: Breach[] = [];
    for (const { type, facts } of timeline.filter((event) => event.shipmentId === shipmentId)) {
      if (type === 'promise-moved' && facts.from !== told) {
        const detail = `${shipmentId} was told a move from ${facts.from}, after it had been told ${told}`;
        breaches.push({ promise: 'always told', detail });
      }
      const isSmall = facts.from && facts.to && Math.abs(Date.parse(facts.to) - Date.parse(facts.from)) <= DAY_MS;
      if (type === 'promise-moved' && isSmall) {
        breaches.push({ promise: 'always told', detail: `${shipmentId} was told of a move within the tolerance` });
      }
      if (type === 'promise-moved') told = facts.to;
      if (facts.promisedAt) told = facts.promisedAt;
    }
    if (status === 'backordered' && told !== toldPromisedAt) {
      const detail = `${shipmentId} was told ${told}, and says that it was ${toldPromisedAt}`;
      breaches.push({ promise: 'always told', detail });
    }
    return breaches;
  });
}

/** Whoever waits counts on the first arrival with which there is enough for all who are ahead, and for himself. */
function pegs({ rows }: Evidence): Breach[] {
  const waiting = rows.filter(({ sk }) => sk.startsWith('WAIT#')).sort((a, b) => (a.sk < b.sk ? -1 : 1));
  return waiting.flatMap((place) => {
    const isHere = (row: Row) => row.sku === place.sku && row.location === place.location;
    const needed = sum(
      waiting.filter((other) => isHere(other) && other.sk <= place.sk),
      'quantity',
    );
    const arrivals = rows.filter(
      ({ sk, overdue, inboundShipmentId }) => sk.startsWith('INBOUND#') && inboundShipmentId && !overdue,
    );
    let there = rows.find((row) => row.sk.startsWith('STOCK#') && isHere(row)).available;
    const covering = arrivals
      .filter(isHere)
      .sort((a, b) => (a.sk < b.sk ? -1 : 1))
      .find(({ quantity }) => {
        there += quantity;
        return there >= needed;
      });
    const line = linesIn(shipmentsIn(rows).filter(({ shipmentId }) => shipmentId === place.shipmentId)).find(
      ({ sku }) => sku === place.sku,
    );
    const counted = line?.expected?.inboundShipmentId;
    if (counted === covering?.inboundShipmentId) return [];
    const detail = `${place.shipmentId} counts on ${counted} for ${place.sku}, where ${covering?.inboundShipmentId} is what covers it`;
    return [{ promise: 'always told', detail }];
  });
}

/** The merchant hears of low stock at most as often as a level has come down to its reorder point. */
function crossings({ rows, ledger }: Evidence): Breach[] {
  return ledger.levels.flatMap(({ where, crossings }) => {
    const told = rows.filter(({ kind, sku, location }) => kind === 'low-stock' && where === `${sku} at ${location}`);
    if (told.length <= crossings) return [];
    return [
      { promise: 'always told', detail: `${where} was low ${crossings} times, and reported ${told.length} times` },
    ];
  });
}

function lost(detail: string): Breach {
  return { promise: 'never lost, never doubled', detail };
}

function shipmentsIn(rows: readonly Row[]): Row[] {
  return rows.filter(({ sk }) => sk.startsWith('SHIPMENT#'));
}

function linesIn(shipments: readonly Row[]): Row[] {
  return shipments.flatMap(({ lines }) => Object.values(lines));
}

function sum(rows: readonly Row[], field: string): number {
  return rows.reduce((total, row) => total + (row[field] ?? 0), 0);
}
