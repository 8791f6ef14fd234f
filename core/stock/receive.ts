import { type IdempotentRequest, idempotency } from '../platform/idempotency.ts';
import { notFound, type Refusal } from '../platform/refusal.ts';
import type { Services } from '../platform/services.ts';
import { keys } from '../platform/table/keys.ts';
import { changeLevel } from './levels.ts';
import type { ReceiveStock } from './schema.ts';

export interface StockReceived {
  readonly sku: string;
  readonly location: string;
  readonly quantity: number;
  readonly reference?: string;
  readonly receivedAt: string;
}

/** Units arrive and are free to promise; the stream gives them to whoever waits. */
export function receiveStock(
  services: Services,
  sku: string,
  { quantity, location, reference }: ReceiveStock,
  request?: IdempotentRequest,
): Promise<StockReceived | Refusal> {
  const { answered, remember } = idempotency<StockReceived>(services, request);
  const why = { type: 'receipt' as const, ...(reference && { reference }) };
  return services.table.decide<StockReceived | Refusal>((seen) => {
    const first = answered(seen);
    if (first) return { answer: first };
    if (seen.get(keys.stock(sku, location)) === null) {
      return { answer: notFound('unknown-sku', `${sku} is not kept at ${location}: put the item first`) };
    }
    const answer = {
      sku,
      location,
      quantity,
      ...(reference && { reference }),
      receivedAt: services.now().toISOString(),
    };
    const writes = changeLevel(services, { sku, location }, { available: quantity }, why);
    return { answer, writes: [...remember(answer), ...writes] };
  });
}
