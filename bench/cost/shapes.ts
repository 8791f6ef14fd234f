import type { Shape } from './world.ts';

const PLENTY = 10;

const inStock =
  (lines: number): Shape['play'] =>
  async (world) => {
    const skus = await world.stock(lines, { units: PLENTY });
    await world.place(skus);
    await world.pickPackShip(1, skus);
  };

/** By the names under which their counts are kept. */
export const shapes: Readonly<Record<string, Shape>> = {
  'one-line': { title: 'one line, in stock', play: inStock(1) },
  'one-line-named': {
    title: 'the same, each request with an `Idempotency-Key`',
    areRequestsNamed: true,
    play: inStock(1),
  },
  'five-lines': { title: 'five lines, in stock', play: inStock(5) },
  'hundred-lines': { title: 'a hundred lines, in stock', play: inStock(100) },
  waited: {
    title: 'one line that waits once',
    play: async (world) => {
      const skus = await world.stock(1, { units: 0 });
      await world.place(skus);
      await world.receive(skus);
      await world.pickPackShip(1, skus);
    },
  },
  split: {
    title: 'two lines, one of which waits: split in two shipments',
    play: async (world) => {
      const there = await world.stock(1, { units: PLENTY });
      const late = await world.stock(1, { units: 0 });
      await world.place([...there, ...late], { ifShort: 'split' });
      await world.pickPackShip(1, there);
      await world.receive(late);
      await world.pickPackShip(2, late);
    },
  },
  cancelled: {
    title: 'one line, cancelled before it is picked',
    play: async (world) => {
      await world.place(await world.stock(1, { units: PLENTY }));
      await world.cancel();
    },
  },
  refused: {
    title: 'one line, refused: nothing there, no backorders',
    play: async (world) => {
      await world.place(await world.stock(1, { units: 0, backorders: { policy: 'deny' } }));
    },
  },
  'looked-at': {
    title: 'a look at an order that has shipped, `GET /orders/…`',
    play: async (world) => {
      await inStock(1)(world);
      await world.look();
    },
  },
};
