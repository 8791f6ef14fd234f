import type { InboundRow } from '../../core/inbound/inbound-shipment.ts';
import type { OrderRow } from '../../core/orders/order.ts';
import { linesOf, type ShipmentRow } from '../../core/orders/shipments.ts';
import type { Services } from '../../core/platform/services.ts';
import type { Key } from '../../core/platform/table/keys.ts';
import type { StockRow } from '../../core/stock/levels.ts';

/**
 * What a table says, less times, ids and versions: levels, shipments, orders, and how many movements, events, places in the queue,
 * alerts and remembered answers there are of each kind. Two tables on which the same was done have the same digest.
 */
export async function digest({ table }: Services): Promise<object> {
  const levels: Record<string, object> = {};
  const shipments: Record<string, object> = {};
  const orders: Record<string, object> = {};
  const inbound: Record<string, object> = {};
  const counts: Record<string, number> = {};
  for await (const row of table.scan<Key & { type?: string }>()) {
    if (row.sk.startsWith('STOCK#')) {
      const { sku, location, available, allocated, backordered, incoming, lowStockSince, countRequestedAt } =
        row as unknown as StockRow;
      const marks = { isLow: lowStockSince !== undefined, isToBeCounted: countRequestedAt !== undefined };
      levels[`${sku} at ${location}`] = { available, allocated, backordered, incoming, ...marks };
    } else if (row.sk.startsWith('SHIPMENT#')) {
      const { shipmentId, status, linesWaiting, endReason, taskStage, priority, choiceSince, splitChosenAt, promise } =
        row as unknown as ShipmentRow;
      const marks = { mayChoose: choiceSince !== undefined, splits: splitChosenAt !== undefined };
      const lines = linesOf(row as unknown as ShipmentRow);
      shipments[shipmentId] = {
        status,
        lines,
        linesWaiting,
        endReason: endReason?.code,
        taskStage,
        priority,
        promise: promise?.basis ?? promise,
        ...marks,
      };
    } else if (row.sk === 'INBOUND') {
      const { inboundShipmentId, status, expectedAt, lines, booking, overdueSince, lastMove } =
        row as unknown as InboundRow;
      const marks = { booking, isOverdue: overdueSince !== undefined, moved: lastMove?.reason };
      inbound[inboundShipmentId] = { status, expectedAt, lines, ...marks };
    } else if (row.sk === 'ORDER') {
      const { orderId, status, shipments: statuses, trackSecret } = row as unknown as OrderRow;
      orders[orderId] = { status, statuses, hasLink: trackSecret !== undefined };
    } else {
      const kind = `${row.pk.split('#')[0]} ${row.sk.split('#')[0]?.replace(/^\d{4}-.*/, '')} ${row.type ?? ''}`.trim();
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
  }
  return { levels, shipments, orders, inbound, counts };
}
