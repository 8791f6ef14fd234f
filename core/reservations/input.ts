import * as z from 'zod';
import { placeOrder } from '../orders/place.ts';
import { HandedOverOrder, PlacedShipment } from '../orders/schema.ts';
import { partsOf, type ShipmentRow, shipmentIdOf, shipmentKey, undecidedLines } from '../orders/shipments.ts';
import { InvalidInput, OrderIdTaken } from '../orders/workflow-errors.ts';
import { isRefusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { LINES_PER_TRANSACTION } from './release.ts';

/** The execution's input: a shipment that the table holds, or a whole order that the execution places and then walks itself. */
const WorkflowInput = z.union([
  z.strictObject({ shipment: PlacedShipment }),
  z.strictObject({ order: HandedOverOrder }),
]);

/** @throws InvalidInput, OrderIdTaken */
export async function readInput(services: Services, executionName: string, input: unknown): Promise<ShipmentRow> {
  const parsed = WorkflowInput.safeParse(input);
  if (!parsed.success) throw new InvalidInput(z.prettifyError(parsed.error));
  if ('order' in parsed.data) {
    const placed = await placeOrder(services, parsed.data.order, { executionName });
    if (isRefusal(placed)) throw new OrderIdTaken(placed.detail);
    return find(services, shipmentIdOf(placed.orderId, 1));
  }
  const { shipment } = parsed.data;
  // An execution of another name goes on with a shipment that an earlier one had begun: it is not as it was placed.
  const isFirst = executionName === shipment.shipmentId;
  const isSmall = shipment.lines.length <= LINES_PER_TRANSACTION;
  return isFirst && isSmall ? asPlaced(shipment) : find(services, shipment.shipmentId);
}

/** The row as it was placed: most are still so, and the transaction finds out without a read. */
function asPlaced({ lines, ...shipment }: PlacedShipment): ShipmentRow {
  const { shipmentId, placedAt } = shipment;
  return {
    ...shipmentKey(shipmentId),
    ...shipment,
    number: partsOf(shipmentId).number,
    status: 'placed',
    lines: undecidedLines(lines),
    linesWaiting: 0,
    version: 1,
    changedAt: placedAt,
    executionName: shipmentId,
  };
}

async function find({ table }: Services, shipmentId: string): Promise<ShipmentRow> {
  const row = await table.get<ShipmentRow>(shipmentKey(shipmentId));
  if (row === undefined) throw new InvalidInput(`there is no shipment ${shipmentId}`);
  return row;
}
