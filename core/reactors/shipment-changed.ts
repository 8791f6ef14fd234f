import { isMoving, takePlaces } from '../backorders/take-places.ts';
import { type ShipmentRow, shipmentKey } from '../orders/shipments.ts';
import { isOpen } from '../orders/statuses.ts';
import { isUnwalked, startExecution, strikeOff, tellWorkflow } from '../orders/tasks.ts';
import type { Services } from '../platform/services.ts';
import type { Workflow } from '../platform/workflow.ts';
import { isSettled, settle } from '../reservations/release.ts';

/**
 * Moves the workflow to where the table is: starts the execution of a new shipment, finishes what was cut off, and tells the
 * task that waits what has become of the shipment.
 */
export async function shipmentChanged(
  services: Services,
  workflow: Workflow,
  { row, isNew }: { row: ShipmentRow; isNew: boolean },
): Promise<void> {
  if (isNew) await startExecution(services, workflow, row);
  await catchUp(services, workflow, row);
}

/** Looks at a shipment again; says whether its execution was not where it should have been. */
export async function remindWorkflow(services: Services, workflow: Workflow, shipmentId: string): Promise<boolean> {
  const row = await services.table.get<ShipmentRow>(shipmentKey(shipmentId));
  if (!row) return false;
  return isUnwalked(row) ? startExecution(services, workflow, row) : catchUp(services, workflow, row);
}

/** Says whether the task that waits had not been told before. */
async function catchUp(services: Services, workflow: Workflow, row: ShipmentRow): Promise<boolean> {
  const hasEnded = !isOpen(row.status);
  if (hasEnded && !isSettled(row)) await settle(services, row.shipmentId);
  if (isMoving(row)) await takePlaces(services, row.shipmentId);
  const waited = await tellWorkflow(workflow, row);
  if (hasEnded && row.openShard) await strikeOff(services, row);
  return waited;
}
