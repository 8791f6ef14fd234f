import type { ItemRequest, OrderRequest } from '../local/api-client.ts';

/** More than enough, where orders are to find their goods in stock. */
const PLENTY = 1_000_000;

export type PlacedOrder = OrderRequest & { readonly orderId: string };

export interface Workload {
  readonly skus: readonly string[];
  /** Units of each SKU that are there from the beginning. */
  readonly inStock: number;
  readonly orders: readonly PlacedOrder[];
}

/** Orders whose lines take the SKUs in turn, one unit each, so that every SKU is wanted equally often. */
export function evenOrders({ orders, skus, lines }: { orders: number; skus: number; lines: number }): Workload {
  const names = skuNames(skus);
  return {
    skus: names,
    inStock: PLENTY,
    orders: Array.from({ length: orders }, (_, n) =>
      anOrder(
        orderIdOf(n),
        Array.from({ length: lines }, (_, line) => names[(n * lines + line) % skus] ?? ''),
      ),
    ),
  };
}

/** Orders that all want the same SKU, of which there is enough for half of them. */
export function hotOrders(orders: number): Workload {
  const skus = skuNames(1);
  return {
    skus,
    inStock: Math.floor(orders / 2),
    orders: Array.from({ length: orders }, (_, n) => anOrder(orderIdOf(n), skus)),
  };
}

/** Orders of one line for which nothing is there. */
export function waitingOrders(orders: number, skus: number): Workload {
  return { ...evenOrders({ orders, skus, lines: 1 }), inStock: 0 };
}

/** A catalogue's entry that never runs low: alerts are another story. */
export function anItem(): ItemRequest {
  return {
    title: 'Enamel mug',
    weightGrams: 180,
    dimensionsMm: { length: 120, width: 90, height: 85 },
    unitCostMinor: 420,
    currency: 'EUR',
    leadTimeDays: 14,
    backorders: { policy: 'allow' },
    reorderPoint: 0,
    bin: 'A-01-1',
  };
}

/** Orders of a SKU of their own, to run before anything is timed. */
export function warmUpOrders(orders: number): Workload {
  const skus = ['WARM-UP'];
  return { skus, inStock: PLENTY, orders: Array.from({ length: orders }, (_, n) => anOrder(`warm-up-${n}`, skus)) };
}

function orderIdOf(n: number): string {
  return `SO-${n + 1}`;
}

function skuNames(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `MUG-${String(n + 1).padStart(5, '0')}`);
}

function anOrder(orderId: string, skus: readonly string[]): PlacedOrder {
  return {
    orderId,
    customer: { name: 'Zoë Müller', email: 'zoe@example.com' },
    shipTo: { name: 'Zoë Müller', line1: 'Am Markt 1', city: 'Bremen', postalCode: '28195', country: 'DE' },
    lines: skus.map((sku) => ({ sku, quantity: 1 })),
    ifShort: 'wait',
  };
}
