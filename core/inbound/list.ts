import type { Services } from '../platform/services.ts';
import { indexes, keys, shardsOf } from '../platform/table/keys.ts';
import type { Page, PageRequest } from '../platform/table/pages.ts';
import { BOOKING, type InboundRow, isOpen } from './inbound-shipment.ts';
import type { InboundStatus } from './schema.ts';

/** What a list says of an inbound shipment; its lines are in the shipment itself. */
export type ListedInbound = Pick<
  InboundRow,
  'inboundShipmentId' | 'status' | 'location' | 'expectedAt' | 'reference' | 'overdueSince' | 'changedAt'
>;

export function getInbound({ table }: Services, inboundShipmentId: string): Promise<InboundRow | undefined> {
  return table.get<InboundRow>(keys.inbound(inboundShipmentId));
}

/** Inbound shipments of a location by expected date: those in a status, or those of which something is still to come. */
export async function listInbound(
  { table }: Services,
  { location, status, ...page }: { location: string; status?: InboundStatus | undefined } & PageRequest,
): Promise<Page<ListedInbound>> {
  const statuses = status ? [status] : ['expected', 'partly-received'];
  const { items, nextCursor } = await table.list<ListedInbound>({
    ...page,
    index: indexes.inboundByArrival,
    partitions: [...statuses, BOOKING].flatMap(shardsOf),
    prefix: `${location}#`,
  });
  const isMeant = (row: ListedInbound) => (status ? row.status === status : isOpen(row));
  return { items: items.filter(isMeant), ...(nextCursor && { nextCursor }) };
}

/** All that are still to be booked. */
export function unbookedInbound({ table }: Services): AsyncGenerator<ListedInbound> {
  return table.listAll<ListedInbound>({ index: indexes.inboundByArrival, partitions: shardsOf(BOOKING), limit: 200 });
}

/** All of which something is still to come, at every location. */
export function openInbound({ table }: Services): AsyncGenerator<ListedInbound> {
  const partitions = ['expected', 'partly-received'].flatMap(shardsOf);
  return table.listAll<ListedInbound>({ index: indexes.inboundByArrival, partitions, limit: 200 });
}
