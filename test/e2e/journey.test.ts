import { SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../local/api-client.ts';
import { clientConfig } from '../../local/client-config.ts';
import { stateMachineArn } from '../../local/engine/names.ts';
import { startFillrate } from '../../local/fillrate.ts';
import { journey, type ToldEvent } from '../../local/rehearsal/journey.ts';
import { expectAuditToPass } from '../support/services.ts';

const fillrate = await startFillrate({});
afterAll(() => fillrate.close());

const developer = new ApiClient(fillrate.endpoints.api);
const stories = journey(
  {
    callers: { orderSystem: developer, warehouse: developer, merchant: developer },
    executions: new SFNClient(clientConfig(fillrate.endpoints.stepFunctions)),
    stateMachineArn: stateMachineArn('order-fulfillment'),
    alerts: async () => fillrate.outbox().items.map(({ email }) => email),
    events: async () => fillrate.events().map(({ message }) => JSON.parse(message) as ToldEvent),
  },
  'J1',
);

// The same stories as `npm run rehearse` walks through a deployed stack.
describe('on this machine, Fillrate', () => {
  for (const { name, walk } of stories) it(name, { timeout: 90_000 }, walk);

  it('leaves an order that was handed over twice to its first execution', () => {
    expect(fillrate.engine.counts().transitionsByState.HandledElsewhere).toBe(1);
  });

  it('keeps its promises meanwhile', async () => {
    await fillrate.settled();
    await expectAuditToPass(fillrate.services);
  });
});
