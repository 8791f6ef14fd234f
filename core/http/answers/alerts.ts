import * as z from 'zod';
import type { AlertRow } from '../../alerts/alert.ts';
import { pageOf } from '../paging.ts';

const told = {
  alertId: z.string(),
  location: z.string(),
  at: z.iso.datetime().describe('When it was noticed.'),
  sentAt: z.iso.datetime().optional().describe('When it was sent; absent until then.'),
};

const LowStockAlert = z
  .object({
    ...told,
    kind: z.literal('low-stock'),
    severity: z.literal('warning'),
    sku: z.string(),
    title: z.string(),
    available: z.int(),
    allocated: z.int(),
    backordered: z.int(),
    incoming: z.int(),
    reorderPoint: z.int(),
    leadTimeDays: z.int(),
  })
  .meta({ id: 'LowStockAlert', description: 'A SKU fell to its reorder point: the level as it was then.' });

const FailedShipmentAlert = z
  .object({
    ...told,
    kind: z.literal('failed-shipment'),
    severity: z.literal('critical'),
    orderId: z.string(),
    shipmentId: z.string(),
    reason: z.string(),
  })
  .meta({ id: 'FailedShipmentAlert', description: 'A shipment could not be fulfilled and has been given up.' });

const Alert = z.discriminatedUnion('kind', [LowStockAlert, FailedShipmentAlert]).meta({ id: 'Alert' });
type Alert = z.infer<typeof Alert>;

export const AlertPage = pageOf('AlertPage', Alert);

export function alertAnswer(alert: AlertRow): Alert {
  return Alert.parse(alert satisfies z.input<typeof Alert>);
}
