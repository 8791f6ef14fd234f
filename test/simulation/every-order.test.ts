import { expect, it } from 'vitest';
import { everyOrder, type Option } from './every-order.ts';

/** Runs two lists of steps against each other, and collects the orders in which they came. */
async function ordersOf(a: readonly Option[], b: readonly Option[]): Promise<string[]> {
  const orders: string[] = [];
  await everyOrder(async (choose) => {
    const left = [[...a], [...b]];
    const order: string[] = [];
    for (;;) {
      const heads = left.flatMap(([head]) => (head ? [head] : []));
      if (heads.length === 0) break;
      const next = choose(heads);
      if (!next) return;
      order.push(next.name);
      for (const list of left) if (list[0] === next) list.shift();
    }
    orders.push(order.join(' '));
  });
  return orders;
}

const write = (name: string): Option => ({ name, isRead: false });
const read = (name: string): Option => ({ name, isRead: true });

it('tries every order of steps that change something', async () => {
  const orders = await ordersOf([write('a1'), write('a2')], [write('b1'), write('b2')]);

  expect(orders.sort()).toEqual([
    'a1 a2 b1 b2',
    'a1 b1 a2 b2',
    'a1 b1 b2 a2',
    'b1 a1 a2 b2',
    'b1 a1 b2 a2',
    'b1 b2 a1 a2',
  ]);
});

it('leaves out an order that differs from another in neighboring reads only', async () => {
  const orders = await ordersOf([read('a1'), write('a2')], [read('b1'), write('b2')]);

  expect(orders.sort()).toEqual(['a1 a2 b1 b2', 'a1 b1 a2 b2', 'a1 b1 b2 a2', 'b1 b2 a1 a2']);
});
