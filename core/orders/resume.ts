import type { Services } from '../platform/services.ts';
import { Seen } from '../platform/table/decide.ts';
import type { Workflow } from '../platform/workflow.ts';
import { openShipments } from './open-shipments.ts';
import { placedShipment, type ShipmentRow, shipmentKey } from './shipments.ts';
import { isOpen, ShipmentStatus } from './statuses.ts';
import { changeShipment } from './transition.ts';

/** Ids of all shipments that are still to be sent. */
export async function* shipmentsToSend(services: Pick<Services, 'table'>): AsyncGenerator<string> {
  for (const status of ShipmentStatus.options.filter(isOpen)) {
    for await (const { shipmentId } of openShipments(services, status)) yield shipmentId;
  }
}

/**
 * Gives an open shipment another execution, which goes on from where the table says that the shipment is. For a table that was put back to
 * an earlier moment: the execution that walked the shipment has gone on since, and waits with a token that the table does not know. It has
 * to be stopped before. The row says first who walks it, so that the new execution does not take itself for a stranger; cut off between
 * the two, it can be repeated.
 *
 * @returns whether it was still open.
 */
export async function resumeShipment(
  services: Services,
  workflow: Workflow,
  shipmentId: string,
  executionName: string,
): Promise<boolean> {
  const key = shipmentKey(shipmentId);
  const seen = new Seen().set(key, await services.table.get(key));
  const row = await services.table.decide<ShipmentRow | undefined>((seen) => {
    const current = seen.get<ShipmentRow>(key);
    if (!current || !isOpen(current.status)) return { answer: undefined };
    const change = changeShipment(services, current).set('executionName', executionName);
    return { answer: current, writes: [change.remove('taskStage', 'taskToken')] };
  }, seen);
  if (!row) return false;
  await workflow.start(executionName, { shipment: placedShipment(row) }, services.now());
  return true;
}
