import { beforeEach, describe, expect, it } from 'vitest';
import type { Services } from '../../core/platform/services.ts';
import { keys, prefixes } from '../../core/platform/table/keys.ts';
import { type RoundRow, roundsUnderWay, startRound, stepRound } from '../../core/promises/round.ts';
import { startDatabase } from '../support/database.ts';
import { freshServices } from '../support/services.ts';

const database = await startDatabase();
const queue = { sku: 'MUG', location: 'main' };
const place = (name: string) => `${prefixes.wait('main')}5#${name}`;

let services: Services;

beforeEach(async () => {
  services = await freshServices(database);
});

const start = (name: string, reason = 'weather') => startRound(services, queue, { from: place(name), reason });
const underWay = () => services.table.get<RoundRow>(keys.repromise('MUG', 'main'));
async function current(): Promise<RoundRow> {
  const round = await underWay();
  if (!round) throw new Error('there is no round');
  return round;
}

describe('a round through a long queue', () => {
  it('goes on from step to step to its end, and is listed meanwhile', async () => {
    await start('a');
    await stepRound(services, await current(), place('k'));
    expect(await Array.fromAsync(roundsUnderWay(services))).toMatchObject([{ ...queue, from: place('k') }]);
    await stepRound(services, await current(), undefined);
    expect(await underWay()).toBeUndefined();
  });

  it('reaches its end before another one begins where dates have moved meanwhile', async () => {
    await start('d');
    await start('m', 'customs');
    await start('b', 'port-congestion');
    await start('c', 'supplier');
    const first = await current();
    expect(first).toMatchObject({ from: place('d'), again: { from: place('b'), reason: 'port-congestion' } });

    await stepRound(services, first, undefined);
    expect(await current()).toMatchObject({ from: place('b'), reason: 'port-congestion' });
    expect(await current()).not.toHaveProperty('again');
  });

  it('keeps what has moved dates while a step was made', async () => {
    await start('d');
    const before = await current();
    await start('b');
    await stepRound(services, before, undefined);
    expect(await current()).toMatchObject({ from: place('b') });
  });

  it('is not set back, and no later one is ended, by a step that comes too late', async () => {
    await start('a');
    const late = await current();
    await stepRound(services, late, place('k'));
    await stepRound(services, late, place('g'));
    expect(await current()).toMatchObject({ from: place('k') });
    await stepRound(services, await current(), undefined);

    await start('a');
    await stepRound(services, late, undefined);
    expect(await current()).toMatchObject({ from: place('a') });
  });
});
