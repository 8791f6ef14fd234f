import { expect, it } from 'vitest';
import { ConfirmPack } from '../../core/warehouse/schema.ts';
import { packCartons } from '../../local/cartons.ts';

const line = (quantity: number, weightGrams: number, length: number, width: number, height: number) => ({
  sku: 'MUG',
  title: 'Enamel mug',
  bin: 'A-01-1',
  quantity,
  weightGrams,
  dimensionsMm: { length, width, height },
});

it('packs a small order into one carton that its items fit into', () => {
  const cartons = packCartons([line(2, 500, 100, 90, 80), line(1, 200, 60, 300, 20)]);
  expect(cartons).toEqual([{ weightGrams: 1450, dimensionsMm: { length: 300, width: 90, height: 80 } }]);
});

it('makes a carton as high as the volume needs', () => {
  const [carton] = packCartons([line(10, 100, 100, 100, 100)]);
  expect(carton?.dimensionsMm).toEqual({ length: 100, width: 100, height: 1000 });
});

it('spreads a heavy order over cartons that a person can carry', () => {
  const cartons = packCartons([line(12, 10_000, 300, 200, 100)]);
  expect(cartons).toHaveLength(4);
  expect(cartons.every(({ weightGrams }) => weightGrams <= 30_250)).toBe(true);
});

it('stays within what the API takes, whatever was ordered', () => {
  const huge = [line(1_000_000, 10_000_000, 100_000, 100_000, 100_000), line(1, 0, 0, 0, 0)];
  expect(ConfirmPack.safeParse({ cartons: packCartons(huge) }).success).toBe(true);
  expect(ConfirmPack.safeParse({ cartons: packCartons([line(1, 0, 0, 0, 0)]) }).success).toBe(true);
});
