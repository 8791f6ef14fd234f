import { describe, expect, it } from 'vitest';
import {
  isFulfilled,
  isOpen,
  isUnfulfilled,
  orderStatus,
  progress,
  ShipmentStatus,
  transitions,
} from '../../core/orders/statuses.ts';

const all = ShipmentStatus.options;

describe('the statuses of a shipment', () => {
  it('are each open, fulfilled or an end without a shipment', () => {
    for (const status of all) {
      expect([isOpen(status), isFulfilled(status), isUnfulfilled(status)].filter(Boolean), status).toHaveLength(1);
    }
  });

  it('are all reached from placed, and an end has no way back', () => {
    const reached = new Set<string>(['placed']);
    for (const status of reached) for (const next of transitions[status as ShipmentStatus]) reached.add(next);
    expect([...reached].sort()).toEqual([...all].sort());
    for (const status of all.filter(isUnfulfilled)) expect(transitions[status]).toEqual([]);
  });

  it('let an order be cancelled at every stage before it has left, and never after', () => {
    for (const status of all) expect(transitions[status].includes('cancelled'), status).toBe(isOpen(status));
  });

  it('make progress with every step towards the customer, but for units that turn out not to be there', () => {
    const steps = all.flatMap((from) => transitions[from].map((to) => ({ from, to })));
    const back = steps.filter(({ from, to }) => !isUnfulfilled(to) && (progress(to) ?? 0) <= (progress(from) ?? 0));
    expect(back).toEqual([
      { from: 'reserved', to: 'backordered' },
      { from: 'picking', to: 'backordered' },
    ]);
  });
});

describe('the status of an order', () => {
  it.each([
    [['placed'], 'placed'],
    [['shipped', 'delivered'], 'shipped'],
    [['delivered', 'delivered'], 'delivered'],
    [['shipped', 'backordered'], 'partially-shipped'],
    [['shipped', 'cancelled'], 'partially-shipped'],
    [['picking', 'backordered'], 'backordered'],
    [['cancelled', 'reserved'], 'reserved'],
    [['cancelled', 'cancelled'], 'cancelled'],
    [['cancelled', 'expired'], 'cancelled'],
  ] as const)('with shipments %j is %s', (shipments, status) => {
    expect(orderStatus(shipments)).toBe(status);
  });
});
