import type { Services } from '../platform/services.ts';
import { indexes, shardsOf } from '../platform/table/keys.ts';
import type { ShipmentRow } from './shipments.ts';
import type { ShipmentStatus } from './statuses.ts';

const ROWS_PER_PAGE = 200;

/** What the list of open shipments holds of each, as far as it is looked at. */
export type OpenShipment = Pick<
  ShipmentRow,
  'shipmentId' | 'status' | 'placedAt' | 'changedAt' | 'executionName' | 'taskStage' | 'splitChosenAt' | 'movesSince'
>;

/** The shipments of a status that is open, or those that have ended and that somebody still has to look at. */
export function openShipments(
  { table }: Pick<Services, 'table'>,
  list: ShipmentStatus | 'ended',
): AsyncGenerator<OpenShipment> {
  return table.listAll<OpenShipment>({
    index: indexes.openShipments,
    partitions: shardsOf(list),
    limit: ROWS_PER_PAGE,
  });
}
