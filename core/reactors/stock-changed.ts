import { allocate } from '../backorders/allocate.ts';
import { book } from '../inbound/book.ts';
import type { InboundRow } from '../inbound/inbound-shipment.ts';
import type { ShipmentRow } from '../orders/shipments.ts';
import type { Services } from '../platform/services.ts';
import { kindOf } from '../platform/table/keys.ts';
import type { Workflow } from '../platform/workflow.ts';
import type { StockRow } from '../stock/levels.ts';
import type { Reaction } from './change.ts';
import { shipmentChanged } from './shipment-changed.ts';

/** Does what a change makes due. Looks at the state that the last change left, whatever the changes were. */
export function stockChanged(services: Services, workflow: Workflow): Reaction {
  return async (changes) => {
    const last = changes.at(-1);
    if (!last?.after) return;
    if (kindOf(last) === 'shipment') {
      const isNew = changes.some((change) => change.isNew);
      await shipmentChanged(services, workflow, { row: last.after as ShipmentRow, isNew });
      return;
    }
    if (kindOf(last) === 'inbound') {
      const { inboundShipmentId, booking } = last.after as InboundRow;
      if (booking) await book(services, inboundShipmentId);
      return;
    }
    const { sku, location, available, backordered } = last.after as StockRow;
    if (available > 0 && backordered > 0) await allocate(services, sku, location);
  };
}
