import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { linesOf } from '../../orders/shipments.ts';
import { orderOfLink } from '../../orders/tracking-link.ts';
import { keys } from '../../platform/table/keys.ts';
import type { ItemRow } from '../../stock/items.ts';
import { TrackedOrderSaid, trackAnswer } from '../answers/track.ts';
import type { ApiEnvironment } from '../environment.ts';
import { operation } from '../operation.ts';
import { Problem } from '../problem.ts';

/** Any word is taken: what is not a link's leads nowhere, whatever is wrong with it. */
const TrackPath = z.object({ token: z.string().describe('What the link ends with.') });

const tracking = operation({
  operationId: 'trackOrder',
  tag: 'Tracking',
  summary: 'See an order as its customer',
  description:
    'For whoever has the link: how far the order is, by when it is promised, where its parcels are, and what has happened, in words. A link that is wrong, or has been revoked, leads nowhere.',
  scope: 'public',
  method: 'get',
  path: '/track/{token}',
  request: { params: TrackPath },
  status: 200,
  answer: TrackedOrderSaid,
  example: {
    orderId: 'SO-1001',
    status: 'backordered',
    said: 'Something is not in stock yet. You keep your place in line.',
    placedAt: '2026-11-23T09:30:00.000Z',
    shipments: [
      {
        status: 'backordered',
        said: 'Something is not in stock yet. You keep your place in line.',
        contents: [{ title: 'Enamel mug, white', quantity: 2, waiting: 1 }],
        promisedAt: '2026-12-02T08:00:00.000Z',
        promise: 'It leaves us by December 2, 2026: a delivery to us is expected on December 1, 2026.',
        tracking: null,
        parcels: null,
        mayChoose: false,
      },
    ],
    timeline: [{ at: '2026-11-23T09:30:00.000Z', said: 'We have your order.' }],
  },
  problems: ['unknown-tracking-link'],
});

/** A link is a secret: nobody on the way keeps the answer, and no page that it is shown on passes it on. */
const SECRECY = {
  'Cache-Control': 'private, no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex',
};

export function addTrack(api: OpenAPIHono<ApiEnvironment>): void {
  api.openapi(tracking, async (c) => {
    const { services } = c.var;
    const tracked = await orderOfLink(services, c.req.valid('param').token);
    if (!tracked) throw new Problem('unknown-tracking-link', { headers: SECRECY });
    const skus = new Set(tracked.shipments.flatMap(linesOf).map(({ sku }) => sku));
    const items = await services.table.getMany<ItemRow>([...skus].map(keys.item));
    const titles = new Map(items.map(({ sku, title }) => [sku, title]));
    return c.json(trackAnswer(tracked, titles), 200, SECRECY);
  });
}
