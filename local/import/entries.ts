import type { ItemRequest, OrderRequest } from '../api-client.ts';

/** A SKU at a location as a file tells of it. */
export interface CatalogueEntry {
  readonly file: string;
  readonly line: number;
  readonly sku: string;
  readonly item: ItemRequest;
  readonly location: string;
  /** Opening stock. */
  readonly onHand: number;
}

/** An order, and where it stands in its file. */
export interface ReadOrder {
  readonly file: string;
  readonly line: number;
  readonly lastLine: number;
  readonly order: OrderRequest & { orderId: string };
}

/** What a supplier brings of one SKU, and where its file says so. */
export interface Delivery {
  readonly file: string;
  readonly line: number;
  /** In a replay, it arrives when this many orders have been placed. */
  readonly afterOrder: number;
  readonly sku: string;
  readonly location: string;
  readonly quantity: number;
  readonly reference?: string | undefined;
}

/** A line of an inbound shipment as a file announces it. */
export interface AnnouncedLine {
  readonly file: string;
  readonly line: number;
  readonly afterOrder: number;
  readonly inboundShipmentId: string;
  readonly expectedInDays: number;
  readonly sku: string;
  readonly location: string;
  readonly quantity: number;
}

/** Another date for an inbound shipment. */
export interface InboundMove {
  readonly file: string;
  readonly line: number;
  readonly afterOrder: number;
  readonly inboundShipmentId: string;
  readonly expectedInDays: number;
  readonly reason: string;
}
