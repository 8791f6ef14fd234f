import * as z from 'zod';
import type { Services } from '../platform/services.ts';
import { equals } from '../platform/table/expressions.ts';
import { indexed } from '../platform/table/keys.ts';
import { update } from '../platform/table/writes.ts';
import type { Workflow } from '../platform/workflow.ts';
import { isOurs } from './execution-names.ts';
import { ShipmentId } from './schema.ts';
import { placedShipment, type ShipmentRow, type Stage, shipmentKey } from './shipments.ts';
import { isOpen, isUnfulfilled, progress, type ShipmentStatus } from './statuses.ts';
import { changeShipment, type KnownShipment, moveShipment } from './transition.ts';
import { ORDER_CANCELLED, OrderCancelled, SHORT_PICK, SPLIT_CHOSEN, StillWaiting } from './workflow-errors.ts';

export const OpenTask = z.strictObject({
  shipmentId: ShipmentId,
  stage: z.enum(['backorder', 'pick', 'pack', 'ship']),
  token: z.string().min(1).max(2048),
});
export type OpenTask = z.infer<typeof OpenTask>;

/** The status in which a shipment usually is when a stage's task opens, tried without a read. */
const EXPECTED: Record<Stage, ShipmentStatus> = {
  backorder: 'backordered',
  pick: 'reserved',
  pack: 'packing',
  ship: 'shipping',
};

/** The status of a shipment while a stage's task waits for somebody. */
const DURING: Record<Stage, ShipmentStatus> = {
  backorder: 'backordered',
  pick: 'picking',
  pack: 'packing',
  ship: 'shipping',
};

/** The status with which a stage is behind a shipment. */
const DONE_AT: Record<Stage, ShipmentStatus> = {
  backorder: 'reserved',
  pick: 'packing',
  pack: 'shipping',
  ship: 'shipped',
};

/**
 * Stores the token of a task that waits with its shipment, where the stream finds it once the stage is done; that may have happened
 * before. The pick's task also hands the shipment to the warehouse. A call that comes when a later stage's task waits leaves that one alone.
 *
 * @throws OrderCancelled when the shipment has ended without leaving.
 * @throws StillWaiting when units that were to be picked are no longer allocated.
 */
export async function openTask(services: Services, { shipmentId, stage, token }: OpenTask): Promise<void> {
  await services.table.decide((seen) => {
    const row = seen.get<ShipmentRow>(shipmentKey(shipmentId));
    if (row === null) throw new Error(`there is no shipment ${shipmentId}`);
    if (row && (row.taskToken === token || isOvertaken(row, stage))) return { answer: undefined };
    const shipment: KnownShipment = row ?? { shipmentId, status: EXPECTED[stage] };
    if (isUnfulfilled(shipment.status)) throw new OrderCancelled(`${shipmentId} is ${shipment.status}`);
    if (stage === 'pick' && shipment.status === 'backordered') throw new StillWaiting(`${shipmentId} waits for stock`);
    const task = { taskStage: stage, taskToken: token };
    if (stage !== 'pick' || shipment.status !== 'reserved') {
      const change = changeShipment(services, shipment).setAll(task);
      // The warehouse was faster, and it was struck off with the task before: somebody has to look at it for this one, too.
      if (row && !isOpen(row.status)) change.setAll(listedAsEnded(row));
      return { answer: undefined, writes: [change] };
    }
    const handedOver = { type: 'picking' as const, detail: 'The warehouse has the order.', facts: {} };
    const { row: change, order, event } = moveShipment(services, seen, shipment, 'picking', handedOver);
    return { answer: undefined, writes: [change.setAll(task), order, event] };
  });
}

/**
 * Whether the execution has gone on to a later stage. A function can be so slow, or be called again so late, that its stage is over: it
 * must not take the place of the task that is waited for now. That of a pick stays on the row when the shipment has to wait again.
 */
function isOvertaken({ taskStage, status }: ShipmentRow, stage: Stage): boolean {
  if (taskStage === undefined) return false;
  const [now = 0, theirs = 0, ours = 0] = [status, DURING[taskStage], DURING[stage]].map(progress);
  return theirs > ours && now >= theirs;
}

function listedAsEnded({ orderId, shipmentId, location, placedAt }: ShipmentRow) {
  return {
    openShard: indexed.openShipment('ended', orderId),
    openSort: indexed.openShipmentSort(location, placedAt, shipmentId),
  };
}

/** What the execution of a shipment is to be told. */
export type Signal = { kind: 'success' } | { kind: 'failure'; error: string; cause: string };

/**
 * What the waiting task is to be told, read off the shipment's state alone: a repeat or a late look gives the same. Undefined while
 * the stage lasts, and where no task waits.
 */
export function signalFor({ shipmentId, status, taskStage, splitChosenAt }: Signalled): Signal | undefined {
  if (taskStage === undefined) return undefined;
  if (isUnfulfilled(status)) {
    return { kind: 'failure', error: ORDER_CANCELLED, cause: `${shipmentId} is ${status}` };
  }
  const reached = progress(status) ?? 0;
  if (reached >= (progress(DONE_AT[taskStage]) ?? 0)) return { kind: 'success' };
  if (taskStage === 'pick' && reached < (progress('picking') ?? 0)) {
    return { kind: 'failure', error: SHORT_PICK, cause: `${shipmentId}: the bin held fewer units than were promised` };
  }
  if (taskStage === 'backorder' && splitChosenAt !== undefined) {
    return { kind: 'failure', error: SPLIT_CHOSEN, cause: `${shipmentId}: the customer takes what is there` };
  }
  return undefined;
}

type Signalled = Pick<ShipmentRow, 'shipmentId' | 'status' | 'taskStage' | 'splitChosenAt'>;

/** Whether nobody seems to walk an open shipment: its execution has not come to a first task, or was never started. */
export function isUnwalked({ status, taskStage }: Pick<ShipmentRow, 'status' | 'taskStage'>): boolean {
  return isOpen(status) && taskStage === undefined;
}

/** Tells the execution what its task waits for; says whether the task still waited. */
export async function tellWorkflow(workflow: Workflow, row: ShipmentRow): Promise<boolean> {
  const signal = signalFor(row);
  if (signal === undefined || row.taskToken === undefined) return false;
  return signal.kind === 'success'
    ? workflow.succeed(row.taskToken, { shipmentId: row.shipmentId })
    : workflow.fail(row.taskToken, signal.error, signal.cause);
}

/** Strikes an ended shipment, of which nothing is left to do, off the list of those that somebody still has to look at. */
export async function strikeOff({ table }: Services, { shipmentId, version }: ShipmentRow): Promise<void> {
  const key = shipmentKey(shipmentId);
  await table.decide((seen) => {
    // Refuted: it has changed, and whoever looks at that change strikes it off.
    if (seen.get(key) !== undefined) return { answer: undefined };
    const struck = update(key).remove('taskToken', 'taskStage', 'openShard', 'openSort').add('version', 1);
    return { answer: undefined, writes: [struck.when(equals('version', version))] };
  });
}

/** Starts the execution that walks a shipment, unless another walks it; says whether it was started now. */
export async function startExecution({ now }: Services, workflow: Workflow, row: ShipmentRow): Promise<boolean> {
  if (!isOurs(row.executionName, row.shipmentId)) return false;
  return workflow.start(row.executionName, { shipment: placedShipment(row) }, now());
}
