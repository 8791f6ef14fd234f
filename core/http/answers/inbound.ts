import * as z from 'zod';
import { type InboundRow, inboundLines, outstandingOf } from '../../inbound/inbound-shipment.ts';
import { InboundShipmentId, InboundStatus } from '../../inbound/schema.ts';
import { Sku } from '../../stock/schema.ts';
import { pageOf } from '../paging.ts';

const time = z.iso.datetime();
const units = (description: string) => z.int().describe(description);

const InboundSaid = z.object({
  inboundShipmentId: InboundShipmentId,
  status: InboundStatus.describe('`received` also when some of it never came; the lines say how much.'),
  location: z.string(),
  expectedAt: time,
  reference: z.string().optional(),
  overdueSince: time
    .optional()
    .describe('Set when its day has passed without an arrival: nothing is promised on it until it has a new one.'),
});

const InboundSummary = InboundSaid.meta({ id: 'InboundSummary' });

export const InboundPage = pageOf('InboundPage', InboundSummary);

export const InboundShipment = InboundSaid.extend({
  lines: z.array(
    z.object({
      sku: Sku,
      quantity: units('Announced.'),
      received: units('Received so far.'),
      outstanding: units('Still to come.'),
      over: units('Received beyond what was announced.'),
      short: units('Will not come.'),
    }),
  ),
  lastMove: z
    .object({ at: time, from: time, to: time, reason: z.string() })
    .optional()
    .describe('The last change of its date.'),
  cancelReason: z.string().optional(),
  createdAt: time,
  changedAt: time,
}).meta({ id: 'InboundShipment', description: 'Stock on its way in.' });
export type InboundShipment = z.infer<typeof InboundShipment>;

export function inboundAnswer(row: InboundRow): InboundShipment {
  const lines = inboundLines(row).map((line) => {
    const { sku, quantity, received } = line;
    const outstanding = outstandingOf(row, line);
    const over = Math.max(0, received - quantity);
    return { sku, quantity, received, outstanding, over, short: quantity + over - received - outstanding };
  });
  return InboundShipment.parse({ ...row, lines });
}
