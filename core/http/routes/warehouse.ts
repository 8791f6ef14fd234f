import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { ShipmentId } from '../../orders/schema.ts';
import { noteDelay } from '../../warehouse/delay.ts';
import { confirmDelivery } from '../../warehouse/deliver.ts';
import { confirmPack } from '../../warehouse/pack.ts';
import { confirmPick } from '../../warehouse/pick.ts';
import { returnUnits } from '../../warehouse/return.ts';
import {
  ConfirmPack,
  ConfirmPick,
  ConfirmShip,
  DelayShipment,
  ReturnUnits,
  WorkStage,
} from '../../warehouse/schema.ts';
import { confirmShip } from '../../warehouse/ship.ts';
import { listWork } from '../../warehouse/work.ts';
import { Confirmation, DelayNoted, UnitsReturned, WorkPage } from '../answers/warehouse.ts';
import type { ApiEnvironment } from '../environment.ts';
import { idempotentRequest, WriteHeaders } from '../idempotency-key.ts';
import { json, operation } from '../operation.ts';
import { LocationPageQuery, pageRequest } from '../paging.ts';
import { unlessRefused } from '../problem.ts';

const ShipmentPath = z.object({ shipmentId: ShipmentId });
const confirming = {
  tag: 'Warehouse',
  scope: 'warehouse:write',
  method: 'post',
  status: 200,
  answer: Confirmation,
} as const;
const TWICE =
  'Can be repeated: the same confirmation gets the same answer, also when the shipment has moved on since. Another one is refused.';

const work = operation({
  operationId: 'listWork',
  tag: 'Warehouse',
  summary: 'List open work, oldest first',
  description: 'Shipments of a location that wait to be picked, packed or shipped, with all that it takes to do so.',
  scope: 'warehouse:write',
  method: 'get',
  path: '/warehouse/work',
  request: { query: LocationPageQuery.extend({ stage: WorkStage }) },
  status: 200,
  answer: WorkPage,
  example: {
    items: [
      {
        shipmentId: 'SO-1001-1',
        orderId: 'SO-1001',
        location: 'main',
        priority: 5,
        placedAt: '2026-11-23T09:30:00.000Z',
        lines: [
          {
            sku: 'MUG-WHITE',
            title: 'Enamel mug, white',
            quantity: 2,
            bin: 'A-01-1',
            weightGrams: 180,
            dimensionsMm: { length: 120, width: 90, height: 85 },
          },
        ],
      },
    ],
  },
  problems: ['invalid-cursor'],
});

const pick = operation({
  ...confirming,
  operationId: 'confirmPick',
  example: { shipmentId: 'SO-1001-1', status: 'packing' },
  summary: 'Confirm what was picked',
  description: `Names every line of the shipment with the units that were found. All of them: the shipment is to be packed. Fewer: the missing units are written off, the bin is to be counted, and the shipment waits for stock again, at its old place in the queue.

Can be repeated: the same confirmation gets the same answer. Send an \`Idempotency-Key\` with a short pick: without it, one that is sent again late may be taken for a second one.`,
  path: '/shipments/{shipmentId}/pick',
  request: {
    params: ShipmentPath,
    headers: WriteHeaders,
    body: json(ConfirmPick, { lines: [{ sku: 'MUG-WHITE', picked: 2 }] }),
  },
  problems: [
    'unknown-shipment',
    'out-of-step',
    'confirmed-differently',
    'not-in-shipment',
    'picked-too-many',
    'line-missing',
    'idempotency-key-reused',
  ],
});

const pack = operation({
  ...confirming,
  operationId: 'confirmPack',
  example: { shipmentId: 'SO-1001-1', status: 'shipping' },
  summary: 'Confirm that it is packed',
  description: `The units are in cartons; which cartons may be said or left out.\n\n${TWICE}`,
  path: '/shipments/{shipmentId}/pack',
  request: {
    params: ShipmentPath,
    headers: WriteHeaders,
    body: {
      ...json(ConfirmPack, {
        cartons: [{ weightGrams: 520, dimensionsMm: { length: 300, width: 200, height: 150 } }],
      }),
      required: false as const,
    },
  },
  problems: ['unknown-shipment', 'out-of-step', 'confirmed-differently', 'idempotency-key-reused'],
});

const ship = operation({
  ...confirming,
  operationId: 'confirmShip',
  example: { shipmentId: 'SO-1001-1', status: 'shipped' },
  summary: 'Confirm that it has left',
  description: `The carrier has it: its units leave the books, and the order shows the tracking number.\n\n${TWICE}`,
  path: '/shipments/{shipmentId}/ship',
  request: {
    params: ShipmentPath,
    headers: WriteHeaders,
    body: json(ConfirmShip, { carrier: 'DHL', trackingNumber: '00340434161094042557' }),
  },
  problems: ['unknown-shipment', 'out-of-step', 'confirmed-differently', 'idempotency-key-reused'],
});

const deliver = operation({
  ...confirming,
  operationId: 'confirmDelivery',
  example: { shipmentId: 'SO-1001-1', status: 'delivered' },
  summary: 'Confirm that it has arrived',
  description: `The carrier has handed it to the customer.\n\n${TWICE}`,
  path: '/shipments/{shipmentId}/deliver',
  request: { params: ShipmentPath, headers: WriteHeaders },
  problems: ['unknown-shipment', 'out-of-step', 'idempotency-key-reused'],
});

const delay = operation({
  ...confirming,
  operationId: 'delayShipment',
  answer: DelayNoted,
  example: { shipmentId: 'SO-1001-1', status: 'shipped', deliveryExpectedAt: '2026-12-01T08:00:00.000Z' },
  summary: 'Note that it will be late',
  description: `The carrier says that a shipment which has left will be late. The order and the customer's link show when it is expected.

Can be repeated: the same date is no news.`,
  path: '/shipments/{shipmentId}/delay',
  request: {
    params: ShipmentPath,
    headers: WriteHeaders,
    body: json(DelayShipment, { expectedAt: '2026-12-01T08:00:00Z', reason: 'weather' }),
  },
  problems: ['unknown-shipment', 'out-of-step', 'idempotency-key-reused'],
});

const returning = operation({
  ...confirming,
  operationId: 'returnUnits',
  answer: UnitsReturned,
  example: { shipmentId: 'SO-1001-1', status: 'shipped', unitsSellable: 1, unitsNotSellable: 0 },
  summary: 'Take units back',
  description: `Units of a shipment that has left come back: sellable ones are free to promise and serve whoever waits, the others are noted in the ledger. No more come back than have left.

Send an \`Idempotency-Key\`: without it, a return that is sent again counts again.`,
  path: '/shipments/{shipmentId}/returns',
  request: {
    params: ShipmentPath,
    headers: WriteHeaders,
    body: json(ReturnUnits, { lines: [{ sku: 'MUG-WHITE', quantity: 1, sellable: true }], reason: 'wrong color' }),
  },
  problems: ['unknown-shipment', 'out-of-step', 'not-in-shipment', 'returned-too-many', 'idempotency-key-reused'],
});

export function addWarehouse(api: OpenAPIHono<ApiEnvironment>): void {
  api.openapi(work, async (c) => {
    const { stage, location, ...page } = c.req.valid('query');
    return c.json(WorkPage.parse(await listWork(c.var.services, { stage, location, ...pageRequest(page) })), 200);
  });

  api.openapi(pick, async (c) => {
    const { shipmentId } = c.req.valid('param');
    const found = c.req.valid('json');
    const confirmed = await confirmPick(c.var.services, shipmentId, found, idempotentRequest(c, found));
    return c.json(Confirmation.parse(unlessRefused(confirmed)), 200);
  });

  api.openapi(pack, async (c) => {
    const { shipmentId } = c.req.valid('param');
    const packed = c.req.valid('json');
    const confirmed = await confirmPack(c.var.services, shipmentId, packed, idempotentRequest(c, packed));
    return c.json(Confirmation.parse(unlessRefused(confirmed)), 200);
  });

  api.openapi(ship, async (c) => {
    const { shipmentId } = c.req.valid('param');
    const tracking = c.req.valid('json');
    const confirmed = await confirmShip(c.var.services, shipmentId, tracking, idempotentRequest(c, tracking));
    return c.json(Confirmation.parse(unlessRefused(confirmed)), 200);
  });

  api.openapi(delay, async (c) => {
    const { shipmentId } = c.req.valid('param');
    const late = c.req.valid('json');
    const noted = await noteDelay(c.var.services, shipmentId, late, idempotentRequest(c, late));
    return c.json(DelayNoted.parse(unlessRefused(noted)), 200);
  });

  api.openapi(returning, async (c) => {
    const { shipmentId } = c.req.valid('param');
    const units = c.req.valid('json');
    const returned = await returnUnits(c.var.services, shipmentId, units, idempotentRequest(c, units));
    return c.json(UnitsReturned.parse(unlessRefused(returned)), 200);
  });

  api.openapi(deliver, async (c) => {
    const { shipmentId } = c.req.valid('param');
    const confirmed = await confirmDelivery(c.var.services, shipmentId, idempotentRequest(c, null));
    return c.json(Confirmation.parse(unlessRefused(confirmed)), 200);
  });
}
