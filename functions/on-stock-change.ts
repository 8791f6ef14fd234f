import { allocate } from '../core/backorders/allocate.ts';
import { book } from '../core/inbound/book.ts';
import type { InboundRow } from '../core/inbound/inbound-shipment.ts';
import type { ShipmentRow } from '../core/orders/shipments.ts';
import { services, workflow } from '../core/platform/clients.ts';
import { kindOf } from '../core/platform/table/keys.ts';
import { shipmentChanged } from '../core/reactors/shipment-changed.ts';
import type { StockRow } from '../core/stock/levels.ts';
import { onChanges } from './support/stream.ts';

const stream = services('stream');
const executions = workflow();

/** Looks at the state that the last change left, whatever the changes were. */
export const handler = onChanges(async (changes) => {
  const last = changes.at(-1);
  if (!last?.after) return;
  if (kindOf(last) === 'shipment') {
    await shipmentChanged(stream, executions, {
      row: last.after as ShipmentRow,
      isNew: changes.some(({ isNew }) => isNew),
    });
    return;
  }
  if (kindOf(last) === 'inbound') {
    const { inboundShipmentId, booking } = last.after as InboundRow;
    if (booking) await book(stream, inboundShipmentId);
    return;
  }
  const { sku, location, available, backordered } = last.after as StockRow;
  if (available > 0 && backordered > 0) await allocate(stream, sku, location);
});
