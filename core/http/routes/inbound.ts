import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { announceInbound, type InboundChanged } from '../../inbound/announce.ts';
import { cancelInbound, moveInbound, noSuchInbound, receiveInbound } from '../../inbound/change.ts';
import { getInbound, listInbound } from '../../inbound/list.ts';
import {
  AnnounceInbound,
  CancelInbound,
  InboundShipmentId,
  InboundStatus,
  MoveInbound,
  ReceiveInbound,
} from '../../inbound/schema.ts';
import type { Refusal } from '../../platform/refusal.ts';
import { InboundPage, InboundShipment, inboundAnswer } from '../answers/inbound.ts';
import type { ApiContext, ApiEnvironment } from '../environment.ts';
import { idempotentRequest, WriteHeaders } from '../idempotency-key.ts';
import { json, operation } from '../operation.ts';
import { LocationPageQuery, pageRequest } from '../paging.ts';
import { unlessRefused } from '../problem.ts';

const InboundPath = z.object({ inboundShipmentId: InboundShipmentId });
const TAG = 'Inbound shipments';

const EXPECTED = {
  inboundShipmentId: 'PO-2026-0815',
  status: 'expected',
  location: 'main',
  expectedAt: '2026-12-01T08:00:00.000Z',
  reference: 'MSKU-1234567',
  lines: [{ sku: 'MUG-WHITE', quantity: 120, received: 0, outstanding: 120, over: 0, short: 0 }],
  createdAt: '2026-11-23T09:30:00.000Z',
  changedAt: '2026-11-23T09:30:00.000Z',
} satisfies InboundShipment;

const changing = {
  tag: TAG,
  scope: 'stock:write',
  method: 'post',
  status: 200,
  answer: InboundShipment,
} as const;

const announcing = operation({
  ...changing,
  operationId: 'announceInboundShipment',
  summary: 'Announce stock on its way in',
  description: `Its units count as \`incoming\` from now on, and those who wait for them are promised a date.

With an \`inboundShipmentId\` of its own it can be announced again safely: the same announcement gets the first answer, another one is refused. Without one, an \`Idempotency-Key\` does the same.`,
  path: '/inbound-shipments',
  request: {
    headers: WriteHeaders,
    body: json(AnnounceInbound, {
      inboundShipmentId: 'PO-2026-0815',
      expectedAt: '2026-12-01T08:00:00Z',
      reference: 'MSKU-1234567',
      lines: [{ sku: 'MUG-WHITE', quantity: 120 }],
    }),
  },
  status: 201,
  example: EXPECTED,
  answerHeaders: z.object({ Location: z.string().describe('Where the inbound shipment can be read.') }),
  problems: ['sku-not-kept', 'inbound-shipment-id-taken', 'idempotency-key-reused'],
});

const listing = operation({
  operationId: 'listInboundShipments',
  tag: TAG,
  summary: 'List what is on its way',
  description:
    'Inbound shipments of a location by expected date: those of which something is still to come, or those in one status.',
  scope: 'stock:read',
  method: 'get',
  path: '/inbound-shipments',
  request: { query: LocationPageQuery.extend({ status: InboundStatus.optional() }) },
  status: 200,
  answer: InboundPage,
  example: { items: [EXPECTED] },
  problems: ['invalid-cursor'],
});

const reading = operation({
  operationId: 'getInboundShipment',
  tag: TAG,
  summary: 'See an inbound shipment',
  description: 'Line by line: what was announced, what has come, what is still to come, and what never will.',
  scope: 'stock:read',
  method: 'get',
  path: '/inbound-shipments/{inboundShipmentId}',
  request: { params: InboundPath },
  status: 200,
  answer: InboundShipment,
  example: EXPECTED,
  problems: ['unknown-inbound-shipment'],
});

const moving = operation({
  ...changing,
  operationId: 'moveInboundShipment',
  summary: 'Give it another date',
  description: `Later or earlier. Those who wait for its units are promised anew; a customer whose date moves by more than the tolerance hears of it, with the reason that is given here.

Can be repeated: the same date and reason change nothing.`,
  method: 'patch',
  path: '/inbound-shipments/{inboundShipmentId}',
  request: {
    params: InboundPath,
    headers: WriteHeaders,
    body: json(MoveInbound, { expectedAt: '2026-12-08T08:00:00Z', reason: 'port-congestion' }),
  },
  example: {
    ...EXPECTED,
    expectedAt: '2026-12-08T08:00:00.000Z',
    lastMove: {
      at: '2026-11-25T10:00:00.000Z',
      from: '2026-12-01T08:00:00.000Z',
      to: '2026-12-08T08:00:00.000Z',
      reason: 'port-congestion',
    },
  },
  problems: ['unknown-inbound-shipment', 'inbound-shipment-closed', 'idempotency-key-reused'],
});

const receiving = operation({
  ...changing,
  operationId: 'receiveInboundShipment',
  summary: 'Receive units of it',
  description: `All of it, a part, or more than was announced. Whoever waits is served first, in turn. With \`complete\` nothing more will come: what is outstanding is short.

Send an \`Idempotency-Key\`: without it, a receipt that is sent again counts again. With it, the answer is the shipment as it is by then.`,
  path: '/inbound-shipments/{inboundShipmentId}/receive',
  request: {
    params: InboundPath,
    headers: WriteHeaders,
    body: json(ReceiveInbound, { lines: [{ sku: 'MUG-WHITE', quantity: 118 }], complete: true }),
  },
  example: {
    ...EXPECTED,
    status: 'received',
    lines: [{ sku: 'MUG-WHITE', quantity: 120, received: 118, outstanding: 0, over: 0, short: 2 }],
  },
  problems: [
    'unknown-inbound-shipment',
    'inbound-shipment-closed',
    'not-in-inbound-shipment',
    'idempotency-key-reused',
  ],
});

const cancelling = operation({
  ...changing,
  operationId: 'cancelInboundShipment',
  summary: 'Expect nothing more of it',
  description: `What has been received stays. Those who waited for the rest are promised anew, on whatever else is on its way.

Can be repeated: one that is cancelled already gets the same answer.`,
  path: '/inbound-shipments/{inboundShipmentId}/cancel',
  request: { params: InboundPath, headers: WriteHeaders, body: json(CancelInbound, { reason: 'supplier' }) },
  example: {
    ...EXPECTED,
    status: 'cancelled',
    lines: [{ sku: 'MUG-WHITE', quantity: 120, received: 0, outstanding: 0, over: 0, short: 120 }],
    cancelReason: 'supplier',
  },
  problems: ['unknown-inbound-shipment', 'inbound-shipment-closed', 'idempotency-key-reused'],
});

export function addInbound(api: OpenAPIHono<ApiEnvironment>): void {
  api.openapi(announcing, async (c) => {
    const announced = c.req.valid('json');
    const shipment = await asChanged(
      c,
      await announceInbound(c.var.services, announced, idempotentRequest(c, announced)),
    );
    return c.json(shipment, 201, { Location: `/inbound-shipments/${shipment.inboundShipmentId}` });
  });

  api.openapi(listing, async (c) => {
    const { location, status, ...page } = c.req.valid('query');
    return c.json(
      InboundPage.parse(await listInbound(c.var.services, { location, status, ...pageRequest(page) })),
      200,
    );
  });

  api.openapi(reading, async (c) => c.json(await answerOf(c, c.req.valid('param').inboundShipmentId), 200));

  api.openapi(moving, async (c) => {
    const { inboundShipmentId } = c.req.valid('param');
    const move = c.req.valid('json');
    const moved = await moveInbound(c.var.services, inboundShipmentId, move, idempotentRequest(c, move));
    return c.json(await asChanged(c, moved), 200);
  });

  api.openapi(receiving, async (c) => {
    const { inboundShipmentId } = c.req.valid('param');
    const receipt = c.req.valid('json');
    const received = await receiveInbound(c.var.services, inboundShipmentId, receipt, idempotentRequest(c, receipt));
    return c.json(await asChanged(c, received), 200);
  });

  api.openapi(cancelling, async (c) => {
    const { inboundShipmentId } = c.req.valid('param');
    const why = c.req.valid('json');
    const cancelled = await cancelInbound(c.var.services, inboundShipmentId, why, idempotentRequest(c, why));
    return c.json(await asChanged(c, cancelled), 200);
  });
}

/** The shipment as it is after the change, all of which is booked by then. */
function asChanged(c: ApiContext, changed: InboundChanged | Refusal): Promise<InboundShipment> {
  return answerOf(c, unlessRefused(changed).inboundShipmentId);
}

async function answerOf(c: ApiContext, inboundShipmentId: string): Promise<InboundShipment> {
  const row = await getInbound(c.var.services, inboundShipmentId);
  return inboundAnswer(unlessRefused(row ?? noSuchInbound(inboundShipmentId)));
}
