import type { Services } from '../platform/services.ts';
import { indexes, shardsOf } from '../platform/table/keys.ts';
import type { Page, PageRequest } from '../platform/table/pages.ts';
import type { OrderRow } from './order.ts';
import type { OrderStatus } from './statuses.ts';

export type ListedOrder = Pick<OrderRow, 'orderId' | 'status' | 'placedAt'>;

/** Orders, newest first: all, or those in one status. */
export function listOrders(
  { table }: Services,
  { status, ...page }: { status?: OrderStatus | undefined } & PageRequest,
): Promise<Page<ListedOrder>> {
  const list = status
    ? { index: indexes.ordersByStatus, partitions: shardsOf(status) }
    : { index: indexes.ordersByTime, partitions: shardsOf('ORDER') };
  return table.list<ListedOrder>({ ...page, ...list, newestFirst: true });
}
