import type { Services } from '../platform/services.ts';
import { Seen } from '../platform/table/decide.ts';
import type { Workflow } from '../platform/workflow.ts';
import { nextExecutionName } from './execution-names.ts';
import { type OpenShipment, openShipments } from './open-shipments.ts';
import { placedShipment, type ShipmentRow, shipmentKey } from './shipments.ts';
import { isOpen, ShipmentStatus } from './statuses.ts';
import { changeShipment } from './transition.ts';

/** All shipments that are still to be sent. */
export async function* shipmentsToSend(services: Pick<Services, 'table'>): AsyncGenerator<OpenShipment> {
  for (const status of ShipmentStatus.options.filter(isOpen)) yield* openShipments(services, status);
}

/**
 * Gives an open shipment another execution in the place of one that has ended, or was stopped: it goes on from where the table says that
 * the shipment is. The row says first who walks it, so that the new execution does not take itself for a stranger; cut off between the two, the
 * sweeper starts it.
 *
 * @returns whether it was still open, and walked by the execution that it was seen with.
 */
export async function resumeShipment(
  services: Services,
  workflow: Workflow,
  { shipmentId, executionName }: Pick<OpenShipment, 'shipmentId' | 'executionName'>,
): Promise<boolean> {
  const key = shipmentKey(shipmentId);
  const next = nextExecutionName(shipmentId, services.now());
  const seen = new Seen().set(key, await services.table.get(key));
  const row = await services.table.decide<ShipmentRow | undefined>((seen) => {
    const current = seen.get<ShipmentRow>(key);
    if (!current || !isOpen(current.status) || current.executionName !== executionName) return { answer: undefined };
    const change = changeShipment(services, current).set('executionName', next);
    return { answer: current, writes: [change.remove('taskStage', 'taskToken')] };
  }, seen);
  if (!row) return false;
  await workflow.start(next, { shipment: placedShipment(row) }, services.now());
  return true;
}
