import * as z from 'zod';
import { OrderId, ShipmentId } from '../../orders/schema.ts';
import { Dimensions, Sku } from '../../stock/schema.ts';
import { pageOf } from '../paging.ts';
import { ShipmentStatus } from './statuses.ts';

const WorkLine = z
  .object({
    sku: Sku,
    title: z.string(),
    quantity: z.int().describe('Units to take.'),
    bin: z.string().describe('Where they lie.'),
    weightGrams: z.int().describe('Of one unit.'),
    dimensionsMm: Dimensions,
  })
  .meta({ id: 'WorkLine' });

const WorkItem = z
  .object({
    shipmentId: ShipmentId,
    orderId: OrderId,
    location: z.string(),
    priority: z.int(),
    placedAt: z.iso.datetime(),
    lines: z.array(WorkLine).describe('By bin.'),
  })
  .meta({ id: 'WorkItem', description: 'A shipment that waits for the warehouse.' });

export const WorkPage = pageOf('WorkPage', WorkItem);

export const Confirmation = z
  .object({ shipmentId: ShipmentId, status: ShipmentStatus })
  .meta({ id: 'Confirmation', description: 'The status that the confirmation brought about.' });

export const DelayNoted = z
  .object({ shipmentId: ShipmentId, status: ShipmentStatus, deliveryExpectedAt: z.iso.datetime() })
  .meta({ id: 'DelayNoted' });

export const UnitsReturned = z
  .object({
    shipmentId: ShipmentId,
    status: ShipmentStatus,
    unitsSellable: z.int().describe('Free to promise again.'),
    unitsNotSellable: z.int(),
  })
  .meta({ id: 'UnitsReturned' });
