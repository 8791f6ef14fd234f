import { forEachConcurrently } from '../core/platform/concurrently.ts';
import type { ApiClient } from '../local/api-client.ts';
import { Robot } from '../local/robot.ts';
import { MeasuredClient, type OrderTimes } from './measured-client.ts';
import { type ReportProgress, untilDone } from './progress.ts';
import { anItem, type Workload } from './workload.ts';

const ITEMS_AT_ONCE = 16;

/** Puts the SKUs into the catalogue and what is there of them on the shelves. */
export async function stockUp(api: ApiClient, { skus, inStock }: Workload): Promise<void> {
  await forEachConcurrently(skus, ITEMS_AT_ONCE, async (sku) => {
    await api.putItem(sku, anItem());
    if (inStock > 0) await api.receiveStock(sku, { quantity: inStock });
  });
}

export interface DriveOptions {
  readonly clients: number;
  /** Units that arrive once all orders are placed and `whenDecided` says so. Where there are any, no client waits for its order to ship. */
  readonly arrivingLater?: {
    readonly sku: string;
    readonly quantity: number;
    readonly whenDecided: () => Promise<void>;
  };
  readonly report: ReportProgress;
}

export interface Driven {
  readonly seconds: number;
  readonly times: readonly Required<OrderTimes>[];
  /** Confirmations of the robot that the API did not take. */
  readonly refusedConfirmations: number;
}

/** Places the orders through the API while a robot confirms picks, packs and shipments through it, until all have shipped. */
export async function drive(url: string, { orders }: Workload, options: DriveOptions): Promise<Driven> {
  const { clients, arrivingLater, report } = options;
  const api = new MeasuredClient(url);
  let refusedConfirmations = 0;
  const startedAt = performance.now();
  const robot = new Robot(api, () => refusedConfirmations++);
  const placeAll = async () => {
    await forEachConcurrently(orders, clients, async (order) => {
      await api.placeOrder(order);
      if (!arrivingLater) await api.hasShipped(order.orderId);
    });
    if (!arrivingLater) return;
    const { sku, quantity, whenDecided } = arrivingLater;
    await whenDecided();
    await api.receiveStock(sku, { quantity });
  };
  try {
    await Promise.all([placeAll(), untilDone(() => api.shipped, orders.length, { robot, report })]);
  } finally {
    await robot.stop();
  }
  const times = [...api.times.values()] as Required<OrderTimes>[];
  const seconds = (Math.max(...times.map(({ shippedAt }) => shippedAt)) - startedAt) / 1000;
  return { seconds, times, refusedConfirmations };
}
