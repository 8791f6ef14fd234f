import { ApiClient } from '../local/api-client.ts';
import type { PlacedOrder } from './workload.ts';

/** When what happened to an order, in milliseconds of this process's clock. */
export interface OrderTimes {
  readonly sentAt: number;
  acceptedAt?: number;
  shippedAt?: number;
}

/** An API client that remembers when each order was placed and when it was shipped. */
export class MeasuredClient extends ApiClient {
  readonly times = new Map<string, OrderTimes>();
  shipped = 0;
  readonly #shipping = new Map<string, () => void>();

  override async placeOrder(order: PlacedOrder) {
    const times: OrderTimes = { sentAt: performance.now() };
    this.times.set(order.orderId, times);
    const accepted = await super.placeOrder(order);
    times.acceptedAt = performance.now();
    return accepted;
  }

  override async confirmShip(...[shipmentId, ship]: Parameters<ApiClient['confirmShip']>) {
    const confirmation = await super.confirmShip(shipmentId, ship);
    const orderId = shipmentId.slice(0, shipmentId.lastIndexOf('-'));
    const times = this.times.get(orderId);
    if (times && times.shippedAt === undefined) {
      times.shippedAt = performance.now();
      this.shipped++;
      this.#shipping.get(orderId)?.();
    }
    return confirmation;
  }

  /** Resolves when an order that was placed has shipped. */
  async hasShipped(orderId: string): Promise<void> {
    if (this.times.get(orderId)?.shippedAt !== undefined) return;
    await new Promise<void>((resolve) => this.#shipping.set(orderId, resolve));
    this.#shipping.delete(orderId);
  }
}
