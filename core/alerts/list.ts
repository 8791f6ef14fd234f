import type { Services } from '../platform/services.ts';
import { partitions } from '../platform/table/keys.ts';
import type { Page, PageRequest } from '../platform/table/pages.ts';
import type { AlertRow } from './alert.ts';

/** What the merchant was told of a location, newest first. */
export function listAlerts(
  { table }: Services,
  { location, ...page }: { location: string } & PageRequest,
): Promise<Page<AlertRow>> {
  return table.list<AlertRow>({ ...page, partitions: [partitions.alerts(location)], newestFirst: true });
}
