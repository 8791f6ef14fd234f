import type fc from 'fast-check';
import type { Services } from '../../core/platform/services.ts';

/** A table whose requests are let through one by one, in the scheduler's order. */
export function scheduled(table: Services['table'], scheduler: fc.Scheduler): Services['table'] {
  return Object.assign(Object.create(table), {
    get: scheduler.scheduleFunction(table.get.bind(table)),
    getMany: scheduler.scheduleFunction(table.getMany.bind(table)),
    list: scheduler.scheduleFunction(table.list.bind(table)),
    partition: table.partition.bind(table),
    decide: (...args: Parameters<Services['table']['decide']>) => {
      const [build, seen] = args;
      // What is built may read, and those reads wait for their own turns.
      const turn = scheduler.scheduleFunction(async () => {});
      return table.decide(async (seenNow) => {
        await turn();
        return build(seenNow);
      }, seen);
    },
  });
}
