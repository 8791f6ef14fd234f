import { setTimeout as sleep } from 'node:timers/promises';
import type { ShipmentRow, Stage } from '../core/orders/shipments.ts';
import { indexes, shardsOf } from '../core/platform/table/keys.ts';
import type { Table } from '../core/platform/table/table.ts';

const LOOK_AGAIN_MS = 20;
const ROWS_PER_PAGE = 500;

/** The task that a shipment of each status rests at. There is none for those that do not rest. */
const RESTS_AT: Readonly<Record<string, Stage | undefined>> = {
  placed: undefined,
  backordered: 'backorder',
  reserved: undefined,
  picking: 'pick',
  packing: 'pack',
  shipping: 'ship',
  ended: undefined,
};

/** Resolves when nothing goes on by itself any more: every open shipment waits for stock, for the warehouse or for its customer. */
export async function untilSettled(table: Table, streamsIdle: () => Promise<void>): Promise<void> {
  for (;;) {
    await streamsIdle();
    if (!(await isAnythingUnderWay(table))) break;
    await sleep(LOOK_AGAIN_MS);
  }
  // The last move of a shipment may have come while nobody looked at the stream: what follows from it, such as a date, is not under way.
  await streamsIdle();
}

async function isAnythingUnderWay(table: Table): Promise<boolean> {
  for (const [list, stage] of Object.entries(RESTS_AT)) {
    const partitions = shardsOf(list);
    for await (const row of table.listAll<ShipmentRow>({
      index: indexes.openShipments,
      partitions,
      limit: ROWS_PER_PAGE,
    })) {
      if (row.taskStage === undefined || row.taskStage !== stage) return true;
    }
  }
  return false;
}
