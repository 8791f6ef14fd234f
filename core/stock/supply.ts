import type { Services } from '../platform/services.ts';
import { type Key, partitions, prefixes } from '../platform/table/keys.ts';

/** Units of one SKU on an inbound shipment that are not received yet. There is no row where nothing is outstanding. */
export interface SupplyRow extends Key {
  readonly sku: string;
  readonly location: string;
  readonly inboundShipmentId: string;
  readonly expectedAt: string;
  /** Units still to come; the level's `incoming` is the sum of them. */
  readonly quantity: number;
  /** Set when its day has passed without an arrival: nothing is promised on it until it has a new date. */
  readonly overdue?: true;
}

/** What is on its way of a SKU to a location, by expected date. */
export function supplyOf({ table }: Services, sku: string, location: string): Promise<SupplyRow[]> {
  return Array.fromAsync(table.partition<SupplyRow>(partitions.sku(sku), prefixes.supply(location)));
}
