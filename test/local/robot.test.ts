import { afterAll, expect, it } from 'vitest';
import { ApiClient } from '../../local/api-client.ts';
import { startFillrate } from '../../local/fillrate.ts';
import { Robot } from '../../local/robot.ts';
import { apiListener, serve } from '../support/served-api.ts';
import { anItem, anOrder } from '../support/services.ts';

const fillrate = await startFillrate({});
const api = new ApiClient(fillrate.endpoints.api);
afterAll(() => fillrate.close());

async function place(orderId: string, quantity: number) {
  await api.placeOrder(anOrder([{ sku: 'MUG', quantity }], { orderId }));
  await fillrate.settled();
}

it('picks, packs and ships what is open, with cartons and a tracking number, and then has nothing to do', async () => {
  await api.putItem('MUG', anItem());
  await api.receiveStock('MUG', { quantity: 100 });
  for (let i = 0; i < 30; i++) await api.placeOrder(anOrder([{ sku: 'MUG', quantity: 3 }], { orderId: `SO-${i}` }));
  await fillrate.settled();
  const robot = new Robot(api);
  await robot.idle();
  await fillrate.settled();
  await robot.idle();
  await robot.stop();
  expect(robot.confirmed).toEqual({ pick: 30, pack: 30, ship: 30 });
  expect(await api.order('SO-7')).toMatchObject({
    status: 'shipped',
    shipments: [
      {
        cartons: [{ weightGrams: 790, dimensionsMm: { length: 120, width: 90, height: 255 } }],
        tracking: { carrier: 'Robot Post', trackingNumber: 'RP-SO-7-1' },
      },
    ],
  });
});

it('leaves what the API refuses, says why, and goes on', async () => {
  await place('CANCELLED', 1);
  await place('KEPT', 1);
  const answerAsTheApi = apiListener(fillrate.services);
  let hasBeenCancelled = false;
  // The customer cancels just before the pick is confirmed.
  const url = await serve(async (request, response) => {
    if (request.url === '/shipments/CANCELLED-1/pick' && !hasBeenCancelled) {
      hasBeenCancelled = true;
      await fetch(`${fillrate.endpoints.api}/orders/CANCELLED/cancel`, { method: 'POST' });
    }
    await answerAsTheApi(request, response);
  });
  const refused: string[] = [];
  const robot = new Robot(new ApiClient(url), (why) => refused.push(why));
  await robot.idle();
  await robot.stop();
  expect(refused).toEqual([expect.stringContaining('pick CANCELLED-1: The shipment is not at this step')]);
  expect(await api.order('CANCELLED')).toMatchObject({ status: 'cancelled' });
  expect(await api.order('KEPT')).toMatchObject({ status: 'shipped' });
});

it('does not try again what the API goes on refusing', async () => {
  await place('STUBBORN', 1);
  const answerAsTheApi = apiListener(fillrate.services);
  const url = await serve((request, response) => {
    request.url = request.url?.replace('/shipments/STUBBORN-1/', '/shipments/NOBODY-1/');
    return answerAsTheApi(request, response);
  });
  const refused: string[] = [];
  const robot = new Robot(new ApiClient(url), (why) => refused.push(why));
  await robot.idle();
  await robot.stop();
  expect(refused).toEqual([expect.stringContaining('pick STUBBORN-1: There is no such shipment')]);
}, 5_000);

it('tells whoever waits for it that the API is out of reach', async () => {
  const robot = new Robot(new ApiClient('http://127.0.0.1:1'));
  await expect(robot.idle()).rejects.toThrow('nothing answers at http://127.0.0.1:1');
  await expect(robot.stop()).rejects.toThrow('nothing answers');
});

it('stops at once while it has nothing to do', async () => {
  const robot = new Robot(api);
  await robot.idle();
  await robot.stop();
  await robot.idle();
}, 5_000);
