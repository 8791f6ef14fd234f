import type { Row } from '../world/commits.ts';
import { type Evidence, linesIn, lost, OPEN, shipmentsIn, sum } from './evidence.ts';
import type { Breach } from './ledger.ts';

const LEFT = ['shipped', 'delivered'];
/** Where the execution of an open shipment waits when all is quiet. */
const STATE_OF: Record<string, string> = {
  backordered: 'BackorderWait',
  picking: 'Pick',
  packing: 'Pack',
  shipping: 'Ship',
};

export function orders({ rows, accounts }: Evidence): Breach[] {
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

/** What an order takes, it takes where it was placed. */
export function places({ rows, accounts }: Evidence): Breach[] {
  return rows
    .filter(({ sk, shipmentId }) => sk.startsWith('MOVE#') && shipmentId)
    .flatMap(({ shipmentId, location, type, sku }) => {
      const account = accounts.orders.find(({ orderId }) => shipmentId.startsWith(`${orderId}-`));
      if (account?.location === location) return [];
      return [lost(`${shipmentId}: ${type} of ${sku} at ${location}, and it was placed at ${account?.location}`)];
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

/** What came back is noted once. */
export function returns({ rows, accounts }: Evidence): Breach[] {
  return shipmentsIn(rows).flatMap(({ shipmentId, lines }) => {
    const own = accounts.returns.filter((back) => back.shipmentId === shipmentId && !back.isRefused);
    const noted = sum(Object.values(lines), 'returned');
    const least = own.filter(({ accepted }) => accepted).length;
    if (noted >= least && noted <= own.length) return [];
    return [lost(`${shipmentId}: ${least} to ${own.length} units came back, ${noted} are noted`)];
  });
}

/** What the warehouse was told to be done is done. */
export function steps({ rows, accounts }: Evidence): Breach[] {
  const after = { pack: ['shipping', ...LEFT, 'cancelled', 'failed'], ship: LEFT, deliver: ['delivered'] };
  return accounts.steps.flatMap(({ shipmentId, step }) => {
    const shipment = shipmentsIn(rows).find((row) => row.shipmentId === shipmentId);
    if (after[step].includes(shipment?.status)) return [];
    return [lost(`${shipmentId}: ${step} was confirmed, and it is ${shipment?.status}`)];
  });
}

/** The workflow is where the table is. */
export function executions({ rows, accounts, executions: all }: Evidence): Breach[] {
  return shipmentsIn(rows).flatMap(({ shipmentId, status, executionName, openShard }) => {
    const execution = all.find(({ name }) => name === executionName);
    if (!OPEN.includes(status)) {
      // It ended before its execution was started, the first one or the one in the place of another: then there is nobody to be told.
      const isReplacement = executionName.startsWith(`${shipmentId}-r`);
      if (!execution && (status === 'cancelled' || isReplacement)) return [];
      const isOver = execution && execution.status !== 'RUNNING' && openShard === undefined;
      const isStopped = execution?.status === 'ABORTED' && accounts.stopped.includes(executionName);
      const isTrue = isStopped || execution?.status === (status === 'failed' ? 'FAILED' : 'SUCCEEDED');
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
